package rdfio_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"fincat/vocab"
	"fincat/vocab/rdfio"
)

func TestFormats(t *testing.T) {
	for _, f := range rdfio.Formats() {
		if got, ok := rdfio.FormatByName(f.Name()); !ok || got != f {
			t.Errorf("FormatByName(%q) = %v, %v", f.Name(), got, ok)
		}
		if got, ok := rdfio.FormatByName(f.String()); !ok || got != f {
			t.Errorf("FormatByName(%q) = %v, %v", f.String(), got, ok)
		}
		if got, ok := rdfio.FormatByMediaType(strings.ToUpper(f.MediaType()) + " ; charset=utf-8"); !ok || got != f {
			t.Errorf("FormatByMediaType(%q) = %v, %v", f.MediaType(), got, ok)
		}
		for suffix, want := range map[string]string{"": "", ".gz": "gzip", ".zst": "zstd"} {
			if got, c, ok := rdfio.FormatByPath("https://h/a.b/x." + f.Name() + suffix + "?q=1"); !ok || got != f ||
				c != want {
				t.Errorf("FormatByPath(%q) = %v, %q, %v", "x."+f.Name()+suffix, got, c, ok)
			}
		}
	}
	for _, s := range []string{"", "html", "csv"} {
		if f, ok := rdfio.FormatByName(s); ok {
			t.Errorf("FormatByName(%q) = %v, want none", s, f)
		}
		if f, _, ok := rdfio.FormatByPath("x.ttl/" + s); ok {
			t.Errorf("FormatByPath(%q) = %v, want none", "x.ttl/"+s, f)
		}
	}
}

// TestForms finds the forms of JSON-LD by name and by the profile of a media type.
func TestForms(t *testing.T) {
	for _, f := range rdfio.JSONLD.Forms() {
		if got, ok := rdfio.FormatByName(f.Name()); !ok || got != f {
			t.Errorf("FormatByName(%q) = %v, %v", f.Name(), got, ok)
		}
		if got, ok := rdfio.FormatByName(f.String()); !ok || got != f {
			t.Errorf("FormatByName(%q) = %v, %v", f.String(), got, ok)
		}
		if got, ok := rdfio.FormatByMediaType(f.MediaType()); !ok || got != f {
			t.Errorf("FormatByMediaType(%q) = %v, %v", f.MediaType(), got, ok)
		}
		if !f.Quads() {
			t.Errorf("%s has no named graphs", f)
		}
	}
	const profile = `application/ld+json; profile="http://www.w3.org/ns/json-ld#`
	for in, want := range map[string]rdfio.Format{
		profile + `compacted"`: rdfio.JSONLD, profile + `framed"`: rdfio.JSONLD, profile + `flattened`: rdfio.JSONLD,
		profile + `context http://www.w3.org/ns/json-ld#flattened"; charset=utf-8`: rdfio.JSONLDFlattened,
	} {
		if got, ok := rdfio.FormatByMediaType(in); !ok || got != want {
			t.Errorf("FormatByMediaType(%q) = %v, %v, want %v", in, got, ok, want)
		}
	}
	const doc = `[{"@id": "http://e/s", "http://e/p": [{"@value": 1}]}]`
	for _, path := range []string{"x.jsonld", ""} { // a document that says its profile is read as any other
		o := rdfio.ReadOptions{MediaType: rdfio.JSONLDFlattened.MediaType(), Path: path}
		if quads, err := rdfio.ReadAll(context.Background(), strings.NewReader(doc), o); err != nil ||
			len(quads) != 1 {
			t.Errorf("reading under %s: %v, %v", o.MediaType, quads, err)
		}
	}
}

