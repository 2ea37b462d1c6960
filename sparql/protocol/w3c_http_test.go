package protocol

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"fincat/sparql/results"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

// The suites describe HTTP requests and responses in RDF.
const (
	htNS  = "http://www.w3.org/2011/http#"
	cntNS = "http://www.w3.org/2011/content#"
	mfNS  = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
	utNS  = "http://www.w3.org/2009/sparql/tests/test-update#"
)

func rdfTests() w3ctest.Suite {
	return w3ctest.Suite{Dir: "../../testdata/w3c/rdf-tests", Base: "https://w3c.github.io/rdf-tests/"}
}

// conversation plays the requests of a test against a server.
type conversation struct {
	server    *httptest.Server
	g         *w3ctest.Graph
	path      func(path, contentType string) string // of the server under test
	variables []string                              // names and values to replace in requests
}

func (c *conversation) text(node term.Term, property string) string {
	return c.g.Object(node, property).Value()
}

func (c *conversation) header(node term.Term, name string) string {
	for _, h := range c.g.List(c.g.Object(node, htNS+"headers")) {
		if strings.EqualFold(c.text(h, htNS+"fieldName"), name) {
			return c.text(h, htNS+"fieldValue")
		}
	}
	return ""
}

// run plays every request of an entry's connection.
func (c *conversation) run(e w3ctest.Entry) error {
	requests := c.g.List(c.g.Object(e.Action, htNS+"requests"))
	if len(requests) == 0 {
		return errors.New("the test has no requests")
	}
	for i, r := range requests {
		if err := c.exchange(r); err != nil {
			return fmt.Errorf("request %d: %w", i+1, err)
		}
	}
	return nil
}

func (c *conversation) exchange(r term.Term) error {
	replace := strings.NewReplacer(c.variables...)
	body := c.g.Object(r, htNS+"body")
	payload := []byte(replace.Replace(c.text(body, cntNS+"chars")))
	if c.text(body, cntNS+"characterEncoding") == "UTF-16" {
		var b []byte
		for _, u := range utf16.Encode([]rune("\uFEFF" + string(payload))) {
			b = binary.BigEndian.AppendUint16(b, u)
		}
		payload = b
	}
	path := replace.Replace(c.text(r, htNS+"absolutePath"))
	req, err := http.NewRequest(c.text(r, htNS+"methodName"), c.server.URL+c.path(path, c.header(r, "content-type")),
		strings.NewReader(string(payload)))
	if err != nil {
		return err
	}
	for _, name := range []string{"content-type", "accept"} {
		if v := c.header(r, name); v != "" {
			req.Header.Set(name, v)
		}
	}
	resp, err := c.server.Client().Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if err := c.check(c.g.Object(r, htNS+"resp"), resp, b); err != nil {
		return fmt.Errorf("%s %s: %w: status %d, %s", req.Method, req.URL, err, resp.StatusCode, b)
	}
	return nil
}

func (c *conversation) check(want term.Term, resp *http.Response, body []byte) error {
	var statuses []string
	for _, s := range c.g.Objects(want, mfNS+"expectedStatus") {
		statuses = append(statuses, s.Value()[strings.LastIndexByte(s.Value(), '#')+1:])
	}
	if !slices.ContainsFunc(statuses, func(s string) bool { return statusIs(resp.StatusCode, s) }) {
		return fmt.Errorf("the status is not one of %v", statuses)
	}
	if v := c.text(want, mfNS+"expectedLocation"); v != "" {
		if resp.Header.Get("Location") == "" {
			return errors.New("there is no Location")
		}
		c.variables = append(c.variables, v, resp.Header.Get("Location"))
	}
	contentType := resp.Header.Get("Content-Type")
	if v := c.header(want, "content-type"); v != "" && contentType != v {
		return fmt.Errorf("the Content-Type is %q, not %q", contentType, v)
	}
	if node := c.g.Object(want, htNS+"body"); !node.IsZero() {
		got, err := readRDF(body, contentType)
		if err != nil {
			return err
		}
		wanted, err := readRDF([]byte(strings.NewReplacer(c.variables...).Replace(c.text(node, cntNS+"chars"))),
			c.header(want, "content-type"))
		if err != nil {
			return fmt.Errorf("the expected body: %w", err)
		}
		if err := w3ctest.SameQuads(got, wanted); err != nil {
			return err
		}
	}
	return checkFormat(c.text(want, mfNS+"expectedFormat"), c.text(want, mfNS+"expectedBoolean"), contentType, body)
}

