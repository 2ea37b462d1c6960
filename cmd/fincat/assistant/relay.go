package assistant

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Relay offers the tools of the server at an endpoint to the assistant at the other end
// of t, until that ends or ctx does. The client sends the requests.
func Relay(ctx context.Context, client *http.Client, endpoint, version string, t mcp.Transport) error {
	self := &mcp.Implementation{Name: "fincat", Version: version}
	remote, err := mcp.NewClient(self, nil).Connect(ctx, &mcp.StreamableClientTransport{
		Endpoint: endpoint, HTTPClient: client, DisableStandaloneSSE: true, MaxRetries: -1,
	}, nil)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", endpoint, err)
	}
	defer remote.Close()
	s := mcp.NewServer(self, &mcp.ServerOptions{
		Instructions: remote.InitializeResult().Instructions, Capabilities: &mcp.ServerCapabilities{},
	})
	for tool, err := range remote.Tools(ctx, nil) {
		if err != nil {
			return fmt.Errorf("list the tools of %s: %w", endpoint, err)
		}
		s.AddTool(tool, func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return remote.CallTool(ctx, &mcp.CallToolParams{Name: tool.Name, Arguments: r.Params.Arguments})
		})
	}
	return s.Run(ctx, t)
}

// Local is a client whose requests a handler in this process answers.
func Local(h http.Handler) *http.Client { return &http.Client{Transport: local{h}} }

type local struct{ h http.Handler }

// RoundTrip implements [http.RoundTripper].
func (l local) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &answer{header: http.Header{}}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	defer r.Body.Close()
	l.h.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	status := max(w.status, http.StatusOK)
	return &http.Response{
		StatusCode: status, Status: fmt.Sprint(status, " ", http.StatusText(status)), Proto: "HTTP/1.1", ProtoMajor: 1,
		ProtoMinor: 1, Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

// answer keeps what a handler answers.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}
