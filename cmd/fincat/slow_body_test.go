package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/cmd/fincat/access"
	"fincat/sparql/gate"
)

// TestDrippedBodies: on every route, with every method, a client that does not come to an
// end with a body is hung up on, whether the body is asked for or not, and whether it has
// a length or not.
func TestDrippedBodies(t *testing.T) {
	const wait = 300 * time.Millisecond
	srv := gatedServer(t, gate.Options{BodyGrace: wait})
	if srv.unread <= 0 || srv.unread > 10*time.Second {
		t.Errorf("a server waits for what is left of a body for %v", srv.unread)
	}
	srv.unread = wait
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- srv.serve(ctx, l) }()
	var clients sync.WaitGroup
	wildcard := regexp.MustCompile(`\{[a-z]+\}`)
	for path, methods := range access.Routes() {
		for method := range methods {
			for _, token := range []string{"", "Authorization: Bearer secret\r\n"} {
				request := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\n%s%s\r\n", method,
					wildcard.ReplaceAllString(path, "x"), token, typeOfBody(path))
				clients.Go(func() { dripBody(t, l.Addr().String(), request+"Content-Length: 50000\r\n\r\n", "a") })
				clients.Go(func() {
					dripBody(t, l.Addr().String(), request+"Transfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n")
				})
			}
		}
	}
	clients.Wait()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// typeOfBody is the header that makes a route read its body.
func typeOfBody(path string) string {
	for part, media := range map[string]string{
		"/data": "text/turtle", "/sparql": "application/sparql-query", "/update": "application/sparql-update",
		"/mcp": "application/json", "/tokens": "application/json", "/links": "application/json",
		"/api/": "application/json",
	} {
		if strings.Contains(path, part) {
			return "Content-Type: " + media
		}
	}
	return "Content-Type: application/x-www-form-urlencoded"
}

// dripBody sends the head of a request and then pieces of a body until it is hung up on.
func dripBody(t *testing.T, addr, head, piece string) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	go func() {
		for text := head; ; text = piece {
			if _, err := io.WriteString(c, text); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	start := time.Now()
	_, _ = io.Copy(io.Discard, c) // ends with the connection
	if took := time.Since(start); took > 10*time.Second {
		line, _, _ := strings.Cut(head, "\r\n")
		t.Errorf("%s: a client that drips its body is waited for %v", line, took)
	}
}
