package shacl

import (
	"net/url"
	"slices"
	"strings"

	"fincat/sparql/value"
	"fincat/vocab"
	"fincat/vocab/term"
)

// constant is the index of a term of the shapes among [Shapes].terms.
type constant int

// Shapes is a compiled shapes graph. It belongs to no store and may be used by
// several validations at the same time.
type Shapes struct {
	groups  []*group    // the shapes with targets
	terms   []term.Term // what the shapes name, by constant
	count   int         // shapes in all
	sparql  bool        // some constraint is a query
	graph   bool        // some query uses $shapesGraph
	facts   []fact      // what the shape set says about values, such as members of concept schemes
	missing []string
	ignored []string
	quads   []term.Quad
}

// fact is a triple that counts as data.
type fact struct{ s, p, o constant }

// group is a number of shapes with the same target declarations, whose focus
// nodes are read once.
type group struct {
	targets
	shapes []*shape
}

// targets are the target declarations of a shape (SHACL §2.1.3).
type targets struct {
	nodes, classes, subjectsOf, objectsOf []constant
}

func (t *targets) empty() bool {
	return len(t.nodes)+len(t.classes)+len(t.subjectsOf)+len(t.objectsOf) == 0
}

func (t *targets) equal(u *targets) bool {
	return slices.Equal(t.nodes, u.nodes) && slices.Equal(t.classes, u.classes) &&
		slices.Equal(t.subjectsOf, u.subjectsOf) && slices.Equal(t.objectsOf, u.objectsOf)
}

// shape is a node shape, or a property shape when it has a path.
type shape struct {
	node     term.Term
	index    int
	path     *path
	severity term.Term
	messages []term.Term
	rules    []rule
	off      bool // sh:deactivated
	deep     bool // looks at the triples that start at its value nodes
}

// nested reports whether property shapes hang on the shape.
func (s *shape) nested() bool {
	return slices.ContainsFunc(s.rules, func(r rule) bool { _, ok := r.check.(property); return ok })
}

// rule is a constraint of a shape.
type rule struct {
	check     checker
	component term.Term
	source    term.Term   // sh:sourceConstraint, zero in SHACL Core
	messages  []term.Term // of results that bring none of their own
}

// Missing returns the IRIs of owl:imports that no document or shape set at hand
// has.
func (s *Shapes) Missing() []string { return s.missing }

// Ignored returns the properties, such as "sh:target", with which the shapes ask for what
// is no part of SHACL Core and SHACL-SPARQL, and which count for nothing.
func (s *Shapes) Ignored() []string { return s.ignored }

// NeedsShapesGraph reports whether a query uses $shapesGraph, so that the data
// must hold the shapes graph under [Options].ShapesGraph.
func (s *Shapes) NeedsShapesGraph() bool { return s.graph }

// State makes triples count as data, such as those that say which concepts
// belong to a scheme, so that the data need not repeat them. Queries do not see
// them. It must be called before the shapes are used.
func (s *Shapes) State(quads []term.Quad) {
	index := map[term.Term]constant{}
	for i, t := range s.terms {
		index[t] = constant(i)
	}
	of := func(t term.Term) constant {
		n, ok := index[t]
		if !ok {
			n = constant(len(s.terms))
			s.terms = append(s.terms, t)
			index[t] = n
		}
		return n
	}
	for _, q := range quads {
		s.facts = append(s.facts, fact{of(q.Subject), of(q.Predicate), of(q.Object)})
	}
}

// Imports returns the triples of an imported document, false when it is not at hand.
type Imports func(iri string) ([]term.Quad, bool)

