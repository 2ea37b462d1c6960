package protocol

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"fincat/sparql"
	"fincat/store"
)

// modeEngine is a fake engine with another default graph.
type modeEngine struct {
	*fakeEngine
	mode sparql.DefaultGraphMode
}

func (e modeEngine) DefaultGraph() sparql.DefaultGraphMode { return e.mode }

// tagOf asks a server for the entity tag of an answer.
func tagOf(t *testing.T, s *Handler, host, path string, headers ...string) string {
	t.Helper()
	resp, b, _ := call(t, "GET", serve(t, s)+path, "", append(headers, "Host", host)...)
	if resp.StatusCode != 200 || resp.Header.Get("ETag") == "" {
		t.Fatalf("GET %s: status %d, tag %q: %s", path, resp.StatusCode, resp.Header.Get("ETag"), b)
	}
	return resp.Header.Get("ETag")
}

// TestQueryTagInputs asks for answers that differ in one thing each: everything
// that changes an answer must change its entity tag.
func TestQueryTagInputs(t *testing.T) {
	st := memoryStore(t)
	addTriple(t, st, "http://e/a")
	fake := func() *fakeEngine {
		return &fakeEngine{vars: []string{"x"}, sols: countSolutions(1, nil), quads: countQuads(1, nil), boolean: true}
	}
	handler := func(st *store.Store, mode sparql.DefaultGraphMode, base string) *Handler {
		h, err := newHandler(Options{Store: st, Authorize: anyone, Base: base}, modeEngine{fake(), mode})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	union, strict := handler(st, sparql.Union, ""), handler(st, sparql.Strict, "")
	const host = "data.example.tw"
	with := func(query string, params ...string) string {
		v := url.Values{"query": {query}}
		for i := 0; i < len(params); i += 2 {
			v.Add(params[i], params[i+1])
		}
		return "/sparql?" + v.Encode()
	}
	const defaultGraph, namedGraph = "default-graph-uri", "named-graph-uri"
	plain := with(selectX)
	other := memoryStore(t)
	addTriple(t, other, "http://e/a")
	tags := map[string]string{
		"the plain request":     tagOf(t, union, host, plain),
		"another query":         tagOf(t, union, host, with(selectX+" ")),
		"a default graph":       tagOf(t, union, host, with(selectX, defaultGraph, "http://e/a")),
		"another default graph": tagOf(t, union, host, with(selectX, defaultGraph, "http://e/b")),
		"two default graphs": tagOf(t, union, host,
			with(selectX, defaultGraph, "http://e/a", defaultGraph, "http://e/b")),
		"a named graph":       tagOf(t, union, host, with(selectX, namedGraph, "http://e/a")),
		"another named graph": tagOf(t, union, host, with(selectX, namedGraph, "http://e/b")),
		"two named graphs": tagOf(t, union, host,
			with(selectX, namedGraph, "http://e/a", namedGraph, "http://e/b")),
		"one of either": tagOf(t, union, host,
			with(selectX, defaultGraph, "http://e/a", namedGraph, "http://e/b")),
		"one of either, swapped": tagOf(t, union, host,
			with(selectX, defaultGraph, "http://e/b", namedGraph, "http://e/a")),
		"two default graphs in one": tagOf(t, union, host, with(selectX, defaultGraph, "http://e/ahttp://e/b")),
		"two named graphs in one":   tagOf(t, union, host, with(selectX, namedGraph, "http://e/ahttp://e/b")),
		"a format by name":          tagOf(t, union, host, with(selectX, "format", "xml")),
		"a format by header":        tagOf(t, union, host, plain, "Accept", "text/csv"),
		"the default graph mode":    tagOf(t, strict, host, plain),
		"another host":              tagOf(t, union, "other.example.tw", plain),
		"a configured base":         tagOf(t, handler(st, sparql.Union, "https://data.example.tw/x/"), host, plain),
		"another store":             tagOf(t, handler(other, sparql.Union, ""), host, plain),
	}
	addTriple(t, st, "http://e/b")
	tags["a commit"] = tagOf(t, union, host, plain)
	seen := map[string]string{}
	for what, tag := range tags {
		if twin, ok := seen[tag]; ok {
			t.Errorf("%s and %s have the same tag %s", what, twin, tag)
		}
		seen[tag] = what
	}

	again := map[string]string{
		"asked again":              tagOf(t, union, host, plain),
		"the same format by name":  tagOf(t, union, host, with(selectX, "format", "json")),
		"the same format accepted": tagOf(t, union, host, plain, "Accept", "application/json"),
		"another time limit":       tagOf(t, union, host, with(selectX, "timeout", "7")),
		"the parameters turned":    tagOf(t, union, host, "/sparql?format=json&query="+url.QueryEscape(selectX)),
	}
	for what, tag := range again {
		if tag != tags["a commit"] {
			t.Errorf("%s: tag %s, want %s, the answer is the same", what, tag, tags["a commit"])
		}
	}
}

// TestTaggedHeaders asserts what caches need to know of an answer with an entity
// tag, whether its body is sent or not (RFC 9110 §15.4.5).
func TestTaggedHeaders(t *testing.T) {
	st := memoryStore(t)
	addTriple(t, st, "http://e/a")
	h, err := newHandler(Options{Store: st, Authorize: anyone},
		&fakeEngine{vars: []string{"x"}, sols: countSolutions(1, nil), boolean: true})
	if err != nil {
		t.Fatal(err)
	}
	address := serve(t, h)
	for _, path := range []string{get(selectX), "/data?graph=http://e/a", "/sparql", "/.well-known/void"} {
		get, _, _ := call(t, "GET", address+path, "", "Accept", "*/*")
		tag := get.Header.Get("ETag")
		if weak := !strings.HasPrefix(path, "/data"); !isTag(tag, weak) {
			t.Errorf("GET %s: the tag %s is malformed, or weak is not %v", path, tag, weak)
		}
		head, b, _ := call(t, "HEAD", address+path, "", "Accept", "*/*")
		if head.StatusCode != 200 || b != "" || head.Header.Get("ETag") != tag {
			t.Errorf("HEAD %s: status %d, tag %s, body %q, want 200, tag %s and none", path, head.StatusCode,
				head.Header.Get("ETag"), b, tag)
		}
		if want := get.Header.Get("Content-Type"); head.Header.Get("Content-Type") != want {
			t.Errorf("HEAD %s: Content-Type %q, want %q", path, head.Header.Get("Content-Type"), want)
		}
		none, b, _ := call(t, "GET", address+path, "", "Accept", "*/*", "If-None-Match", tag)
		if none.StatusCode != 304 || b != "" || none.Header.Get("ETag") != tag {
			t.Errorf("GET %s with its tag: status %d, tag %s, body %q", path, none.StatusCode,
				none.Header.Get("ETag"), b)
		}
		for what, r := range map[string]reply{"GET": get, "HEAD": head, "GET with its tag": none} {
			if got := r.Header.Get("Cache-Control"); got != "no-cache" {
				t.Errorf("%s %s: Cache-Control %q, want no-cache", what, path, got)
			}
			vary := strings.Join(r.Header.Values("Vary"), ", ")
			if !slices.Contains(strings.Split(vary, ", "), "Accept") {
				t.Errorf("%s %s: Vary %q lacks Accept", what, path, vary)
			}
			if !slices.Contains(strings.Split(vary, ", "), "Accept-Encoding") {
				t.Errorf("%s %s: Vary %q lacks Accept-Encoding", what, path, vary)
			}
		}
	}
}

// isTag reports whether s is an entity tag, weak or strong (RFC 9110 §8.8.3).
func isTag(s string, weak bool) bool {
	opaque, ok := strings.CutPrefix(s, "W/")
	return ok == weak && len(opaque) > 2 && opaque[0] == '"' && strings.IndexByte(opaque[1:], '"') == len(opaque)-2
}

// TestGraphTagInputs does what TestQueryTagInputs does, for graphs.
func TestGraphTagInputs(t *testing.T) {
	st := memoryStore(t)
	addTriple(t, st, "http://e/a")
	addTriple(t, st, "http://e/b")
	addTriple(t, st, "")
	h, err := newHandler(Options{Store: st, Authorize: anyone}, &fakeEngine{})
	if err != nil {
		t.Fatal(err)
	}
	const host, a = "data.example.tw", "/data?graph=http://e/a"
	other := memoryStore(t)
	addTriple(t, other, "http://e/a")
	addTriple(t, other, "http://e/b")
	addTriple(t, other, "")
	twin, err := newHandler(Options{Store: other, Authorize: anyone}, &fakeEngine{})
	if err != nil {
		t.Fatal(err)
	}
	tags := []string{
		tagOf(t, h, host, a),
		tagOf(t, h, host, a, "Accept", nt),
		tagOf(t, h, host, a, "Accept", "application/ld+json"),
		tagOf(t, h, host, "/data?graph=http://e/b"),
		tagOf(t, h, host, "/data?default"),
		tagOf(t, twin, host, a),
	}
	distinct(t, tags)
	// The tag of one graph, format or store is none of another.
	for i, tag := range tags {
		resp, _, _ := call(t, "GET", serve(t, h)+a, "", "If-None-Match", tag)
		if want := map[bool]int{true: 304, false: 200}[i == 0]; resp.StatusCode != want {
			t.Errorf("with the tag %s, number %d: status %d, want %d", tag, i, resp.StatusCode, want)
		}
	}
	addTriple(t, st, "http://e/c")
	addTriple(t, other, "http://e/c")
	for i, tag := range tags {
		resp, _, _ := call(t, "GET", serve(t, h)+a, "", "If-None-Match", tag)
		if want := map[bool]int{true: 304, false: 200}[i == 0]; resp.StatusCode != want {
			t.Errorf("after a commit elsewhere, with the tag %s, number %d: status %d, want %d", tag, i,
				resp.StatusCode, want)
		}
	}
}

// TestDescriptionTagInputs does it for what the service says of itself.
func TestDescriptionTagInputs(t *testing.T) {
	st := memoryStore(t)
	h, err := newHandler(Options{Store: st, Authorize: anyone}, &fakeEngine{})
	if err != nil {
		t.Fatal(err)
	}
	var tags []string
	for range 2 {
		for _, host := range []string{"data.example.tw", "other.example.tw"} {
			for _, path := range []string{"/sparql", "/.well-known/void"} {
				for _, accept := range []string{nt, "text/turtle"} {
					tags = append(tags, tagOf(t, h, host, path, "Accept", accept))
				}
			}
		}
		addTriple(t, st, "http://e/a")
	}
	distinct(t, tags)
}

func distinct(t *testing.T, tags []string) {
	t.Helper()
	for i, tag := range tags {
		if slices.Contains(tags[:i], tag) {
			t.Errorf("the tag %s, number %d, is that of another answer", tag, i)
		}
	}
}

func TestTags(t *testing.T) {
	tests := []struct {
		name string
		in   []string
		want []string
	}{
		{"none", nil, nil},
		{"empty", []string{""}, nil},
		{"one", []string{`"a"`}, []string{`"a"`}},
		{"weak", []string{`W/"a"`}, []string{`W/"a"`}},
		{"several", []string{`"a", W/"b","c"`}, []string{`"a"`, `W/"b"`, `"c"`}},
		{"several headers", []string{`"a"`, `"b"`}, []string{`"a"`, `"b"`}},
		{"comma within", []string{`"a,b" , "c"`}, []string{`"a,b"`, `"c"`}},
		{"empty tag", []string{`"", "a"`}, []string{`""`, `"a"`}},
		{"empty elements", []string{", ,\t\"a\",,"}, []string{`"a"`}},
		{"star", []string{"*"}, []string{"*"}},
		{"a bare word", []string{`abc, "d"`}, []string{"abc", `"d"`}},
		{"no end", []string{`"a", "b`}, []string{`"a"`}},
		{"a quote alone", []string{`"`}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tags(tt.in); !slices.Equal(got, tt.want) {
				t.Errorf("tags(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}
