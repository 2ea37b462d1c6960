package algebra

import (
	"strconv"
	"strings"

	"fincat/sparql/syntax"
	"fincat/sparql/value"
)

// printer writes s-expressions, one operator a line, indented by two spaces.
type printer struct {
	strings.Builder
	depth int
}

func printOp(o Op) string {
	var p printer
	p.op(o)
	return p.String()
}

func printExpr(e Expr) string {
	var p printer
	p.expr(e)
	return p.String()
}

func (o *BGP) String() string { return printOp(o) }

// String prints the operator as an s-expression.
func (o *TextSearch) String() string { return printOp(o) }
func (o *Path) String() string       { return printOp(o) }
func (o *Join) String() string       { return printOp(o) }
func (o *LeftJoin) String() string   { return printOp(o) }
func (o *Filter) String() string     { return printOp(o) }
func (o *Union) String() string      { return printOp(o) }
func (o *Graph) String() string      { return printOp(o) }
func (o *Extend) String() string     { return printOp(o) }
func (o *Minus) String() string      { return printOp(o) }
func (o *Values) String() string     { return printOp(o) }
func (o *Group) String() string      { return printOp(o) }
func (o *OrderBy) String() string    { return printOp(o) }
func (o *Project) String() string    { return printOp(o) }
func (o *Distinct) String() string   { return printOp(o) }
func (o *Reduced) String() string    { return printOp(o) }
func (o *Slice) String() string      { return printOp(o) }
func (o *Service) String() string    { return printOp(o) }

// String prints the call as an s-expression.
func (e *Call) String() string { return printExpr(e) }

// String prints the call as an s-expression.
func (e *CustomCall) String() string { return printExpr(e) }

// String prints the expression with its pattern as an s-expression.
func (e *Exists) String() string { return printExpr(e) }

// String prints the triple term as N-Triples does, with variables.
func (t TripleTerm) String() string {
	return "<<( " + nodeString(t.Subject) + " " + nodeString(t.Predicate) + " " + nodeString(t.Object) + " )>>"
}

// String prints the pattern as an s-expression.
func (t TriplePattern) String() string {
	return "(triple " + nodeString(t.Subject) + " " + nodeString(t.Predicate) + " " + nodeString(t.Object) + ")"
}

func nodeString(n Node) string {
	switch n := n.(type) {
	case Var:
		return n.String()
	case Term:
		return n.String()
	case TripleTerm:
		return n.String()
	}
	return "_"
}

// op writes an operator: its name, its arguments on the same line, its inputs
// on lines of their own.
func (p *printer) op(o Op) {
	switch o := o.(type) {
	case *BGP:
		p.bgp(o)
	case *Path:
		p.WriteString("(path " + nodeString(o.Subject) + " ")
		p.path(o.Path)
		p.WriteString(" " + nodeString(o.Object) + ")")
	case *TextSearch:
		p.textSearch(o)
	case *Join:
		p.inputs("join", o.Inputs...)
	case *LeftJoin:
		p.leftJoin(o)
	case *Filter:
		p.WriteString("(filter ")
		p.exprs(o.Exprs)
		p.close(o.Input)
	case *Union:
		p.inputs("union", o.Inputs...)
	case *Graph:
		p.inputs("graph "+nodeString(o.Name), o.Input)
	case *Extend:
		p.WriteString("(extend ((" + o.Var.String() + " ")
		p.expr(o.Expr)
		p.WriteString("))")
		p.close(o.Input)
	case *Minus:
		p.inputs("minus", o.Left, o.Right)
	case *Values:
		p.values(o)
	case *Group:
		p.group(o)
	case *OrderBy:
		p.WriteString("(order (")
		p.orderKeys(o.Keys)
		p.WriteString(")")
		p.close(o.Input)
	case *Project:
		p.inputs("project ("+varList(o.Vars)+")", o.Input)
	case *Distinct:
		p.inputs("distinct", o.Input)
	case *Reduced:
		p.inputs("reduced", o.Input)
	case *Slice:
		limit := "_"
		if o.Limit >= 0 {
			limit = strconv.FormatInt(o.Limit, 10)
		}
		p.inputs("slice "+strconv.FormatUint(o.Offset, 10)+" "+limit, o.Input)
	case *Service:
		head := "service "
		if o.Silent {
			head += "silent "
		}
		p.inputs(head+nodeString(o.Name), o.Input)
	}
}

func (p *printer) line() {
	p.WriteByte('\n')
	for range p.depth {
		p.WriteString("  ")
	}
}

func (p *printer) inputs(head string, inputs ...Op) {
	p.WriteString("(" + head)
	p.close(inputs...)
}

// close writes the inputs on lines of their own and the closing bracket.
func (p *printer) close(inputs ...Op) {
	p.depth++
	for _, in := range inputs {
		p.line()
		p.op(in)
	}
	p.depth--
	p.WriteByte(')')
}

func (p *printer) bgp(o *BGP) {
	p.WriteString("(bgp")
	p.depth++
	for _, t := range o.Patterns {
		if len(o.Patterns) == 1 {
			p.WriteByte(' ')
		} else {
			p.line()
		}
		p.WriteString(t.String())
	}
	p.depth--
	p.WriteByte(')')
}