// TestNegotiatePrecedence pins which range counts for an offer: the most specific
// one, whatever the order and its quality (RFC 9110 §12.5.1).
func TestNegotiatePrecedence(t *testing.T) {
	offers := []string{"text/turtle", "text/html;level=1", "application/ld+json"}
	tests := []struct{ accept, want string }{
		{"*/*;q=0.9, text/turtle;q=0.1, text/html;q=0.2, application/ld+json;q=0.3", "application/ld+json"},
		{"text/turtle;q=0.1, */*;q=0.9", "text/html;level=1"},
		{"text/*;q=0.1, */*;q=0.2", "application/ld+json"},
		{"*/*;q=0.2, text/*;q=0.1", "application/ld+json"},
		{"text/*;q=0, */*;q=0.1", "application/ld+json"},
		{"text/html;q=0.1, text/html;level=1;q=0.9, text/turtle;q=0.5", "text/html;level=1"},
		{"text/html;q=0.9, text/html;level=1;q=0.1, text/turtle;q=0.5", "text/turtle"},
		{"text/html;level=2, text/turtle;q=0.1", "text/turtle"},
		{"text/html;level=1;x=2, text/turtle;q=0.1", "text/turtle"},
		{"text/turtle;q=0.5, text/html;q=0.5", "text/turtle"},
		{"text/turtle;q=0.500, text/html;q=0.501", "text/html;level=1"},
		{"text/turtle;q=1.1, text/html;q=0.1", "text/html;level=1"},
		{"text/turtle;q=-1, text/html;q=0.1", "text/html;level=1"},
		{"text/turtle;q=NaN, text/html;q=0.1", "text/html;level=1"},
		{"text/turtle;q=1, text/html", "text/turtle"},
		{"text/turtle; q = 0.1 , text/html;Q=0.2", "text/html;level=1"},
		{`text/turtle;x="a,b;q=0.9\"";q=0.1, text/html;q=0.2`, "text/html;level=1"},
		{`text/html;level="1";q=0.9;level=2, text/turtle;q=0.5`, "text/html;level=1"},
		{"/turtle, text/, text, text/turtle;q=0.1", "text/turtle"},
		{"text/turtle;;q=0.5;, text/html;q=0.4", "text/turtle"},
	}
	for _, tt := range tests {
		if got, _ := rdfio.Negotiate(tt.accept, offers...); got != tt.want {
			t.Errorf("Negotiate(%q) = %q, want %q", tt.accept, got, tt.want)
		}
	}
}

// TestNegotiateProfile asks for the forms of JSON-LD by profile.
func TestNegotiateProfile(t *testing.T) {
	offers := []string{
		"text/turtle", "application/ld+json", rdfio.JSONLDExpanded.MediaType(), rdfio.JSONLDFlattened.MediaType(),
	}
	const ns = "http://www.w3.org/ns/json-ld#"
	tests := []struct{ accept, want string }{
		{`application/ld+json`, offers[1]},
		{`application/ld+json;profile="` + ns + `compacted"`, offers[1]},
		{`application/ld+json;profile="` + ns + `expanded"`, offers[2]},
		{`application/ld+json;profile="` + ns + `flattened"`, offers[3]},
		{`application/ld+json;profile=` + ns + `flattened`, offers[3]},
		{`application/ld+json; Profile="x ` + ns + `flattened"; q=0.4, text/turtle;q=0.3`, offers[3]},
		{`application/ld+json;profile="` + ns + `flattened";q=0.2, text/turtle;q=0.3`, offers[0]},
		{`application/ld+json;profile="` + ns + `flattened";q=0, application/ld+json;q=0.1`, offers[1]},
		{`application/ld+json;profile="` + ns + `framed", text/turtle;q=0.5`, offers[1]},
		{`application/ld+json;profile="` + ns + `framed";q=0.4, text/turtle;q=0.5`, offers[0]},
		{`text/html;profile="` + ns + `flattened"`, ""},
	}
	for _, tt := range tests {
		if got, _ := rdfio.Negotiate(tt.accept, offers...); got != tt.want {
			t.Errorf("Negotiate(%q) = %q, want %q", tt.accept, got, tt.want)
		}
	}
	got, ok := rdfio.Negotiate(`application/ld+json;profile="`+ns+`flattened"`, "text/turtle", "application/ld+json")
	if !ok || got != "application/ld+json" {
		t.Errorf("a profile that is not offered: %q, %v", got, ok)
	}
}