// Compile reads a shapes graph. Documents that it imports (owl:imports) are
// asked of imports, which may be nil.
func Compile(quads []term.Quad, imports Imports) (*Shapes, error) {
	quads, missing := withImports(quads, imports)
	c := &compiler{
		out:       &Shapes{missing: missing, quads: quads},
		graph:     newGraph(quads),
		constants: map[term.Term]constant{},
		shapes:    map[term.Term]*shape{},
		within:    map[term.Term]bool{},
	}
	err := c.components()
	if err == nil {
		err = c.unsupported()
	}
	if err == nil {
		err = c.targets()
	}
	if err != nil {
		return nil, c.graph.place(err)
	}
	c.out.count = len(c.shapes)
	return c.out, nil
}

// beyond are the properties with which shapes ask for what is no part of SHACL Core and
// SHACL-SPARQL: its advanced features and JavaScript.
var beyond = []string{"expression", "js", "rule", "target", "values"}

// unsupported refuses entailment, as the specification asks, and notes what else the
// shapes ask for in vain.
func (c *compiler) unsupported() error {
	for _, t := range c.graph.triples {
		p := t.Predicate.Value()
		if p == vocab.SHEntailment {
			return wrong(t.Subject, "asks for the entailment regime %v, which is not supported", t.Object)
		}
		if name, ok := strings.CutPrefix(p, vocab.SHNS); ok && slices.Contains(beyond, name) &&
			!slices.Contains(c.out.ignored, "sh:"+name) {
			c.out.ignored = append(c.out.ignored, "sh:"+name)
		}
	}
	return nil
}

// isOntology reports whether a document is among those that were read: it says of
// itself that it is an ontology.
func isOntology(quads []term.Quad, iri string) bool {
	return slices.ContainsFunc(quads, func(q term.Quad) bool {
		return q.Subject.Value() == iri && q.Predicate.Value() == vocab.RDFType &&
			q.Object.Value() == vocab.OWLOntology
	})
}

// withImports appends the documents that owl:imports names, each once.
func withImports(quads []term.Quad, imports Imports) (all []term.Quad, missing []string) {
	all = slices.Clip(quads)
	seen := map[string]bool{}
	for i := 0; i < len(all); i++ {
		if all[i].Predicate.Value() != vocab.OWLImports || seen[all[i].Object.Value()] {
			continue
		}
		iri := all[i].Object.Value()
		seen[iri] = true
		if imports != nil {
			if more, ok := imports(iri); ok {
				all = append(all, more...)
				continue
			}
		}
		missing = append(missing, iri)
	}
	missing = slices.DeleteFunc(missing, func(iri string) bool { return isOntology(all, iri) })
	slices.Sort(missing)
	return all, missing
}

// ImportedFiles returns the paths of the local files that shapes import by their file IRIs.
func ImportedFiles(quads []term.Quad) (paths []string) {
	for _, q := range quads {
		if q.Predicate.Value() != vocab.OWLImports {
			continue
		}
		if at, err := url.Parse(q.Object.Value()); err == nil && at.Scheme == "file" && at.Host == "" {
			paths = append(paths, at.Path)
		}
	}
	return paths
}

// compiler turns a shapes graph into Shapes.
type compiler struct {
	out       *Shapes
	graph     *graph
	constants map[term.Term]constant
	shapes    map[term.Term]*shape
	within    map[term.Term]bool // shapes that refer to the present one
	customs   []*component
	scope     value.Scope // for regular expressions
}

func (c *compiler) constant(t term.Term) constant {
	if found, ok := c.constants[t]; ok {
		return found
	}
	n := constant(len(c.out.terms))
	c.out.terms = append(c.out.terms, t)
	c.constants[t] = n
	return n
}

