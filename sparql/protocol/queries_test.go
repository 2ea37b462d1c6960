package protocol

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	knakksparql "github.com/knakk/sparql"

	"fincat/sparql/results"
	"fincat/sparql/syntax"
	"fincat/vocab/term"
)

// TestNamedQueries parses every .rq file of the program, wherever it lies: each
// query must be well-formed, as it stands and as the bank gives it, mean the
// same in both, and say in a comment what it asks.
func TestNamedQueries(t *testing.T) {
	n := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasSuffix(path, "manual/pages/examples") || // no banks
			d.Name() != "../.." && strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2) {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".rq" {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		bank, err := ParseQueries(bytes.NewReader(b))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		for name, text := range bank {
			n++
			checkNamedQuery(t, path, string(b), name, text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 14 {
		t.Errorf("%d named queries found", n)
	}
}

// checkNamedQuery compares a query of a bank with its text in the file.
func checkNamedQuery(t *testing.T, path, file, name, text string) {
	t.Helper()
	_, raw, _ := strings.Cut(file, "# tag: "+name+"\n")
	raw, _, _ = strings.Cut(raw, "\n# tag: ")
	comments := strings.Count("\n"+file, "\n# ") - strings.Count("\n"+file, "\n# tag: ")
	if comments < strings.Count("\n"+file, "\n# tag: ") {
		t.Errorf("%s: the query %q has no comment", path, name)
	}
	if strings.Contains(text, "{{") { // filled in before it is a query
		return
	}
	bank, err := syntax.ParseQuery(text, syntax.Options{})
	if err != nil {
		t.Errorf("%s: the query %q: %v", path, name, err)
		return
	}
	whole, err := syntax.ParseQuery(raw, syntax.Options{})
	if err != nil || whole.String() != bank.String() {
		t.Errorf("%s: the bank changes the query %q (%v):\n%s\nwant\n%s", path, name, err, bank, whole)
	}
}

func TestLoadQueries(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	const one, two = "# tag: a\n# One.\nASK {}\n", "# tag: b\n# Two.\nASK {}\n"
	good := fstest.MapFS{"x/a.rq": file(one + "\n" + two), "x/readme.md": file("#")}
	bank, err := LoadQueries(good)
	if err != nil || len(bank) != 2 || strings.TrimSpace(bank["a"]) != "ASK {}" {
		t.Errorf("LoadQueries = %q, %v", bank, err)
	}
	for name, bad := range map[string]fstest.MapFS{
		"no tag":        {"a.rq": file("ASK {}")},
		"twice":         {"a.rq": file(one), "b.rq": file(one)},
		"twice in one":  {"a.rq": file(one + one)},
		"not a word":    {"a.rq": file("# tag: a b\n" + one)},
		"a long line":   {"a.rq": file(one + strings.Repeat("#", 70_000))},
		"a large file":  {"a.rq": file(one + strings.Repeat("#\n", maxQueryFile))},
		"an empty file": {"a.rq": file("")},
	} {
		if bank, err := LoadQueries(bad); err == nil {
			t.Errorf("%s: LoadQueries = %q", name, bank)
		}
	}
}

// TestParserAgrees reads JSON results of ours with the client library's parser
// too. Its terms lose some language tags, so the decoded bindings are compared.
func TestParserAgrees(t *testing.T) {
	vars := []string{"a", "b", "c"}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		text := func() string {
			var b strings.Builder
			for range r.IntN(6) {
				b.WriteRune([]rune{rune(r.IntN(0x80)), '保', 0xFEFF, 0x1F600, 0x2028, 0xFFFF}[r.IntN(6)])
			}
			return b.String()
		}
		sols := make([]results.Solution, r.IntN(5))
		for i := range sols {
			for range vars {
				sols[i] = append(sols[i], []term.Term{
					{}, term.NewIRI("http://例.tw/" + strings.Repeat("a", r.IntN(3))), term.NewBlankNode("b1"),
					term.NewString(text()), term.NewLangString(text(), "zh-Hant-TW"), term.NewLiteral(text(),
						"http://e/dt"),
				}[r.IntN(6)])
			}
		}
		var doc bytes.Buffer
		w, err := results.NewWriter(&doc, results.JSON, vars)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sols {
			if err := w.Write(s); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		res, err := knakksparql.ParseJSON(&doc)
		if err != nil || !slices.Equal(res.Head.Vars, vars) || len(res.Results.Bindings) != len(sols) {
			t.Fatalf("seed %d: ParseJSON = %v, %v", seed, res, err)
		}
		for i, m := range res.Results.Bindings {
			for j, v := range vars {
				b, bound := m[v]
				want := sols[i][j]
				dt := want.Datatype()
				if want.IsString() || want.Lang() != "" {
					dt = ""
				}
				if bound == want.IsZero() || b.Value != want.Value() || b.Lang != want.Lang() || b.DataType != dt {
					t.Fatalf("seed %d: ?%s is %+v, want %v", seed, v, b, want)
				}
			}
		}
	}
}
