package sparql

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fincat/sparql/algebra"
	"fincat/sparql/results"
	"fincat/sparql/syntax"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the expectations of testdata/sparql/*.txtar")

// TestCases runs testdata/sparql/*.txtar: over data.trig, the algebra, plan and
// result of query.rq are as written. A comment that says "Default graph:
// strict" sets that.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("../testdata/sparql/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases found: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c := &testCase{Archive: a}
			if err := c.run(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, s := range c.got {
				if want := c.section(s.Name); !*update && string(s.Data) != want {
					t.Errorf("%s is\n%swant\n%s", s.Name, s.Data, want)
				}
			}
			if *update {
				c.Files = append(c.Files[:2:2], c.got...)
				if err := os.WriteFile(file, txtar.Format(c.Archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

type testCase struct {
	*txtar.Archive
	got []txtar.File
}

func (c *testCase) section(name string) string {
	for _, f := range c.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func (c *testCase) add(name, text string) {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	c.got = append(c.got, txtar.File{Name: name, Data: []byte(text)})
}

func (c *testCase) run(ctx context.Context) error {
	data, err := rdfio.ReadAll(ctx, strings.NewReader(c.section("data.trig")), rdfio.ReadOptions{Path: "data.trig"})
	if err != nil {
		return err
	}
	s, err := memoryStore(ctx, data)
	if err != nil {
		return err
	}
	defer s.Close()
	o := Options{Store: s}
	if strings.Contains(string(c.Comment), "Default graph: strict") {
		o.DefaultGraph = Strict
	}
	e, err := New(o)
	if err != nil {
		return err
	}
	text := c.section("query.rq")
	tree, err := syntax.ParseQuery(text, syntax.Options{})
	if err != nil {
		return err
	}
	q, err := algebra.Translate(tree, algebra.Options{})
	if err != nil {
		return err
	}
	op, err := algebra.Simplify(ctx, q.Op)
	if err != nil {
		return err
	}
	c.add("algebra", op.String())
	p, err := e.Explain(ctx, text, QueryOptions{}, false)
	if err != nil {
		return err
	}
	c.add("plan", p.String())
	res, err := e.Query(ctx, text, QueryOptions{})
	if err != nil {
		return err
	}
	defer res.Close()
	return c.result(res, strings.Contains(text, "ORDER BY"))
}

// result writes the answer, sorted unless the query orders it.
func (c *testCase) result(res *Result, ordered bool) error {
	var lines []string
	if res.Form() == Construct {
		for q, err := range res.Quads() {
			if err != nil {
				return err
			}
			lines = append(lines, q.String())
		}
		slices.Sort(lines)
		c.add("quads", strings.Join(lines, "\n"))
		return nil
	}
	for s, err := range res.Solutions() {
		if err != nil {
			return err
		}
		lines = append(lines, tsvLine(s))
	}
	if !ordered {
		slices.Sort(lines)
	}
	c.add("solutions", "?"+strings.Join(res.Vars(), "\t?")+"\n"+strings.Join(lines, "\n"))
	return nil
}

func tsvLine(s results.Solution) string {
	parts := make([]string, len(s))
	for i, t := range s {
		if t != (term.Term{}) {
			parts[i] = t.String()
		}
	}
	return strings.Join(parts, "\t")
}