func readRDF(b []byte, contentType string) ([]term.Quad, error) {
	return rdfio.ReadAll(context.Background(), strings.NewReader(string(b)),
		rdfio.ReadOptions{MediaType: contentType, Base: "http://www.example/"})
}

// statusIs matches a status with the local name of its individual in the
// vocabulary of status codes.
func statusIs(status int, name string) bool {
	if class, ok := strings.CutPrefix(name, "StatusCode"); ok {
		return class == fmt.Sprintf("%dxx", status/100)
	}
	return name == strings.ReplaceAll(http.StatusText(status), " ", "")
}

func checkFormat(format, boolean, contentType string, body []byte) error {
	switch format {
	case "":
		return nil
	case "RDF":
		_, err := readRDF(body, contentType)
		return err
	}
	f, ok := results.FormatByMediaType(contentType)
	if !ok {
		return fmt.Errorf("%q is no result format", contentType)
	}
	r, err := results.Read(context.Background(), strings.NewReader(string(body)), f)
	if err != nil {
		return err
	}
	v, isBoolean := r.Boolean()
	if isBoolean != (format == "boolean") || boolean != "" && fmt.Sprint(v) != boolean {
		return fmt.Errorf("the answer is boolean: %v, %v, want %s %s", isBoolean, v, format, boolean)
	}
	return nil
}

func TestW3CGraphStoreProtocol(t *testing.T) {
	m, err := rdfTests().Load("sparql/sparql11/graph-store-protocol/manifest.ttl")
	if err != nil {
		t.Fatal(err)
	}
	w3ctest.Run(t, m.Entries, 13, nil, func(e w3ctest.Entry) error {
		c := &conversation{
			server: fakeServer(t, &fakeEngine{}, func(o *Options) { o.Base = "http://www.example/" }),
			g:      e.Graph,
			path:   func(path, _ string) string { return strings.Replace(path, "/gsp", "/data", 1) },
		}
		return c.run(e)
	})
}

// TestW3CSyntaxOverHTTP sends every syntax test to a server: a syntax error
// exactly for the negative ones. Some of the others then ask for what this
// server does not have.
func TestW3CSyntaxOverHTTP(t *testing.T) {
	suite := rdfTests()
	server := engineServer(t, nil, nil)
	for manifest, want := range map[string]int{
		"sparql10/manifest.ttl": 199, "sparql11/manifest-sparql11-query.ttl": 103,
		"sparql11/manifest-sparql11-update.ttl": 63,
		"sparql11/manifest-sparql11-fed.ttl":    3, "sparql12/manifest.ttl": 203,
	} {
		m, err := suite.Load("sparql/" + manifest)
		if err != nil {
			t.Fatal(err)
		}
		entries := slices.DeleteFunc(m.Entries,
			func(e w3ctest.Entry) bool { return !strings.Contains(e.Kind(), "Syntax") })
		w3ctest.Run(t, entries, want, nil, func(e w3ctest.Entry) error {
			text, err := suite.ReadFile(e.Action.Value())
			if err != nil {
				return err
			}
			path, contentType := "/sparql", typeQuery
			if strings.Contains(e.Kind(), "Update") {
				path, contentType = "/update", typeUpdate
			}
			resp, body, err := call(t, "POST", server.URL+path, string(text), "Content-Type", contentType)
			if err != nil {
				return err
			}
			refused := resp.StatusCode == http.StatusBadRequest && strings.Contains(body, "syntax error: ")
			if refused != strings.HasPrefix(e.Kind(), "Negative") {
				return fmt.Errorf("status %d: %s", resp.StatusCode, body)
			}
			return nil
		})
	}
}
