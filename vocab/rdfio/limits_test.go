package rdfio_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"fincat/vocab"
	"fincat/vocab/rdfio"
)

const million = 1_000_000

// TestNesting gives readers a million open brackets: refused politely, quickly
// and in bounded memory, in strict and in lenient mode.
func TestNesting(t *testing.T) {
	rdf := `<rdf:RDF xmlns:rdf="` + vocab.RDFNS + `" xmlns:e="http://e/">`
	tests := []struct {
		name string
		f    rdfio.Format
		doc  string
	}{
		{"blank nodes", rdfio.Turtle, "<http://e/s> <http://e/p> " + strings.Repeat("[ <http://e/p> ", million)},
		{"lists", rdfio.Turtle, "<http://e/s> <http://e/p> " + strings.Repeat("(", million)},
		{
			"triple terms", rdfio.Turtle,
			"<http://e/s> <http://e/p> " + strings.Repeat("<<( <http://e/s> <http://e/p> ", million),
		},
		{"reified triples", rdfio.Turtle, strings.Repeat("<< ", million)},
		{
			"annotations", rdfio.Turtle,
			"<http://e/s> <http://e/p> <http://e/o> " + strings.Repeat("{| <http://e/p> <http://e/o> ", million),
		},
		{"TriG blank nodes", rdfio.TriG, "{ <http://e/s> <http://e/p> " + strings.Repeat("[ <http://e/p> ", million)},
		{
			"N-Triples triple terms", rdfio.NTriples,
			"<http://e/s> <http://e/p> " + strings.Repeat("<<( <http://e/s> <http://e/p> ", 500_000),
		},
		{"RDF/XML elements", rdfio.RDFXML, rdf + strings.Repeat("<e:C><e:p>", million)},
		{"RDF/XML literal", rdfio.RDFXML, rdf + `<e:C><e:p rdf:parseType="Literal">` + strings.Repeat("<a>", million)},
		{
			"RDF/XML ignored triples", rdfio.RDFXML,
			rdf + `<e:C><e:p rdf:parseType="Triple">` + strings.Repeat("<a>", million),
		},
		{"JSON-LD arrays", rdfio.JSONLD, `{"http://e/p": ` + strings.Repeat("[", million)},
		{"JSON-LD objects", rdfio.JSONLD, strings.Repeat(`{"http://e/p": `, million)},
	}
	for _, tt := range tests {
		for _, lenient := range []bool{false, true} {
			t.Run(tt.name, func(t *testing.T) {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start := time.Now()
				_, err := rdfio.ReadAll(
					context.Background(), strings.NewReader(tt.doc), rdfio.ReadOptions{Format: tt.f, Lenient: lenient},
				)
				runtime.ReadMemStats(&after)
				var limit *rdfio.LimitError
				var syntax *rdfio.Error
				if !errors.As(err, &limit) && !errors.As(err, &syntax) {
					t.Errorf("lenient %v: error is %v, want a limit", lenient, err)
				}
				if d := time.Since(start); d > 20*time.Second {
					t.Errorf("took %v", d)
				}
				if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 128 {
					t.Errorf("allocated %d MB for %d MB of document", mb, len(tt.doc)>>20)
				}
			})
		}
	}
}

// TestManyFaults: a document of faults only takes time in proportion to its
// length.
func TestManyFaults(t *testing.T) {
	for f, doc := range map[rdfio.Format]string{
		rdfio.Turtle:   strings.Repeat(". ", 200_000),
		rdfio.TriG:     strings.Repeat("} ", 200_000),
		rdfio.NTriples: strings.Repeat("x\r", 200_000),
		rdfio.NQuads:   strings.Repeat("<a> <b> <c> .\n", 50_000),
		rdfio.RDFXML: `<rdf:RDF xmlns:rdf="` + vocab.RDFNS + `">` + strings.Repeat("<rdf:li/>", 100_000) +
			"</rdf:RDF>",
	} {
		n, start := 0, time.Now()
		_, err := rdfio.ReadAll(
			context.Background(), strings.NewReader(doc),
			rdfio.ReadOptions{Format: f, Lenient: true, OnProblem: func(rdfio.Problem) { n++ }},
		)
		if err != nil || n < 50_000 {
			t.Errorf("%s: %d problems, error %v", f, n, err)
		}
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s: took %v", f, d)
		}
	}
}

func TestLimits(t *testing.T) {
	text := strings.Repeat("保", 5000)
	tests := []struct {
		name, limit string
		f           rdfio.Format
		doc         string
		limits      rdfio.Limits
	}{
		{
			"statements", "statements", rdfio.NTriples, strings.Repeat("<a:a> <a:a> <a:a> .\n", 11),
			rdfio.Limits{Statements: 10},
		},
		{
			"N-Triples literal", "literal size", rdfio.NTriples, `<a:a> <a:a> "` + text + `" .`,
			rdfio.Limits{LiteralBytes: 10_000},
		},
		{
			"Turtle literal", "literal size", rdfio.Turtle, `<a:a> <a:a> """` + text + `""" .`,
			rdfio.Limits{LiteralBytes: 10_000},
		},
		{
			"RDF/XML literal", "literal size", rdfio.RDFXML, `<e:C xmlns:e="http://e/"><e:p>` + text + `</e:p></e:C>`,
			rdfio.Limits{LiteralBytes: 10_000},
		},
		{"depth", "nesting depth", rdfio.Turtle, "<a:a> <a:a> ((((1)))) .", rdfio.Limits{Depth: 3}},
		{
			"size", "document size", rdfio.NTriples, strings.Repeat("<a:a> <a:a> <a:a> .\n", 11),
			rdfio.Limits{DocumentBytes: 100},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, lenient := range []bool{false, true} {
				o := rdfio.ReadOptions{Format: tt.f, Limits: tt.limits, Lenient: lenient}
				_, err := rdfio.ReadAll(context.Background(), strings.NewReader(tt.doc), o)
				var limit *rdfio.LimitError
				if !errors.As(err, &limit) || limit.Limit != tt.limit {
					t.Errorf("error is %v, want the limit %q", err, tt.limit)
				}
				var last error
				for _, err := range rdfio.Read(context.Background(), strings.NewReader(tt.doc), o) {
					last = err
				}
				if !errors.As(last, &limit) {
					t.Errorf("the sequence ends with %v, want a limit", last)
				}
			}
			if _, err := rdfio.ReadAll(t.Context(), strings.NewReader(tt.doc),
				rdfio.ReadOptions{Format: tt.f}); err != nil {
				t.Errorf("with default limits: %v", err)
			}
		})
	}
}

