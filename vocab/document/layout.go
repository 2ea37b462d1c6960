package document

import (
	"cmp"
	"slices"

	"fincat/vocab"
	"fincat/vocab/term"
)

// maxNesting is how deep the writers nest blank nodes in each other. Blank nodes
// below that get labels, because some readers follow only so deep.
const maxNesting = 60

// Layout says how quads are arranged in a document for people: sorted by subject,
// with each blank node and each list written inside the statement that refers to
// it, when there is only one such statement.
type Layout struct {
	Quads    []term.Quad // sorted, each once
	Subjects []Span      // of quads: each subject of each graph
	bySubj   map[term.Term][]int
	Nodes    map[term.Term]*blankInfo
	Lists    map[term.Term][]term.Term // head of a well-formed list and its members
	Cells    map[term.Term]term.Term   // list cells and the head of their list
}

// Span is the quads [from, to) of one subject in one graph.
type Span struct{ From, To int }

// blankInfo says where a blank node occurs.
type blankInfo struct {
	refs     int       // as an object
	Owner    term.Term // subject of the last of these
	via      term.Term // and its predicate
	graph    term.Term // of the first occurrence
	fixed    bool      // occurs where only a label can stand
	depth    int       // of nesting; 0: not known yet
	visiting bool
}

// NewLayout lays quads out; it sorts them in place.
func NewLayout(quads []term.Quad) *Layout {
	slices.SortFunc(quads, compareForReading)
	l := &Layout{
		Quads: slices.Compact(quads), bySubj: map[term.Term][]int{}, Nodes: map[term.Term]*blankInfo{},
		Lists: map[term.Term][]term.Term{}, Cells: map[term.Term]term.Term{},
	}
	for i := 0; i < len(l.Quads); {
		from := i
		q := l.Quads[i]
		for i < len(l.Quads) && l.Quads[i].Subject == q.Subject && l.Quads[i].Graph == q.Graph {
			i++
		}
		if q.Subject.IsBlankNode() {
			l.bySubj[q.Subject] = append(l.bySubj[q.Subject], len(l.Subjects))
		}
		l.Subjects = append(l.Subjects, Span{from, i})
	}
	for _, q := range l.Quads {
		l.note(q)
	}
	for _, q := range l.Quads {
		if q.Predicate.Value() == vocab.RDFRest && q.Object.Value() == vocab.RDFNil {
			l.findList(q.Subject)
		}
	}
	for _, q := range l.Quads {
		if q.Object.IsBlankNode() {
			l.place(q.Object)
		}
	}
	return l
}

// compareForReading orders quads as people look for them: the default graph
// first, IRIs before blank nodes, rdf:type before other predicates.
func compareForReading(a, b term.Quad) int {
	if a.Graph != b.Graph {
		return term.Compare(a.Graph, b.Graph)
	}
	if a.Subject != b.Subject {
		return cmp.Or(cmp.Compare(blankLast(a.Subject), blankLast(b.Subject)), term.Compare(a.Subject, b.Subject))
	}
	if a.Predicate != b.Predicate {
		return cmp.Or(cmp.Compare(typeFirst(a.Predicate), typeFirst(b.Predicate)),
			term.Compare(a.Predicate, b.Predicate))
	}
	return term.Compare(a.Object, b.Object)
}

func blankLast(t term.Term) int {
	if t.IsBlankNode() {
		return 1
	}
	return 0
}

func typeFirst(t term.Term) int {
	if t.Value() == vocab.RDFType {
		return 0
	}
	return 1
}

// note counts the occurrences of blank nodes in a quad.
func (l *Layout) note(q term.Quad) {
	if q.Graph.IsBlankNode() {
		l.node(q.Graph, q.Graph).fixed = true
	}
	if q.Subject.IsBlankNode() {
		l.node(q.Subject, q.Graph)
	}
	switch {
	case q.Object.IsBlankNode():
		n := l.node(q.Object, q.Graph)
		n.refs++
		n.Owner, n.via = q.Subject, q.Predicate
	case q.Object.IsTripleTerm():
		l.noteTripleTerm(q.Object, q.Graph)
	}
}

