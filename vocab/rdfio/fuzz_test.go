package rdfio_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"fincat/vocab/canon"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// FuzzRead: no reader panics; slow arrival changes nothing; what reads strictly
// reads leniently too, with the same result and no problem; what is read can be
// written and is the same then.
func FuzzRead(f *testing.F) {
	for _, format := range rdfio.Formats() {
		dirs := []string{"rdf11/rdf-*", "rdf12/rdf-*/*"}
		for _, d := range dirs {
			files, err := filepath.Glob("../../testdata/w3c/rdf-tests/rdf/" + d + "/*." + format.Name())
			if err != nil {
				f.Fatal(err)
			}
			for i, name := range files {
				data, err := os.ReadFile(name)
				if err != nil {
					f.Fatal(err)
				}
				if i%7 == 0 && len(data) < 2000 {
					f.Add(uint8(format), data)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, format uint8, data []byte) {
		o := rdfio.ReadOptions{
			Format: rdfio.Format(format % 7), Base: "http://example.org/b/d",
			Limits: rdfio.Limits{Depth: 50, LiteralBytes: 1 << 20, Statements: 10_000, DocumentBytes: 1 << 20},
		}
		if err := checkRead(data, o); err != nil {
			t.Error(err)
		}
	})
}

func checkRead(data []byte, o rdfio.ReadOptions) error {
	ctx := context.Background()
	quads, err := rdfio.ReadAll(ctx, bytes.NewReader(data), o)
	slow, slowErr := rdfio.ReadAll(ctx, iotest.OneByteReader(bytes.NewReader(data)), o)
	if fmt.Sprint(err) != fmt.Sprint(slowErr) || !slices.Equal(quads, slow) {
		return fmt.Errorf(
			"slow arrival gives %d quads and %w, at once gives %d and %w", len(slow), slowErr, len(quads), err,
		)
	}
	o.Lenient = true
	problems := 0
	o.OnProblem = func(rdfio.Problem) { problems++ }
	lenient, lenientErr := rdfio.ReadAll(ctx, bytes.NewReader(data), o)
	for _, q := range lenient {
		if !q.Valid() {
			return fmt.Errorf("not a quad: %v", q)
		}
	}
	if err != nil {
		var syntax *rdfio.Error
		if errors.As(err, &syntax) && lenientErr == nil && problems == 0 {
			return fmt.Errorf("%w, and no problem reported in lenient mode", err)
		}
		return nil
	}
	if lenientErr != nil || problems > 0 || !slices.Equal(quads, lenient) {
		return fmt.Errorf(
			"lenient reading gives %d quads, %d problems and %w, strict reading %d", len(lenient), problems,
			lenientErr,
			len(quads),
		)
	}
	var out bytes.Buffer
	if err := rdfio.Write(ctx, &out, rdfio.NQuads, rdfio.All(quads), rdfio.WriteOptions{}); err != nil {
		return fmt.Errorf("write what was read: %w", err)
	}
	again, err := rdfio.ReadAll(ctx, &out, rdfio.ReadOptions{Format: rdfio.NQuads})
	if err != nil || len(again) != len(quads) {
		return fmt.Errorf("%d quads written, read back %d and %w", len(quads), len(again), err)
	}
	return nil
}

// FuzzWrite: whatever terms contain, each writer refuses them or writes what
// reads back isomorphic.
func FuzzWrite(f *testing.F) {
	f.Add(uint64(1), "a.b", "1.0", "zh-Hant-TW", "b1")
	f.Add(uint64(2), "(a)", "a\"\\\n'''\"\"\"", "x-a", "a b")
	f.Add(uint64(3), "%20", "]]>\x00\r", "en--ltr", ".")
	f.Fuzz(func(t *testing.T, seed uint64, local, text, tag, label string) {
		g := generator{rand.New(rand.NewPCG(seed, 3))}
		quads := g.dataset()
		if len(quads) > 60 {
			quads = quads[:60]
		}
		odd := []term.Term{
			term.NewIRI("http://example.org/" + local), term.NewIRI(local), term.NewString(text),
			term.NewLiteral(text, "http://www.w3.org/2001/XMLSchema#double"),
			term.NewDirLangString(text, tag, term.RTL), term.NewLangString(text, tag), term.NewBlankNode(label),
			term.NewLiteral(text, local),
		}
		for i, o := range odd {
			q := quads[i%len(quads)]
			quads = append(quads, term.Quad{Subject: q.Subject, Predicate: q.Predicate, Object: o, Graph: q.Graph})
			quads = append(
				quads, term.Quad{Subject: o, Predicate: odd[0], Object: o, Graph: odd[6]},
				term.Quad{Subject: odd[6], Predicate: q.Predicate, Object: o},
			)
		}
		for _, format := range rdfio.Formats() {
			if err := checkRoundTrip(format, quads, rdfio.WriteOptions{}); err != nil {
				t.Errorf("%s: %v", format, err)
			}
		}
	})
}

// TestLarge reads documents larger than any window, arriving in pieces.
func TestLarge(t *testing.T) {
	quads := dcatData(700, 7)
	quads = append(
		quads,
		term.Quad{
			Subject: quads[0].Subject, Predicate: quads[0].Predicate,
			Object: term.NewString(strings.Repeat("長", 200_000) + "\n\"\\"),
		},
	)
	for _, f := range rdfio.Formats() {
		doc := document(t, f, quads)
		for name, r := range map[string]io.Reader{
			"whole": bytes.NewReader(doc), "half": iotest.HalfReader(bytes.NewReader(doc)),
			"late error": iotest.DataErrReader(bytes.NewReader(doc)),
		} {
			got, err := rdfio.ReadAll(context.Background(), r, rdfio.ReadOptions{Format: f})
			if err != nil || len(got) != len(quads) || !canon.Isomorphic(got, quads) {
				t.Errorf("%s, %s: %d quads, error %v, want %d", f, name, len(got), err, len(quads))
			}
		}
		failing := io.MultiReader(bytes.NewReader(doc[:len(doc)/2]), iotest.ErrReader(errors.New("line cut")))
		if _, err := rdfio.ReadAll(context.Background(), failing, rdfio.ReadOptions{Format: f}); err == nil ||
			!strings.Contains(err.Error(), "line cut") {
			t.Errorf("%s: error of a cut connection is %v", f, err)
		}
	}
}
