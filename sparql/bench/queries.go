package bench

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"fincat/sparql/protocol"
	"fincat/sparql/syntax"
)

// Query is a query of a benchmark, or an update.
type Query struct {
	Name string
	Text string
	// Check and Undo belong to an update: the query whose answers show what it did, and
	// the update that makes it undone. A query has neither.
	Check, Undo string

	order []string // of the outermost ORDER BY, when it has only variables that are selected
	cut   bool     // there is a LIMIT or OFFSET
	graph bool     // the answer is a graph
}

// IsUpdate reports whether it changes the store.
func (q Query) IsUpdate() bool { return q.Undo != "" }

// maxFile bounds a file of queries, in bytes.
const maxFile = 1 << 20

// Queries reads the .rq and .ru files at the top of a file tree whose names match a pattern
// of package path ("" matches all), in the order of names. A .rq file holds one query, or
// several that each follow a line "# tag: name"; a .ru file an update, followed by a query
// after a line "# check" and an update after a line "# undo".
func Queries(files fs.FS, pattern string) ([]Query, error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("read the queries: %w", err)
	}
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, fmt.Errorf("the pattern %q of names: %w", pattern, err)
	}
	var out []Query
	for _, e := range entries {
		ext := path.Ext(e.Name())
		if e.IsDir() || ext != ".rq" && ext != ".ru" {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		if info.Size() > maxFile {
			return nil, fmt.Errorf("read %s: more than %d bytes", e.Name(), maxFile)
		}
		text, err := fs.ReadFile(files, e.Name())
		if err != nil {
			return nil, err
		}
		qs, err := parseFile(strings.TrimSuffix(e.Name(), ext), ext, string(text))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", e.Name(), err)
		}
		out = append(out, qs...)
	}
	out = slices.DeleteFunc(out, func(q Query) bool {
		ok, _ := path.Match(pattern, q.Name) // the pattern is good
		return pattern != "" && !ok
	})
	if len(out) == 0 {
		return nil, errors.New("there are no queries of this name, or no .rq and .ru files")
	}
	slices.SortFunc(out, func(a, b Query) int { return strings.Compare(a.Name, b.Name) })
	for i := range out[1:] {
		if out[i].Name == out[i+1].Name {
			return nil, fmt.Errorf("two queries are called %q", out[i].Name)
		}
	}
	return out, nil
}

func parseFile(name, ext, text string) ([]Query, error) {
	switch {
	case ext == ".ru":
		q, err := parseUpdate(name, text)
		return []Query{q}, err
	case !strings.Contains("\n"+text, "\n# tag:"):
		return []Query{newQuery(name, text)}, nil
	}
	bank, err := protocol.ParseQueries(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	var out []Query
	for name, text := range bank {
		out = append(out, newQuery(name, text))
	}
	return out, nil
}

func parseUpdate(name, text string) (Query, error) {
	text, rest, hasCheck := strings.Cut(text, "\n# check\n")
	check, undo, hasUndo := strings.Cut(rest, "\n# undo\n")
	if !hasCheck || !hasUndo || strings.TrimSpace(undo) == "" {
		return Query{}, errors.New(`an update needs a query after a line "# check" and, after that, ` +
			`what makes it undone after a line "# undo"`)
	}
	q := newQuery(name, check)
	q.Text, q.Check, q.Undo = text, check, undo
	return q, nil
}

// newQuery finds out how the answers to a query are compared. One that cannot be parsed,
// perhaps with the extensions of a store, is compared as if it had no order.
func newQuery(name, text string) Query {
	q := Query{Name: name, Text: text}
	tree, err := syntax.ParseQuery(text, syntax.Options{})
	if err != nil {
		return q
	}
	q.graph = tree.Form == syntax.ConstructForm || tree.Form == syntax.DescribeForm
	q.cut = tree.Limit != nil || tree.Offset != nil
	for _, c := range tree.OrderBy {
		v, ok := c.Expr.(syntax.Var)
		selected := tree.Star || slices.ContainsFunc(tree.Projection,
			func(p syntax.Projection) bool { return p.Var == v })
		if !ok || !selected {
			q.order = nil
			break
		}
		q.order = append(q.order, string(v))
	}
	return q
}