func (c *compiler) all(ts []term.Term) []constant {
	out := make([]constant, len(ts))
	for i, t := range ts {
		out[i] = c.constant(t)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// targets compiles every shape that has a target, in document order, and puts
// those with the same targets together.
func (c *compiler) targets() error {
	seen := map[term.Term]bool{}
	for _, t := range c.graph.triples {
		if seen[t.Subject] {
			continue
		}
		seen[t.Subject] = true
		tg := c.targetsOf(t.Subject)
		if tg.empty() {
			continue
		}
		s, err := c.shape(t.Subject)
		if err != nil {
			return err
		}
		if s.off {
			continue
		}
		i := slices.IndexFunc(c.out.groups, func(g *group) bool { return g.equal(&tg) })
		if i < 0 {
			i = len(c.out.groups)
			c.out.groups = append(c.out.groups, &group{targets: tg})
		}
		c.out.groups[i].shapes = append(c.out.groups[i].shapes, s)
	}
	return nil
}

func (c *compiler) targetsOf(node term.Term) targets {
	g := c.graph
	tg := targets{
		nodes:      c.all(g.objects(node, vocab.SHTargetNode)),
		classes:    c.all(g.objects(node, vocab.SHTargetClass)),
		subjectsOf: c.all(g.objects(node, vocab.SHTargetSubjectsOf)),
		objectsOf:  c.all(g.objects(node, vocab.SHTargetObjectsOf)),
	}
	// Implicit class targets (SHACL §2.1.3.3).
	if node.IsIRI() && g.isA(node, vocab.RDFSClass) &&
		(g.isA(node, vocab.SHNodeShape) || g.isA(node, vocab.SHPropertyShape)) {
		tg.classes = append(tg.classes, c.constant(node))
		slices.Sort(tg.classes)
		tg.classes = slices.Compact(tg.classes)
	}
	return tg
}

// maxShapeDepth bounds how deep shapes refer to each other, and with it the
// depth of recursion in a validation.
const maxShapeDepth = 500

// shape compiles the shape at a node and all it refers to.
func (c *compiler) shape(node term.Term) (*shape, error) {
	if c.within[node] {
		return nil, wrong(node, "the shape refers to itself; what recursive shapes mean is not defined (SHACL §3.4.3)")
	}
	if s, ok := c.shapes[node]; ok {
		return s, nil
	}
	if node.IsLiteral() {
		return nil, wrong(node, "is no shape")
	}
	if len(c.within) >= maxShapeDepth {
		return nil, wrong(node, "the shape stands below more than %d others", maxShapeDepth)
	}
	s := &shape{node: node, index: len(c.shapes), severity: term.NewIRI(vocab.SHViolation)}
	c.shapes[node] = s
	c.within[node] = true
	defer delete(c.within, node)
	return s, c.fill(s)
}

func (c *compiler) fill(s *shape) (err error) {
	g := c.graph
	at, err := g.one(s.node, vocab.SHPath)
	if err != nil {
		return err
	}
	if !at.IsZero() {
		if s.path, err = c.path(at); err != nil {
			return err
		}
	} else if g.isA(s.node, vocab.SHPropertyShape) {
		return wrong(s.node, "the property shape has no sh:path")
	}
	if s.off, err = g.boolean(s.node, vocab.SHDeactivated); err != nil || s.off {
		return err
	}
	severity, err := g.one(s.node, vocab.SHSeverityProperty)
	if err != nil {
		return err
	}
	if !severity.IsZero() {
		if !severity.IsIRI() {
			return wrong(s.node, "sh:severity must be an IRI, not %v", severity)
		}
		s.severity = severity
	}
	for _, m := range g.objects(s.node, vocab.SHMessage) {
		if !m.IsLiteral() {
			return wrong(s.node, "sh:message must be a text, not %v", m)
		}
		s.messages = append(s.messages, m)
	}
	if err := c.core(s); err != nil {
		return err
	}
	if err := c.sparqlConstraints(s); err != nil {
		return err
	}
	return c.instances(s)
}

// add puts a constraint into a shape.
func (c *compiler) add(s *shape, component string, check checker, zh, en string) {
	iri := vocab.SHNS + component + "ConstraintComponent"
	r := rule{check: check, component: term.NewIRI(iri), messages: s.messages}
	if len(r.messages) == 0 {
		r.messages = []term.Term{term.NewLangString(en, "en"), term.NewLangString(zh, "zh-Hant")}
	}
	s.rules = append(s.rules, r)
	s.deep = s.deep || check.deep()
}
