package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/wire"
)

// client sends requests to a running server: through the socket in its store, which
// needs no token, or to its address.
type client struct {
	http        *http.Client
	base        string // of the addresses of its routes
	name, token string // neither is there for the socket
}

// serverFlags are those of every command that can work through a server.
const (
	serverFlag   = "server"
	tokenEnvFlag = "token-env"
)

// addServerFlags adds the flags with which a command finds a server elsewhere.
func addServerFlags(cmd *cobra.Command) {
	cmd.Flags().String(serverFlag, "",
		"address of a server to work through; the one that holds --store is found by itself")
	cmd.Flags().String(tokenEnvFlag, tokenEnv, "environment variable with the token for --server")
}

// clientOf returns the client of the server that a command is to work through: the one
// of --server, or the one that holds the store of --store. It is nil when the command
// is to open the store itself.
func clientOf(cmd *cobra.Command) (*client, error) {
	if sessionOf(cmd) != nil { // this is the server
		return nil, nil
	}
	flag := func(name string) string {
		if f := cmd.Flags().Lookup(name); f != nil {
			return f.Value.String()
		}
		return ""
	}
	dir, server := flag("store"), flag(serverFlag)
	switch {
	case dir != "" && server != "":
		return nil, wrongUse(cmd, "give --store or --server, not both")
	case server != "":
		u, err := url.Parse(server)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, wrongUse(cmd, "--server is an address such as https://data.example.tw/, not %q", server)
		}
		return &client{http.DefaultClient, strings.TrimSuffix(server, "/") + "/", server,
			os.Getenv(flag(tokenEnvFlag))}, nil
	case dir == "":
		return nil, nil
	}
	return localClient(cmd.Context(), dir)
}

// localClient returns the client of the server that holds the store in dir, nil when
// there is none.
func localClient(ctx context.Context, dir string) (*client, error) {
	c, err := wire.Dial(ctx, dir)
	if errors.Is(err, wire.ErrNoServer) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	_ = c.Close() // it only showed that there is a server
	transport := &http.Transport{
		DialContext:           func(ctx context.Context, _, _ string) (net.Conn, error) { return wire.Dial(ctx, dir) },
		DisableKeepAlives:     true,
		ExpectContinueTimeout: time.Minute,
	}
	return &client{http: &http.Client{Transport: transport}, base: "http://localhost/"}, nil
}

// open sends a request and returns the body of an answer that is a success.
func (c *client) open(ctx context.Context, method, path string, body io.Reader, header ...string) (
	io.ReadCloser, error,
) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 == 2 {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 10_000))
	var problem struct{ Detail string }
	if err != nil || json.Unmarshal(text, &problem) != nil || problem.Detail == "" {
		problem.Detail = string(text[:min(len(text), 1000)])
	}
	if c.name == "" && problem.Detail != "" { // it says what the command would say by itself
		return nil, errors.New(problem.Detail)
	}
	return nil, fmt.Errorf("%s answered %s: %s", c.name, resp.Status, problem.Detail)
}

// call sends in as JSON and reads the JSON answer into out; nil is nothing.
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	answer, err := c.open(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer answer.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(answer).Decode(out); err != nil {
		return fmt.Errorf("the answer of the server %s: %w", c.name, err)
	}
	return nil
}

// copyTo sends a request and copies the answer.
func (c *client) copyTo(ctx context.Context, w io.Writer, path string, header ...string) error {
	body, err := c.open(ctx, http.MethodGet, path, nil, header...)
	if err != nil {
		return err
	}
	defer body.Close()
	if _, err := io.Copy(w, body); err != nil {
		return fmt.Errorf("the answer of the server %s: %w", c.name, err)
	}
	return nil
}

// systemUser is how the commit log names the user who runs this process.
func systemUser() string { return access.LocalUser(wire.UserName()) }
