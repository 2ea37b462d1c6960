package canon_test

import (
	"bytes"
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fincat/vocab/canon"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

const canonSuite = "../../testdata/w3c/rdf-canon/tests"

func readQuads(t testing.TB, path string) []term.Quad {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	quads, err := rdfio.ReadAll(context.Background(), f, rdfio.ReadOptions{Path: path, GrammarOnly: true})
	if err != nil {
		t.Fatalf("ReadAll(%s): %v", path, err)
	}
	return quads
}

// TestW3CCanon runs the RDFC-1.0 suite: evaluation, map and poison tests.
func TestW3CCanon(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(canonSuite, "manifest.jsonld"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Entries []struct{ ID, Type, Name, Action, Result, HashAlgorithm string }
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		t.Fatal(err)
	}
	if got, want := len(manifest.Entries), 86; got != want {
		t.Errorf("manifest has %d entries, want %d", got, want)
	}
	for _, e := range manifest.Entries {
		t.Run(e.ID[1:], func(t *testing.T) {
			var o canon.Options
			if e.HashAlgorithm == "SHA384" {
				o.Hash = crypto.SHA384
			}
			in := readQuads(t, filepath.Join(canonSuite, e.Action))
			got, err := canon.Canonicalize(context.Background(), in, o)
			if e.Type == "rdfc:RDFC10NegativeEvalTest" {
				if !errors.Is(err, canon.ErrPoison) {
					t.Errorf("Canonicalize: %v, want %v", err, canon.ErrPoison)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join(canonSuite, e.Result))
			if err != nil {
				t.Fatal(err)
			}
			switch e.Type {
			case "rdfc:RDFC10EvalTest":
				if !bytes.Equal(got.NQuads, want) {
					t.Errorf("Canonicalize gives\n%s, want\n%s", got.NQuads, want)
				}
			case "rdfc:RDFC10MapTest":
				checkIssued(t, got.Issued, want)
			default:
				t.Errorf("unknown test type %s", e.Type)
			}
		})
	}
}

func checkIssued(t *testing.T, issued map[term.Term]term.Term, want []byte) {
	t.Helper()
	var labels map[string]string
	if err := json.Unmarshal(want, &labels); err != nil {
		t.Fatal(err)
	}
	if len(issued) != len(labels) {
		t.Errorf("%d identifiers issued, want %d", len(issued), len(labels))
	}
	for from, to := range issued {
		if labels[from.Value()] != to.Value() {
			t.Errorf("issued %v for %v, want %q", to, from, labels[from.Value()])
		}
	}
}

// TestCanonicalizeInvariant: isomorphic datasets, triple terms included, give
// the same document, and that document is isomorphic to them.
func TestCanonicalizeInvariant(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 300 {
		a := randomQuads(r, 1+r.IntN(20), 1+r.IntN(8))
		b := relabel(a, r)
		ca, err := canon.Canonicalize(context.Background(), a, canon.Options{WorkLimit: 1e6})
		if err != nil {
			t.Fatal(err)
		}
		cb, err := canon.Canonicalize(context.Background(), b, canon.Options{WorkLimit: 1e6})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(ca.NQuads, cb.NQuads) {
			t.Fatalf("isomorphic datasets canonicalise to\n%sand\n%s", ca.NQuads, cb.NQuads)
		}
		if !canon.Isomorphic(a, ca.Quads) {
			t.Fatalf("%v is not isomorphic to its canonical form", a)
		}
	}
}

// TestCanonicalizeList labels a list of equal values, whose cells are alike.
func TestCanonicalizeList(t *testing.T) {
	var qs []term.Quad
	for i := range 150 {
		cell, next := blank(fmt.Sprint(i)), blank(fmt.Sprint(i+1))
		qs = append(
			qs, term.Quad{Subject: cell, Predicate: iri("first"), Object: term.NewString("0")},
			term.Quad{Subject: cell, Predicate: iri("rest"), Object: next},
		)
	}
	if _, err := canon.Canonicalize(context.Background(), qs, canon.Options{}); err != nil {
		t.Error(err)
	}
}

func TestCanonicalizeStops(t *testing.T) {
	poison := edges(clique(12)...)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := canon.Canonicalize(ctx, poison, canon.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Canonicalize of a cancelled context: %v, want %v", err, context.Canceled)
	}
	start := time.Now()
	if _, err := canon.Canonicalize(context.Background(), poison, canon.Options{}); !errors.Is(err, canon.ErrPoison) {
		t.Errorf("Canonicalize of a clique: %v, want %v", err, canon.ErrPoison)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("refusing a clique took %v", d)
	}
	if _, err := canon.Canonicalize(context.Background(), poison, canon.Options{Hash: crypto.MD5}); err == nil {
		t.Error("Canonicalize with MD5: no error")
	}
}

// record returns a DCAT-like record: a dataset with distributions, a contact
// point and a period as blank nodes.
func record(distributions int) []term.Quad {
	var qs []term.Quad
	add := func(s term.Term, p string, o term.Term) {
		qs = append(qs, term.Quad{Subject: s, Predicate: iri(p), Object: o})
	}
	ds := iri("dataset/twse/11549")
	add(ds, "title", term.NewLangString("上市個股日成交資訊", "zh-Hant-TW"))
	add(ds, "description", term.NewLangString("上市公司每日成交量值與收盤價", "zh-Hant-TW"))
	for i, k := range []string{"證券代號", "證券名稱", "成交股數", "收盤價"} {
		add(ds, "keyword", term.NewLangString(k, "zh-Hant-TW"))
		add(ds, "theme", iri(fmt.Sprint("theme/", i)))
	}
	add(ds, "contactPoint", blank("c"))
	add(blank("c"), "fn", term.NewString("臺灣證券交易所"))
	add(blank("c"), "hasEmail", iri("mailto"))
	add(ds, "temporal", blank("t"))
	add(blank("t"), "startDate", term.NewLiteral("2020-01-01", "http://www.w3.org/2001/XMLSchema#date"))
	for i := range distributions {
		d := blank(fmt.Sprint("d", i))
		add(ds, "distribution", d)
		add(d, "title", term.NewString(fmt.Sprint("CSV ", i)))
		add(d, "accessURL", iri(fmt.Sprint("csv/", i)))
		add(d, "format", iri("CSV"))
	}
	return qs
}

func BenchmarkCanonicalize(b *testing.B) {
	for _, n := range []int{0, 2, 20} {
		qs := record(n)
		b.Run(fmt.Sprintf("quads=%d", len(qs)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := canon.Canonicalize(context.Background(), qs, canon.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
