package main

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestMCPCommand has an assistant ask through the command: of a store by itself, and
// through the server that holds it.
func TestMCPCommand(t *testing.T) {
	alone, held, _ := besideStores(t)
	t.Run("alone", func(t *testing.T) { assistantAsks(t, "--store", alone) })
	base, _ := startServe(t, "--store", held, "--quiet")
	t.Run("through the socket", func(t *testing.T) { assistantAsks(t, "--store", held) })
	t.Run("through the address", func(t *testing.T) { assistantAsks(t, "--server", base) })
	_, stderr := fincat(t, exitFailed, "mcp", "--server", "http://127.0.0.1:1/")
	if !strings.Contains(stderr, "http://127.0.0.1:1/mcp") {
		t.Errorf("without a server it says %q", stderr)
	}
}

// assistantAsks searches for a dataset and ends the command by hanging up.
func assistantAsks(t *testing.T, args ...string) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	in, toCommand := io.Pipe()
	fromCommand, out := io.Pipe()
	ended := make(chan string, 1)
	go func() {
		var stderr strings.Builder
		if status := run(ctx, append([]string{"mcp"}, args...), in, out, &stderr); status != exitDone {
			ended <- stderr.String()
		}
		out.Close()
		close(ended)
	}()
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test"}, nil).Connect(ctx,
		&mcp.IOTransport{Reader: fromCommand, Writer: toCommand}, nil)
	if err != nil {
		cancel()
		t.Fatalf("%v: %s", err, <-ended)
	}
	r, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "search", Arguments: map[string]any{"source": "one"}})
	if err != nil || r.IsError {
		t.Fatalf("search = %+v, %v", r, err)
	}
	if text := r.Content[0].(*mcp.TextContent).Text; !strings.Contains(text, `"total":3`) {
		t.Errorf("search = %s", text)
	}
	if err := session.Close(); err != nil {
		t.Error(err)
	}
	if fault := <-ended; fault != "" {
		t.Errorf("the command ended with %s", fault)
	}
}