func TestNegotiate(t *testing.T) {
	offers := []string{"text/turtle", "application/ld+json", "application/rdf+xml", "text/html; charset=utf-8"}
	tests := []struct{ accept, want string }{
		{"", "text/turtle"}, {"*/*", "text/turtle"}, {"*", "text/turtle"}, {"text/*", "text/turtle"},
		{"application/*", "application/ld+json"},
		{"application/rdf+xml", "application/rdf+xml"}, {"APPLICATION/RDF+XML;q=0.1", "application/rdf+xml"},
		{"text/turtle;q=0.5, application/ld+json;q=0.8", "application/ld+json"},
		{"text/turtle;q=0, */*", "application/ld+json"},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"},
		{"application/rdf+xml;q=0.9, text/*;q=0.9", "text/turtle"}, {"image/png", ""}, {"text/turtle;q=0", ""},
		{"text/turtle;q=abc", ""},
		{"text/turtle;q=2", ""},
		{"text/turtle; charset=utf-8", "text/turtle"}, {"text/turtle; charset=big5", ""},
		{"foo, , text/turtle", "text/turtle"}, {"*/turtle", ""},
	}
	for _, tt := range tests {
		if got, ok := rdfio.Negotiate(tt.accept, offers...); got != tt.want || ok != (tt.want != "") {
			t.Errorf("Negotiate(%q) = %q, %v, want %q", tt.accept, got, ok, tt.want)
		}
	}
	if _, ok := rdfio.Negotiate("*/*"); ok {
		t.Error("Negotiate without offers succeeds")
	}
}

// TestDetect finds the syntax by what is known, one triple in each document.
func TestDetect(t *testing.T) {
	const (
		ttl   = "# c\n@prefix e: <http://e/> .\ne:s e:p '保險' ."
		sparq = "PREFIX e: <http://e/>\ne:s e:p \"{保險\" ."
		trig  = "@prefix e: <http://e/> .\ne:g { e:s e:p '保險' }"
		nt    = "<http://e/s> <http://e/p> \"保險\" .\n"
		nq    = "<http://e/s> <http://e/p> \"保險 x\"@zh-Hant <http://e/g> .\n"
		xml   = "<?xml version=\"1.0\"?>\n<!-- c -->\n<rdf:RDF xmlns:rdf='" + vocab.RDFNS +
			"' xmlns:e='http://e/'><rdf:Description rdf:about='http://e/s'><e:p>保險</e:p></rdf:Description></rdf:RDF>"
		node = "<e:C xmlns:e='http://e/'/>"
		json = "\ufeff {\"@id\": \"http://e/s\", \"http://e/p\": \"保險\"}"
	)
	tests := []struct {
		name, doc string
		o         rdfio.ReadOptions
		want      bool
	}{
		{"Turtle", ttl, rdfio.ReadOptions{}, true},
		{"Turtle, SPARQL style", sparq, rdfio.ReadOptions{}, true},
		{"Turtle, blank node first", "[ <http://e/p> 1 ] .", rdfio.ReadOptions{}, true},
		{"Turtle, anonymous first", "[] <http://e/p> 1 .", rdfio.ReadOptions{}, true},
		{"TriG", trig, rdfio.ReadOptions{}, true},
		{"TriG, graph first", "{ <http://e/s> <http://e/p> 1 }", rdfio.ReadOptions{}, true},
		{"N-Triples", nt, rdfio.ReadOptions{}, true},
		{"N-Quads", nq, rdfio.ReadOptions{}, true},
		{"RDF/XML", xml, rdfio.ReadOptions{}, true},
		{"RDF/XML, node first", node, rdfio.ReadOptions{}, true},
		{"JSON-LD", json, rdfio.ReadOptions{}, true},
		{"JSON-LD array", "[" + json[3:] + "]", rdfio.ReadOptions{}, true},
		{"media type", nt, rdfio.ReadOptions{MediaType: "text/turtle; charset=utf-8"}, true},
		{"name over plain text", ttl, rdfio.ReadOptions{MediaType: "text/plain", Path: "x.ttl"}, true},
		{"content over wrong name", xml, rdfio.ReadOptions{MediaType: "application/octet-stream", Path: "x.ttl"},
			true},
		{"generic XML type", xml, rdfio.ReadOptions{MediaType: "text/xml"}, true},
		{"HTML", "<!DOCTYPE html><html><body>404</body></html>", rdfio.ReadOptions{}, false},
		{
			"HTML under RDF/XML", "<!DOCTYPE html><html><body>404</body></html>",
			rdfio.ReadOptions{MediaType: "application/rdf+xml"}, false,
		},
		{"text", "Not found", rdfio.ReadOptions{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			quads, err := rdfio.ReadAll(context.Background(), strings.NewReader(tt.doc), tt.o)
			if (err == nil) != tt.want || tt.want && len(quads) != 1 {
				t.Errorf("read %v, error %v", quads, err)
			}
		})
	}
	if quads, err := rdfio.ReadAll(context.Background(), strings.NewReader(""), rdfio.ReadOptions{}); err != nil ||
		len(quads) != 0 {
		t.Errorf("the empty document: %v, %v", quads, err)
	}
}

