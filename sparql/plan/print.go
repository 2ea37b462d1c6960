package plan

import (
	"fmt"
	"strings"
	"time"

	"fincat/vocab/term"
)

// Actual is what an operator did in one run.
type Actual struct {
	Rows    int64         // solutions
	Batches int64         // calls that gave some
	Starts  int64         // times the operator was started, more than once below Apply
	Time    time.Duration // with all that is below
}

// Print writes the tree with the expected numbers and, where actual has them,
// the measured ones.
func Print(root Node, actual map[Node]*Actual) string {
	var b strings.Builder
	printNode(&b, root, actual, "", "")
	return b.String()
}

func printNode(b *strings.Builder, n Node, actual map[Node]*Actual, first, rest string) {
	info := n.Base()
	fmt.Fprintf(b, "%s%s  [%s", first, Label(n), approx(info.Rows))
	if a := actual[n]; a != nil {
		fmt.Fprintf(b, " expected, %d actual, %v", a.Rows, a.Time.Round(time.Microsecond))
		if a.Starts > 1 {
			fmt.Fprintf(b, ", %d starts", a.Starts)
		}
	}
	b.WriteString("]\n")
	inputs := Inputs(n)
	for i, in := range inputs {
		if i == len(inputs)-1 {
			printNode(b, in, actual, rest+"└─ ", rest+"   ")
		} else {
			printNode(b, in, actual, rest+"├─ ", rest+"│  ")
		}
	}
}

// Step is one operator of a plan, for programs to show.
type Step struct {
	Depth    int     // of the operator in the tree; 0 is the root
	Label    string  // what it does
	Expected float64 // solutions
	Actual   *Actual // nil: it was not run
}

// Steps returns the operators of a tree in the order in which [Print] writes them.
func Steps(root Node, actual map[Node]*Actual) []Step {
	var out []Step
	var walk func(Node, int)
	walk = func(n Node, depth int) {
		out = append(out, Step{depth, Label(n), n.Base().Rows, actual[n]})
		for _, in := range Inputs(n) {
			walk(in, depth+1)
		}
	}
	walk(root, 0)
	return out
}

func approx(rows float64) string {
	switch {
	case rows >= 1e6:
		return fmt.Sprintf("%.3gM", rows/1e6)
	case rows >= 1e4:
		return fmt.Sprintf("%.3gk", rows/1e3)
	case rows >= 100:
		return fmt.Sprintf("%.0f", rows)
	}
	return fmt.Sprintf("%.3g", rows)
}

// Label describes one operator without its inputs, such as
// "Lookup ?s <http://www.w3.org/ns/dcat#theme> ?t".
func Label(n Node) string {
	name := strings.TrimPrefix(fmt.Sprintf("%T", n), "*plan.")
	switch n := n.(type) {
	case *Table:
		if n.Counted != nil {
			return fmt.Sprintf("Counted %s × %d of %s", vars(n.Vars), len(n.IDs), n.Counted)
		}
		return fmt.Sprintf("Table %s × %d", vars(n.Vars), len(n.IDs))
	case *Scan:
		return fmt.Sprintf("Scan %v %s%s", n.Index, n.String(), sorted(n.Order))
	case *GraphNames:
		return "GraphNames " + n.Var.String()
	case *Lookup:
		return "Lookup " + n.String() + sorted(n.Order)
	case *MergeJoin:
		return "MergeJoin " + n.On.String() + sorted(n.Order)
	case *HashJoin:
		kind := [...]string{"HashJoin", "HashLeftJoin", "HashMinus"}[n.Kind]
		return fmt.Sprintf("%s %s%s%s", kind, vars(n.Key), shared(n.Shared), exprs(n.Exprs))
	case *Leapfrog:
		return "Leapfrog" + sorted(n.Order)
	case *Apply:
		kinds := [...]string{"Apply", "ApplyOptional", "", "ApplyExists", "ApplyNotExists",
			"ApplyMark " + n.Mark.String()}
		return kinds[n.Kind] + sorted(n.Order)
	case *Seed:
		return "Seed " + vars(n.Vars)
	case *PathJoin:
		return fmt.Sprintf("Path %s %s %s", n.S, pathText(n.Path), n.O)
	case *Unfold:
		return "Unfold " + n.Var.String()
	case *TextSearch:
		return fmt.Sprintf("TextSearch %s %s", n.Literal, n.Query)
	case *Filter:
		return "Filter" + exprs(n.Exprs)
	case *Extend:
		return fmt.Sprintf("Extend %s := %s", n.Var, n.Expr)
	case *Copy:
		return fmt.Sprintf("Copy %s := %s", n.To, n.From)
	case *Group:
		return groupLabel(n)
	case *Sort:
		return sortLabel(n)
	case *Project:
		return "Project " + vars(n.Vars) + sorted(n.Order)
	case *Distinct:
		if n.Adjacent {
			return "Distinct sorted"
		}
	case *Slice:
		return fmt.Sprintf("Slice offset %d limit %d", n.Offset, n.Limit)
	case *Service:
		return "Service " + n.Name.String()
	}
	return name
}

func groupLabel(g *Group) string {
	var b strings.Builder
	b.WriteString("Group")
	if g.Sorted {
		b.WriteString(" sorted")
	}
	for _, k := range g.Keys {
		b.WriteString(" " + k.Var.String())
	}
	for _, a := range g.Aggregates {
		fmt.Fprintf(&b, " %s:=%v", a.Var, a.Func)
	}
	return b.String()
}

func sortLabel(s *Sort) string {
	var b strings.Builder
	b.WriteString("Sort")
	if s.Limit >= 0 {
		fmt.Fprintf(&b, " top %d", s.Limit)
	}
	for _, k := range s.Keys {
		b.WriteString(" " + k.Expr.String())
		if k.Descending {
			b.WriteString(" desc")
		}
	}
	return b.String()
}

// String returns the variable or the term.
func (s Slot) String() string {
	switch {
	case s.Var != "":
		return s.Var.String()
	case s.Term.IsZero():
		return "_"
	case s.Term == term.NewIRI("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"):
		return "a"
	}
	return s.Term.String()
}

// String returns the pattern, with its graph when it is not the union of all.
func (q *Quad) String() string {
	text := fmt.Sprintf("%s %s %s", q.S, q.P, q.O)
	switch q.G.Mode {
	case OneGraph:
		if q.G.ID == 1 {
			return text + " in default graph"
		}
		return text + " in one graph"
	case SomeGraphs:
		return fmt.Sprintf("%s in %d graphs", text, len(q.G.List))
	case VarGraph:
		return text + " in " + q.G.Var.String()
	case ParamGraph:
		return text + " in each graph"
	}
	return text
}

func vars(vs []Var) string {
	parts := make([]string, len(vs))
	for i, v := range vs {
		parts[i] = v.String()
	}
	return strings.Join(parts, " ")
}

func sorted(vs []Var) string {
	if len(vs) == 0 {
		return ""
	}
	return "  sorted by " + vars(vs)
}

func shared(vs []Var) string {
	if len(vs) == 0 {
		return ""
	}
	return " compatible " + vars(vs)
}

func exprs[E fmt.Stringer](es []E) string {
	var b strings.Builder
	for _, e := range es {
		b.WriteString(" " + e.String())
	}
	return b.String()
}
