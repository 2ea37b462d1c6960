package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestAddresses checks how clients write addresses: with a slash at the end, with semicolons
// that they do not encode, in forms too, and too long.
func TestAddresses(t *testing.T) {
	p := startProcess(t)
	const list = "SELECT ?t { <http://e/s7> <http://e/p0> ?o ; <http://e/title> ?t }"
	loose := strings.NewReplacer(" ", "%20", "<", "%3C", ">", "%3E", "?", "%3F", "{", "%7B", "}", "%7D").Replace(list)
	for what, ask := range map[string]func() (*http.Response, error){
		"a semicolon in the address": func() (*http.Response, error) {
			return http.Get(p.base + "sparql?query=" + loose)
		},
		"a semicolon in a form": func() (*http.Response, error) {
			return http.Post(p.base+"sparql", "application/x-www-form-urlencoded", strings.NewReader("query="+loose))
		},
		"a slash at the end": func() (*http.Response, error) {
			return http.Get(p.base + "sparql/?query=" + url.QueryEscape(list))
		},
		"a page's address": func() (*http.Response, error) { return http.Get(p.base + "query?query=" + loose) },
	} {
		resp, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(text), "title title") {
			t.Errorf("%s: %s %.200s (%v)", what, resp.Status, text, err)
		}
	}
	c := p.dial(fmt.Sprintf("GET /sparql?query=%s HTTP/1.1\r\nHost: %s\r\n\r\n", strings.Repeat("a", 100_000), p.addr))
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge ||
		resp.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(string(text), "POST") {
		t.Errorf("a long address: %s %q %q (%v)", resp.Status, resp.Header, text, err)
	}
}
