package shacl

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"fincat/vocab"
	"fincat/vocab/term"
)

// ShapesError says what is wrong with a shapes graph.
type ShapesError struct {
	Node    term.Term // the shape, constraint, path or list that is wrong
	Place   string    // where a blank node stands: the node with an IRI above it and the way from there
	Message string
}

// Error names the node and the fault.
func (e *ShapesError) Error() string {
	switch {
	case e.Place != "":
		return fmt.Sprintf("shapes: %s: %s", e.Place, e.Message)
	case e.Node.IsZero():
		return "shapes: " + e.Message
	}
	return fmt.Sprintf("shapes: %v: %s", e.Node, e.Message)
}

// place adds where the node of a *ShapesError stands, which tells a person more than the
// label of a blank node.
func (g *graph) place(err error) error {
	bad := (*ShapesError)(nil)
	if !errors.As(err, &bad) || !bad.Node.IsBlankNode() {
		return err
	}
	const farthest, shown = 600, 6 // steps
	var way []string
	for at := bad.Node; len(way) < farthest && len(way)*len(g.triples) < 50_000_000; {
		i := slices.IndexFunc(g.triples, func(t term.Triple) bool { return t.Object == at })
		if i < 0 {
			return err
		}
		step := shortIRI(g.triples[i].Predicate.Value())
		if at = g.triples[i].Subject; step != "rdf:rest" { // the members of a list are one step
			way = append(way, step)
		}
		if at.IsIRI() {
			if slices.Reverse(way); len(way) > shown {
				way = append(way[:shown], fmt.Sprintf("… (%d steps)", len(way)))
			}
			bad.Place = at.String() + " " + strings.Join(way, " / ")
			return err
		}
	}
	return err
}

func wrong(node term.Term, format string, args ...any) error {
	return &ShapesError{Node: node, Message: fmt.Sprintf(format, args...)}
}

// graph is a shapes graph, with its triples by subject in document order. A triple may
// stand there more than once.
type graph struct {
	triples []term.Triple
	ends    map[term.Term][2]int          // first and last triple of each subject
	next    []int                         // triple of the same subject after each, 0 for none
	below   map[term.Term][]term.Term     // direct subclasses by class
	classes map[string]map[term.Term]bool // classes with all their subclasses, by class
}

func newGraph(quads []term.Quad) *graph {
	g := &graph{
		triples: make([]term.Triple, len(quads)), next: make([]int, len(quads)),
		ends:    map[term.Term][2]int{},
		below:   map[term.Term][]term.Term{},
		classes: map[string]map[term.Term]bool{},
	}
	for i, q := range quads {
		t := q.Triple()
		g.triples[i] = t
		ends, ok := g.ends[t.Subject]
		if ok {
			g.next[ends[1]] = i
		} else {
			ends[0] = i
		}
		ends[1] = i
		g.ends[t.Subject] = ends
		if t.Predicate.Value() == vocab.RDFSSubClassOf {
			g.below[t.Object] = append(g.below[t.Object], t.Subject)
		}
	}
	return g
}

// about yields the predicates and objects of a subject.
func (g *graph) about(s term.Term) iter.Seq2[term.Term, term.Term] {
	return func(yield func(term.Term, term.Term) bool) {
		ends, ok := g.ends[s]
		for i := ends[0]; ok && yield(g.triples[i].Predicate, g.triples[i].Object); i = g.next[i] {
			ok = i != ends[1]
		}
	}
}

// objects returns the objects of a subject and a predicate, each once.
func (g *graph) objects(s term.Term, predicate string) []term.Term {
	var out []term.Term
	var seen map[term.Term]bool
	for p, o := range g.about(s) {
		switch {
		case p.Value() != predicate:
			continue
		case seen == nil && len(out) == 8: // from here on looking through them takes longer
			seen = map[term.Term]bool{}
			for _, t := range out {
				seen[t] = true
			}
		}
		if seen[o] || seen == nil && slices.Contains(out, o) {
			continue
		}
		if out = append(out, o); seen != nil {
			seen[o] = true
		}
	}
	return out
}

// one returns the only object of a subject and a predicate, the zero Term when
// there is none.
func (g *graph) one(s term.Term, predicate string) (term.Term, error) {
	switch found := g.objects(s, predicate); len(found) {
	case 0:
		return term.Term{}, nil
	case 1:
		return found[0], nil
	}
	return term.Term{}, wrong(s, "has more than one value of <%s>", predicate)
}

func (g *graph) has(s term.Term, predicate string) bool {
	for p := range g.about(s) {
		if p.Value() == predicate {
			return true
		}
	}
	return false
}

// list returns the members of a SHACL list (SHACL §1.1): well formed, and
// without cycles.
func (g *graph) list(head term.Term) ([]term.Term, error) {
	var out []term.Term
	seen := map[term.Term]bool{}
	for head.Value() != vocab.RDFNil || !head.IsIRI() {
		first, rest := g.objects(head, vocab.RDFFirst), g.objects(head, vocab.RDFRest)
		if seen[head] || len(first) != 1 || len(rest) != 1 {
			return nil, wrong(head, "is no well-formed list")
		}
		seen[head] = true
		out = append(out, first[0])
		head = rest[0]
	}
	return out, nil
}

// isA reports whether a node is a SHACL instance of a class in the shapes graph
// (SHACL §1.1).
func (g *graph) isA(node term.Term, class string) bool {
	classes := g.subclasses(class)
	return slices.ContainsFunc(g.objects(node, vocab.RDFType), func(t term.Term) bool { return classes[t] })
}

func (g *graph) subclasses(class string) map[term.Term]bool {
	if found, ok := g.classes[class]; ok {
		return found
	}
	found := map[term.Term]bool{term.NewIRI(class): true}
	for queue := []term.Term{term.NewIRI(class)}; len(queue) > 0; queue = queue[1:] {
		for _, c := range g.below[queue[0]] {
			if !found[c] {
				found[c] = true
				queue = append(queue, c)
			}
		}
	}
	g.classes[class] = found
	return found
}

// boolean returns the value of an xsd:boolean property, false when there is none.
func (g *graph) boolean(s term.Term, predicate string) (bool, error) {
	t, err := g.one(s, predicate)
	if err != nil || t.IsZero() {
		return false, err
	}
	truth, ok := t.Bool()
	if !ok {
		return false, wrong(s, "<%s> must be true or false, not %v", predicate, t)
	}
	return truth, nil
}