func TestCharsets(t *testing.T) {
	xml := func(enc string) string {
		return "<?xml version='1.0' encoding='" + enc + "'?><e:C xmlns:e='http://e/' e:p='保險業資料'/>"
	}
	const ttl = "<http://e/s> <http://e/p> '保險業資料' ."
	utf16 := func(e unicode.Endianness, b unicode.BOMPolicy) encoding.Encoding { return unicode.UTF16(e, b) }
	tests := []struct {
		name, doc string
		enc       encoding.Encoding
		mediaType string
	}{
		{"UTF-8 with BOM", "\ufeff" + ttl, encoding.Nop, ""},
		{"UTF-16LE with BOM", ttl, utf16(unicode.LittleEndian, unicode.UseBOM), ""},
		{"UTF-16BE with BOM", ttl, utf16(unicode.BigEndian, unicode.UseBOM), ""},
		{"UTF-16LE without", ttl, utf16(unicode.LittleEndian, unicode.IgnoreBOM), ""},
		{"UTF-16BE without", xml("UTF-16"), utf16(unicode.BigEndian, unicode.IgnoreBOM), ""},
		{"UTF-16 declared but UTF-8", xml("UTF-16"), encoding.Nop, ""},
		{"Big5 by media type", ttl, traditionalchinese.Big5, "text/turtle; charset=Big5"},
		{"Big5 by declaration", xml("big5"), traditionalchinese.Big5, ""},
		{"unknown charset", ttl, encoding.Nop, "text/turtle; charset=nonsense"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, err := tt.enc.NewEncoder().String(tt.doc)
			if err != nil {
				t.Fatal(err)
			}
			quads, err := rdfio.ReadAll(
				context.Background(), strings.NewReader(data), rdfio.ReadOptions{MediaType: tt.mediaType},
			)
			if err != nil || len(quads) == 0 || quads[len(quads)-1].Object.Value() != "保險業資料" {
				t.Errorf("read %v, error %v", quads, err)
			}
		})
	}
	var e *rdfio.Error
	const latin = "<http://e/s> <http://e/p>\n '\xab\x4f' ."
	_, err := rdfio.ReadAll(t.Context(), strings.NewReader(latin), rdfio.ReadOptions{Format: rdfio.Turtle})
	if !errors.As(err, &e) || e.Line != 2 {
		t.Errorf("Big5 without a declaration: %v, want an error in line 2", err)
	}
}