func (l *Layout) noteTripleTerm(t, graph term.Term) {
	v := t.Triple()
	for _, u := range [...]term.Term{v.Subject, v.Object} {
		switch {
		case u.IsBlankNode():
			l.node(u, graph).fixed = true
		case u.IsTripleTerm():
			l.noteTripleTerm(u, graph)
		}
	}
}

func (l *Layout) node(t, graph term.Term) *blankInfo {
	n := l.Nodes[t]
	if n == nil {
		n = &blankInfo{graph: graph}
		l.Nodes[t] = n
	}
	if n.graph != graph {
		n.fixed = true // a node of two graphs needs a label that stands in both
	}
	return n
}

// Inline reports whether a blank node is written where it is referred to.
func (l *Layout) Inline(t term.Term) bool {
	n := l.Nodes[t]
	return n != nil && n.refs == 1 && !n.fixed
}

// Anonymous reports whether nothing refers to a blank node.
func (l *Layout) Anonymous(t term.Term) bool {
	n := l.Nodes[t]
	return n != nil && n.refs == 0 && !n.fixed
}

// Properties returns the quads of an inline blank node.
func (l *Layout) Properties(t term.Term) []term.Quad {
	if s := l.bySubj[t]; len(s) > 0 {
		return l.Quads[l.Subjects[s[0]].From:l.Subjects[s[0]].To]
	}
	return nil
}

// member returns the member of a list cell: an inline blank node with exactly
// rdf:first and rdf:rest.
func (l *Layout) member(t term.Term) (term.Term, bool) {
	if !l.Inline(t) {
		return term.Term{}, false
	}
	p := l.Properties(t)
	if len(p) != 2 || p[0].Predicate.Value() != vocab.RDFFirst || p[1].Predicate.Value() != vocab.RDFRest {
		return term.Term{}, false
	}
	return p[0].Object, true
}

// findList follows a list from its last cell to its head.
func (l *Layout) findList(last term.Term) {
	var members, cells []term.Term
	cell := last
	seen := map[term.Term]bool{}
	for {
		m, ok := l.member(cell)
		if !ok || seen[cell] {
			break
		}
		seen[cell] = true
		members, cells = append(members, m), append(cells, cell)
		n := l.Nodes[cell]
		if n.via.Value() != vocab.RDFRest {
			break
		}
		cell = n.Owner
	}
	if len(cells) == 0 {
		return
	}
	slices.Reverse(members)
	head := cells[len(cells)-1]
	l.Lists[head] = members
	for _, c := range cells {
		l.Cells[c] = head
	}
}

// place finds how deep a blank node is nested. One that would be nested in
// itself, or too deep, gets a label.
func (l *Layout) place(t term.Term) {
	var chain []*blankInfo
	var names []term.Term
	depth := 0
	for {
		if head, ok := l.Cells[t]; ok {
			t = head
		}
		n := l.Nodes[t]
		if n == nil || !l.Inline(t) {
			break
		}
		if n.visiting {
			l.Fix(t)
			break
		}
		if n.depth > 0 {
			depth = n.depth
			break
		}
		n.visiting = true
		chain, names = append(chain, n), append(names, t)
		t = n.Owner
	}
	for i := len(chain) - 1; i >= 0; i-- {
		chain[i].visiting = false
		if chain[i].fixed {
			depth = 0
			continue
		}
		depth++
		if depth > maxNesting {
			l.Fix(names[i])
			depth = 0
		}
		chain[i].depth = max(depth, 1)
	}
}

// Fix gives a node a label, and to all cells when it is the head of a list.
func (l *Layout) Fix(t term.Term) {
	l.Nodes[t].fixed = true
	if l.Cells[t] != t {
		return
	}
	delete(l.Lists, t)
	cell := t
	for l.Cells[cell] == t {
		delete(l.Cells, cell)
		l.Nodes[cell].fixed = true
		cell = l.Properties(cell)[1].Object
	}
}
