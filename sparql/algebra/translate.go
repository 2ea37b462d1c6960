package algebra

import (
	"fmt"

	"fincat/sparql/syntax"
)

// Options say how requests are translated.
type Options struct {
	Text bool // triple patterns with the predicate text:query are searches; see [TextSearch]
}

// Translate turns a query into algebra (SPARQL 1.1 §18.2). A tree from the
// parser has a translation unless a full-text search in it is wrong, which
// gives a [*RequestError]; other errors are for trees made otherwise.
func Translate(q *syntax.Query, o Options) (out *Query, err error) {
	defer recoverFault(&err)
	t := translator{o: o}
	out = &Query{Form: q.Form, Base: q.Base, Dataset: q.Dataset}
	out.Op, out.Vars = t.query(&q.Select, q.Form == syntax.SelectForm)
	for _, p := range q.Template {
		out.Template = append(out.Template, templatePattern(p))
	}
	for _, n := range q.Describe {
		out.Describe = append(out.Describe, templateNode(n))
	}
	if q.Form == syntax.DescribeForm && q.Star {
		for _, v := range Vars(out.Op) {
			if !v.Hidden() {
				out.Describe = append(out.Describe, v)
			}
		}
	}
	return out, nil
}

// TranslateUpdate turns an update request into algebra (SPARQL 1.1 Update
// §4.3).
func TranslateUpdate(u *syntax.Update, o Options) (out *Update, err error) {
	defer recoverFault(&err)
	t := translator{o: o}
	out = &Update{}
	for _, op := range u.Operations {
		out.Operations = append(out.Operations, t.operation(op))
	}
	return out, nil
}

// unsupported is what the translator panics with when it meets a node it does
// not know, such as nil; it does not leave the package.
type unsupported struct{ what string }

// recoverFault turns what the translator panics with into an error.
func recoverFault(err *error) {
	switch r := recover().(type) {
	case nil:
	case *RequestError:
		*err = r
	case unsupported:
		*err = fmt.Errorf("translate: %s", r.what)
	default:
		panic(r)
	}
}

// translator numbers the hidden variables of a request.
type translator struct {
	o      Options
	count  int
	exists int // depth of EXISTS patterns
	remote int // depth of SERVICE patterns, whose endpoints have their own functions
}

// fresh returns a hidden variable; kind is a letter that tells what it is for.
func (t *translator) fresh(kind string) Var {
	v := Var(fmt.Sprintf(".%s%d", kind, t.count))
	t.count++
	return v
}

func (t *translator) operation(op syntax.Operation) Operation {
	switch op := op.(type) {
	case *syntax.InsertData:
		return &InsertData{op.Quads}
	case *syntax.DeleteData:
		return &DeleteData{op.Quads}
	case *syntax.Load:
		return &Load{*op}
	case *syntax.Clear:
		return &Clear{*op}
	case *syntax.Create:
		return &Create{*op}
	case *syntax.Transfer:
		return &Transfer{*op}
	case *syntax.Modify:
		return t.modify(op)
	}
	panic(unsupported{fmt.Sprintf("unknown update operation %T", op)})
}

// modify translates DELETE/INSERT; USING overrides WITH for the pattern
// (SPARQL 1.1 Update §3.1.3).
func (t *translator) modify(m *syntax.Modify) Operation {
	out := &DeleteInsert{Base: m.Base, Using: m.Using}
	var with Node
	if m.With != "" {
		with = iriTerm(m.With)
		if m.Using == nil {
			out.With = m.With
		}
	}
	out.Delete = quadPatterns(m.Delete, with)
	out.Insert = quadPatterns(m.Insert, with)
	out.Where = t.group(m.Where)
	return out
}

func quadPatterns(qs []syntax.QuadPattern, with Node) []QuadPattern {
	out := make([]QuadPattern, len(qs))
	for i, q := range qs {
		out[i] = QuadPattern{with, templatePattern(q.TriplePattern)}
		if q.Graph != nil {
			out[i].Graph = templateNode(q.Graph)
		}
	}
	return out
}

// query translates a query level: grouping, HAVING, VALUES and SELECT
// expressions (SPARQL 1.1 §18.2.4), then the solution modifiers (§18.2.5).
// Without project there is no Project, and no variables.
func (t *translator) query(s *syntax.Select, project bool) (Op, []Var) {
	var op Op = &BGP{}
	if s.Where != nil {
		op = t.group(s.Where)
	}
	x := expressions{t: t}
	if isGrouped(s) {
		x.group = &Group{}
		x.group.Input = x.groupKeys(op, s.GroupBy)
		op = x.group
	}
	if len(s.Having) > 0 {
		op = &Filter{x.all(s.Having), op}
	}
	if s.Values != nil {
		values := inlineData(s.Values)
		op = join(op, values)
		x.known.add(values.Vars...)
	}
	var vars varSet
	if s.Star {
		vars.addVisible(op)
	}
	for _, item := range s.Projection {
		if v := Var(item.Var); item.Expr != nil {
			op = &Extend{op, v, x.expr(item.Expr)}
			x.known.add(v)
		}
		vars.add(Var(item.Var))
	}
	if len(s.OrderBy) > 0 {
		op = &OrderBy{op, x.orderKeys(s.OrderBy)}
	}
	if project {
		op = &Project{op, vars.list}
	}
	return slice(s, op), vars.list
}

// slice adds DISTINCT, REDUCED, OFFSET and LIMIT (SPARQL 1.1 §18.2.5).
func slice(s *syntax.Select, op Op) Op {
	if s.Distinct {
		op = &Distinct{op}
	}
	if s.Reduced {
		op = &Reduced{op}
	}
	if s.Limit == nil && s.Offset == nil {
		return op
	}
	sl := &Slice{op, 0, -1}
	if s.Offset != nil {
		sl.Offset = *s.Offset
	}
	if s.Limit != nil {
		sl.Limit = int64(*s.Limit)
	}
	return sl
}

// addVisible adds the variables that SELECT * projects.
func (s *varSet) addVisible(o Op) {
	for _, v := range Vars(o) {
		if !v.Hidden() {
			s.add(v)
		}
	}
}
