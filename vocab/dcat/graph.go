package dcat

import (
	"slices"
	"strings"

	"fincat/vocab"
	"fincat/vocab/term"
)

// Graph is an index over triples from which DCAT values are read.
type Graph struct {
	bySubject map[term.Term][]term.Triple
	order     []term.Term
}

// NewGraph indexes triples by subject; repeats are dropped.
func NewGraph(triples []term.Triple) *Graph {
	g := &Graph{bySubject: map[term.Term][]term.Triple{}}
	seen := make(map[term.Triple]bool, len(triples))
	for _, t := range triples {
		if seen[t] {
			continue
		}
		seen[t] = true
		if _, ok := g.bySubject[t.Subject]; !ok {
			g.order = append(g.order, t.Subject)
		}
		g.bySubject[t.Subject] = append(g.bySubject[t.Subject], t)
	}
	return g
}

// Instances returns the subjects of the given classes in document order.
func (g *Graph) Instances(classes ...string) []term.Term {
	var out []term.Term
	for _, s := range g.order {
		if slices.ContainsFunc(g.bySubject[s], func(t term.Triple) bool {
			return t.Predicate.Value() == vocab.RDFType && slices.Contains(classes, t.Object.Value())
		}) {
			out = append(out, s)
		}
	}
	return out
}

// Datasets returns the subjects that are DCAT datasets or series of them.
func (g *Graph) Datasets() []term.Term {
	return g.Instances(vocab.DCATDataset, vocab.DCATDatasetSeries)
}

// Subjects returns the subjects that have a property, in document order.
func (g *Graph) Subjects(p string) []term.Term {
	var out []term.Term
	for _, s := range g.order {
		if slices.ContainsFunc(g.bySubject[s], func(t term.Triple) bool { return t.Predicate.Value() == p }) {
			out = append(out, s)
		}
	}
	return out
}

// Objects returns the objects of a subject's property.
func (g *Graph) Objects(s term.Term, p string) []term.Term {
	var out []term.Term
	for _, t := range g.bySubject[s] {
		if t.Predicate.Value() == p {
			out = append(out, t.Object)
		}
	}
	return out
}

// Value returns the value of the first object of a subject's property, or "".
func (g *Graph) Value(s term.Term, p string) string {
	for _, o := range g.Objects(s, p) {
		if o.Value() != "" {
			return o.Value()
		}
	}
	return ""
}

// reader reads one subject and remembers which triples it understood.
type reader struct {
	g    *Graph
	s    term.Term
	used map[string]bool // predicates
}

func (g *Graph) reader(s term.Term) *reader { return &reader{g, s, map[string]bool{}} }

func (r *reader) objects(p string) []term.Term {
	r.used[p] = true
	return r.g.Objects(r.s, p)
}

// texts returns the literals of a property; untagged ones and those tagged only
// zh become zh-Hant-TW, because that is what Taiwanese catalogues mean by it.
func (r *reader) texts(p string) []Text {
	var out []Text
	for _, o := range r.objects(p) {
		if t := textOf(o); o.IsLiteral() && t.Value != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

func textOf(o term.Term) Text {
	lang := o.Lang()
	if lang == "zh" || lang == "zh-TW" || lang == "zh-Hant" || lang == "" && hasHan(o.Value()) {
		lang = ZHTW
	}
	return Text{strings.TrimSpace(o.Value()), lang}
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return c >= 0x4E00 && c <= 0x9FFF })
}

func (r *reader) iris(p string) []string {
	var out []string
	for _, o := range r.objects(p) {
		if v := o.Value(); !o.IsBlankNode() && hasScheme(v) && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

func (r *reader) iri(p string) string {
	if v := r.iris(p); len(v) > 0 {
		return v[0]
	}
	return ""
}

func (r *reader) str(p string) string {
	r.used[p] = true
	return strings.TrimSpace(r.g.Value(r.s, p))
}

// names returns the value or label of each object: its literal, its IRI, or what
// labels the node it stands for.
func (r *reader) names(p string) []string {
	var out []string
	for _, o := range r.objects(p) {
		n := o.Value()
		if o.IsBlankNode() {
			n = Best(r.g.labels(o), ZHTW)
		}
		if n = strings.TrimSpace(n); n != "" {
			out = append(out, n)
		}
	}
	return out
}

func (r *reader) name(p string) string {
	if n := r.names(p); len(n) > 0 {
		return n[0]
	}
	return ""
}

// date returns the first object that is a date, made canonical.
func (r *reader) date(p string) term.Term {
	for _, o := range r.objects(p) {
		if t, ok := ParseDate(o.Value()); ok {
			return t
		}
	}
	return term.Term{}
}

// labels returns what names a node, by the properties in use for that.
func (g *Graph) labels(s term.Term) []Text {
	for _, p := range []string{vocab.SKOSPrefLabel, vocab.FOAFName, vocab.RDFSLabel, vocab.VCARDFn, vocab.DCTTitle, vocab.VCARDOrganizationName, vocab.SCHEMAName, vocab.RDFValue} {
		if t := g.reader(s).texts(p); len(t) > 0 {
			return t
		}
	}
	return nil
}

func (r *reader) agent(p string) Agent {
	for _, o := range r.objects(p) {
		a := Agent{Name: r.g.labels(o)}
		switch {
		case o.IsIRI():
			a.IRI = o.Value()
		case o.IsLiteral():
			a.Name = []Text{textOf(o)}
		}
		if !a.IsZero() {
			return a
		}
	}
	return Agent{}
}

func (r *reader) contacts() []Contact {
	var out []Contact
	for _, o := range r.objects(vocab.DCATContactPoint) {
		n := r.g.reader(o)
		c := Contact{Name: Best(r.g.labels(o), ZHTW), URL: n.iri(vocab.VCARDHasURL)}
		c.Email = strings.TrimPrefix(first(n.through(vocab.VCARDHasEmail), n.str(vocab.FOAFMbox)), "mailto:")
		c.Phone = strings.TrimPrefix(first(n.through(vocab.VCARDHasTelephone), n.str(vocab.VCARDTel)), "tel:")
		if c != (Contact{}) {
			out = append(out, c)
		}
	}
	return out
}

// through returns the value of a property, or the vcard:hasValue of the node it
// points to.
func (r *reader) through(p string) string {
	for _, o := range r.objects(p) {
		if v := r.g.Value(o, vocab.VCARDHasValue); v != "" {
			return v
		}
		if !o.IsBlankNode() {
			return o.Value()
		}
	}
	return ""
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// rest returns the triples of the subject that were not understood, with the
// blank nodes (or nodes that nameBlankNodes named) they lead to, and subject
// put in place of the old one.
func (r *reader) rest(subject term.Term) []term.Triple {
	var out []term.Triple
	seen := map[term.Term]bool{r.s: true}
	var follow func(o term.Term)
	follow = func(o term.Term) {
		if seen[o] || !o.IsBlankNode() && !strings.Contains(o.Value(), "#node-") {
			return
		}
		seen[o] = true
		for _, t := range r.g.bySubject[o] {
			out = append(out, t)
			follow(t.Object)
		}
	}
	for _, t := range r.g.bySubject[r.s] {
		if r.used[t.Predicate.Value()] || t.Object == r.s || t.Object.IsLiteral() && t.Object.Value() == "" {
			continue
		}
		t.Subject = subject
		out = append(out, t)
		follow(t.Object)
	}
	return out
}