// TestUnterminated: what never ends is refused without reading the document
// into memory.
func TestUnterminated(t *testing.T) {
	line := "<http://e/s> <http://e/p> <http://e/o> .\n"
	for _, head := range []string{
		`<http://e/s> <http://e/p> """`, `<http://e/s> <http://e/p> "`, `<http://e/s`, `@prefix`,
		`<http://e/s> <http://e/p> ( `,
	} {
		r := io.MultiReader(strings.NewReader(head), strings.NewReader(strings.Repeat(line, 100_000)))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := rdfio.ReadAll(
			context.Background(), r, rdfio.ReadOptions{Format: rdfio.Turtle,
				Limits: rdfio.Limits{LiteralBytes: 1 << 20}},
		)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s…: no error", head)
		}
		if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 20 {
			t.Errorf("%s…: allocated %d MB", head, mb)
		}
	}
}

func TestCompressed(t *testing.T) {
	doc := strings.Repeat("<http://e/s> <http://e/p> \"保險\" .\n", 3000)
	for name, data := range map[string][]byte{"gzip": gzipped(t, doc), "zstd": zstded(t, doc), "none": []byte(doc)} {
		quads, err := rdfio.ReadAll(context.Background(), bytes.NewReader(data), rdfio.ReadOptions{Path: "x.nt"})
		if err != nil || len(quads) != 3000 {
			t.Errorf("%s: %d quads, error %v, want 3000", name, len(quads), err)
		}
		if name == "none" {
			continue
		}
		if _, err := rdfio.ReadAll(t.Context(), bytes.NewReader(data[:len(data)/2]),
			rdfio.ReadOptions{Path: "x.nt"}); err == nil {
			t.Errorf("%s: half a document reads without error", name)
		}
	}
	bomb := gzipped(t, strings.Repeat(" ", 64<<20))
	var limit *rdfio.LimitError
	o := rdfio.ReadOptions{Format: rdfio.Turtle, Limits: rdfio.Limits{DocumentBytes: 1 << 20}}
	if _, err := rdfio.ReadAll(context.Background(), bytes.NewReader(bomb), o); !errors.As(err, &limit) ||
		limit.Limit != "document size" {
		t.Errorf("bomb: error is %v, want the document size limit", err)
	}
}

func gzipped(t *testing.T, s string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstded(t *testing.T, s string) []byte {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return z.EncodeAll([]byte(s), nil)
}

func TestCancel(t *testing.T) {
	doc := strings.Repeat("<http://e/s> <http://e/p> \"o\" .\n", 100_000)
	for _, f := range []rdfio.Format{rdfio.NTriples, rdfio.Turtle} {
		ctx, cancel := context.WithCancel(context.Background())
		n := 0
		var last error
		for _, err := range rdfio.Read(ctx, strings.NewReader(doc), rdfio.ReadOptions{Format: f}) {
			if n++; n == 10 {
				cancel()
			}
			last = err
		}
		cancel()
		if !errors.Is(last, context.Canceled) || n > 20_000 {
			t.Errorf("%s: read on for %d quads and ended with %v", f, n, last)
		}
		for _, err := range rdfio.Read(context.Background(), strings.NewReader(doc), rdfio.ReadOptions{Format: f}) {
			if err != nil {
				t.Error(err)
			}
			break // must not panic or hang
		}
	}
}

// repeated gives the same bytes n times, after a head and before a tail.
func repeated(head, body, tail string, n int) io.Reader {
	readers := []io.Reader{strings.NewReader(head)}
	for range n {
		readers = append(readers, strings.NewReader(body))
	}
	return io.MultiReader(append(readers, strings.NewReader(tail))...)
}

// TestBoundedMemory reads 30 MB documents and looks at the heap meanwhile.
func TestBoundedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads large documents")
	}
	quads := dcatData(300, 3)
	for _, f := range []rdfio.Format{rdfio.NTriples, rdfio.Turtle, rdfio.RDFXML} {
		doc := string(document(t, f, quads))
		head, tail := "", ""
		if f == rdfio.RDFXML {
			i, j := strings.Index(doc, ">\n  <")+2, strings.LastIndex(doc, "</rdf:RDF>")
			head, doc, tail = doc[:i], doc[i:j], doc[j:]
		}
		runtime.GC()
		var before, now runtime.MemStats
		runtime.ReadMemStats(&before)
		n := 0
		for _, err := range rdfio.Read(t.Context(), repeated(head, doc, tail, 30<<20/len(doc)),
			rdfio.ReadOptions{Format: f}) {
			if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			if n++; n%50_000 != 0 {
				continue
			}
			runtime.GC()
			runtime.ReadMemStats(&now)
			if grown := int64(now.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
				t.Fatalf("%s: after %d triples the heap has grown by %d KB", f, n, grown>>10)
			}
		}
		if n < 100_000 {
			t.Errorf("%s: only %d triples read", f, n)
		}
	}
}