func (p *printer) leftJoin(o *LeftJoin) {
	p.WriteString("(leftjoin")
	p.depth++
	p.line()
	p.op(o.Left)
	p.line()
	p.op(o.Right)
	if len(o.Exprs) > 0 {
		p.line()
		p.exprs(o.Exprs)
	}
	p.depth--
	p.WriteByte(')')
}

func (p *printer) values(o *Values) {
	p.WriteString("(table (vars" + prefixed(varList(o.Vars)) + ")")
	p.depth++
	for _, row := range o.Rows {
		p.line()
		p.WriteString("(row")
		for i, t := range row {
			if !t.IsZero() {
				p.WriteString(" (" + o.Vars[i].String() + " " + t.String() + ")")
			}
		}
		p.WriteByte(')')
	}
	p.depth--
	p.WriteByte(')')
}

func (p *printer) group(o *Group) {
	p.WriteString("(group (")
	for i, k := range o.Keys {
		p.space(i)
		if k.Expr == Expr(k.Var) {
			p.WriteString(k.Var.String())
			continue
		}
		p.WriteString("(" + k.Var.String() + " ")
		p.expr(k.Expr)
		p.WriteByte(')')
	}
	p.WriteString(") (")
	for i, a := range o.Aggregates {
		p.space(i)
		p.aggregation(a)
	}
	p.WriteByte(')')
	p.close(o.Input)
}

func (p *printer) aggregation(a Aggregation) {
	p.WriteString("(" + a.Var.String() + " (" + strings.ToLower(a.Func.String()))
	if a.Distinct {
		p.WriteString(" distinct")
	}
	if a.Func == value.AggGroupConcat {
		p.WriteString(" (separator " + strconv.Quote(a.Separator) + ")")
	}
	if a.Arg != nil {
		p.WriteByte(' ')
		p.expr(a.Arg)
	}
	if len(a.OrderBy) > 0 {
		p.WriteString(" (order ")
		p.orderKeys(a.OrderBy)
		p.WriteByte(')')
	}
	p.WriteString("))")
}

func (p *printer) orderKeys(keys []OrderKey) {
	for i, k := range keys {
		p.space(i)
		if !k.Descending {
			p.expr(k.Expr)
			continue
		}
		p.WriteString("(desc ")
		p.expr(k.Expr)
		p.WriteByte(')')
	}
}

// exprs writes a conjunction: one expression bare, more as an exprlist.
func (p *printer) exprs(es []Expr) {
	if len(es) == 1 {
		p.expr(es[0])
		return
	}
	p.WriteString("(exprlist")
	for _, e := range es {
		p.WriteByte(' ')
		p.expr(e)
	}
	p.WriteByte(')')
}

func (p *printer) expr(e Expr) {
	switch e := e.(type) {
	case Var:
		p.WriteString(e.String())
	case Term:
		p.WriteString(e.String())
	case *Call:
		p.call(strings.ReplaceAll(strings.ToLower(e.Func.String()), " ", ""), e.Args)
	case *CustomCall:
		p.call("<"+e.IRI+">", e.Args)
	case *Exists:
		if e.Not {
			p.inputs("notexists", e.Pattern)
		} else {
			p.inputs("exists", e.Pattern)
		}
	}
}

func (p *printer) call(name string, args []Expr) {
	p.WriteString("(" + name)
	for _, a := range args {
		p.WriteByte(' ')
		p.expr(a)
	}
	p.WriteByte(')')
}

func (p *printer) path(e syntax.PathExpr) {
	switch e := e.(type) {
	case syntax.PathLink:
		p.WriteString("<" + e.IRI + ">")
	case syntax.PathInverse:
		p.paths("reverse", e.Path)
	case syntax.PathSequence:
		p.paths("seq", e.Paths...)
	case syntax.PathAlternative:
		p.paths("alt", e.Paths...)
	case syntax.PathZeroOrMore:
		p.paths("path*", e.Path)
	case syntax.PathOneOrMore:
		p.paths("path+", e.Path)
	case syntax.PathZeroOrOne:
		p.paths("path?", e.Path)
	case syntax.PathNegated:
		p.WriteString("(notoneof")
		for _, iri := range e.Forward {
			p.WriteString(" <" + iri + ">")
		}
		for _, iri := range e.Inverse {
			p.WriteString(" (reverse <" + iri + ">)")
		}
		p.WriteByte(')')
	}
}

func (p *printer) paths(name string, paths ...syntax.PathExpr) {
	p.WriteString("(" + name)
	for _, e := range paths {
		p.WriteByte(' ')
		p.path(e)
	}
	p.WriteByte(')')
}

func (p *printer) space(i int) {
	if i > 0 {
		p.WriteByte(' ')
	}
}

func varList(vs []Var) string {
	var b strings.Builder
	for i, v := range vs {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(v.String())
	}
	return b.String()
}

func prefixed(s string) string {
	if s == "" {
		return ""
	}
	return " " + s
}
