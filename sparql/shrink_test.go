package sparql

import (
	"context"
	"errors"
	"slices"

	"fincat/sparql/syntax"
	"fincat/sparql/value"
	"fincat/vocab/term"
)

// shrink makes a failing case smaller for as long as it keeps failing: fewer
// quads, fewer parts of the query.
func shrink(ctx context.Context, quads []term.Quad, text string, union bool) ([]term.Quad, string) {
	fails := func(quads []term.Quad, text string) bool {
		if _, err := syntax.ParseQuery(text, syntax.Options{}); err != nil {
			return false
		}
		err := recheck(ctx, quads, text, union)
		if _, wrong := errors.AsType[*RequestError](err); wrong {
			return false // what is left is no full-text search
		}
		return err != nil && !errors.Is(err, errOpen) && !errors.Is(err, errNaiveSteps)
	}
	for changed := true; changed; {
		changed = false
		for i := 0; i < len(quads); {
			if fewer := slices.Delete(slices.Clone(quads), i, i+1); fails(fewer, text) {
				quads, changed = fewer, true
			} else {
				i++
			}
		}
		for i := 0; ; {
			smaller, ok := reduce(text, i)
			if !ok {
				break
			}
			if len(smaller) < len(text) && fails(quads, smaller) {
				text, changed = smaller, true
			} else {
				i++
			}
		}
	}
	return quads, text
}

// reduce applies the reduction with the given number to a query; ok is false
// when there are not as many.
func reduce(text string, target int) (smaller string, ok bool) {
	q, err := syntax.ParseQuery(text, syntax.Options{})
	if err != nil {
		return "", false
	}
	r := &reducer{left: target}
	if r.hit() {
		q.Dataset = nil
	} else if r.hit() {
		q.Form, q.Select = syntax.AskForm, syntax.Select{Where: q.Where}
	} else {
		r.level(&q.Select)
	}
	return q.String(), r.left < 0
}

// reducer walks a tree and changes it at one place: that where left gets below
// zero.
type reducer struct{ left int }

func (r *reducer) hit() bool {
	r.left--
	return r.left == -1
}

// cut removes one member of a list.
func cut[T any](r *reducer, list []T) []T {
	for i := range list {
		if r.hit() {
			return slices.Delete(list, i, i+1)
		}
	}
	return list
}

func (r *reducer) level(s *syntax.Select) {
	switch {
	case r.hit():
		s.Distinct, s.Reduced = false, false
	case r.hit():
		s.Limit = nil
	case r.hit():
		s.Offset = nil
	case r.hit():
		s.Values = nil
	case r.hit():
		s.Star, s.Projection = true, nil
	}
	s.OrderBy = cut(r, s.OrderBy)
	s.Having = cut(r, s.Having)
	s.GroupBy = cut(r, s.GroupBy)
	s.Projection = cut(r, s.Projection)
	for i := range s.Projection {
		if s.Projection[i].Expr != nil {
			s.Projection[i].Expr = r.expr(s.Projection[i].Expr)
		}
	}
	for i := range s.GroupBy {
		s.GroupBy[i].Expr = r.expr(s.GroupBy[i].Expr)
	}
	for i := range s.Having {
		s.Having[i] = r.expr(s.Having[i])
	}
	if s.Values != nil {
		s.Values.Rows = cut(r, s.Values.Rows)
	}
	if s.Where != nil {
		r.group(s.Where)
	}
}

func (r *reducer) group(g *syntax.Group) {
	g.Elements = cut(r, g.Elements)
	for i, e := range g.Elements {
		g.Elements[i] = r.element(e)
	}
}

func (r *reducer) element(e syntax.Element) syntax.Element {
	switch e := e.(type) {
	case *syntax.Group:
		if len(e.Elements) == 1 && r.hit() {
			return e.Elements[0]
		}
		r.group(e)
	case *syntax.Triples:
		e.Patterns = cut(r, e.Patterns)
		for i := range e.Patterns {
			r.pattern(&e.Patterns[i])
		}
	case *syntax.Union:
		for _, g := range e.Groups {
			if r.hit() {
				return g
			}
			r.group(g)
		}
	case *syntax.Optional:
		if r.hit() {
			return e.Group
		}
		r.group(e.Group)
	case *syntax.Minus:
		r.group(e.Group)
	case *syntax.GraphPattern:
		if r.hit() {
			return e.Group
		}
		r.group(e.Group)
	case *syntax.Filter:
		e.Expr = r.expr(e.Expr)
	case *syntax.Bind:
		e.Expr = r.expr(e.Expr)
	case *syntax.InlineData:
		e.Rows = cut(r, e.Rows)
	case *syntax.SubSelect:
		if r.hit() {
			return e.Where
		}
		r.level(&e.Select)
	}
	return e
}

func (r *reducer) pattern(p *syntax.PathPattern) {
	switch e := p.Path.(type) {
	case syntax.PathSequence:
		p.Path = r.onePath(p.Path, e.Paths)
	case syntax.PathAlternative:
		p.Path = r.onePath(p.Path, e.Paths)
	case syntax.PathInverse:
		p.Path = r.onePath(p.Path, []syntax.PathExpr{e.Path})
	case syntax.PathZeroOrMore:
		p.Path = r.onePath(p.Path, []syntax.PathExpr{e.Path})
	case syntax.PathOneOrMore:
		p.Path = r.onePath(p.Path, []syntax.PathExpr{e.Path})
	case syntax.PathZeroOrOne:
		p.Path = r.onePath(p.Path, []syntax.PathExpr{e.Path})
	}
}

func (r *reducer) onePath(whole syntax.PathExpr, parts []syntax.PathExpr) syntax.PathExpr {
	for _, p := range parts {
		if r.hit() {
			return p
		}
	}
	return whole
}

func (r *reducer) expr(e syntax.Expr) syntax.Expr {
	switch e := e.(type) {
	case syntax.Call:
		for i, a := range e.Args {
			if r.hit() {
				return a
			}
			e.Args[i] = r.expr(a)
		}
	case syntax.Aggregate:
		if e.Arg != nil && r.hit() {
			e.Arg = nil
			e.Func = value.AggCount
			return e
		}
		if e.Arg != nil {
			e.Arg = r.expr(e.Arg)
		}
		return e
	case syntax.Exists:
		r.group(e.Pattern)
	}
	return e
}
