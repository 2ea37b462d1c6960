package dcat

import (
	"slices"
	"strings"

	"fincat/vocab"
	"fincat/vocab/term"
)

// reader reads one subject and remembers, triple by triple, what it understood.
// What it did not understand is carried along by [reader.rest].
type reader struct {
	g     *Graph
	s     term.Term
	rows  []row
	used  []bool             // by index in rows
	apart map[term.Term]bool // nodes that are values of their own: agents, contacts, distributions
}

func (g *Graph) reader(s term.Term) *reader {
	g.tell(s)
	list := g.about(s)
	return &reader{g: g, s: s, rows: list, used: make([]bool, len(list))}
}

// setApart notes that a node is a value of its own.
func (r *reader) setApart(o term.Term) {
	if r.apart == nil {
		r.apart = map[term.Term]bool{}
	}
	r.apart[o] = true
}

// take hands over the objects of a property, in document order, that were not
// understood before; those for which f returns true are understood.
func (r *reader) take(p string, f func(o term.Term) bool) {
	for i, row := range r.rows {
		if !r.used[i] && r.g.terms[row.p].Value() == p && f(r.g.terms[row.o].Term) {
			r.used[i] = true
		}
	}
}

// texts returns the strings of a property.
func (r *reader) texts(p string) []Text {
	var out []Text
	r.take(p, func(o term.Term) bool {
		if !isText(o) {
			return false
		}
		if t := TextOf(o); t.Value != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
		return true
	})
	return out
}

// isText reports whether a term is a literal that a [Text] can hold.
func isText(o term.Term) bool {
	return (o.IsString() || o.Lang() != "") && o.Direction() == 0
}

// TextOf returns a literal as a text. Untagged Chinese and what is tagged only zh is
// that of Taiwan, because that is what its catalogues mean by it, unless [Written] finds
// it to be something else.
func TextOf(o term.Term) Text {
	lang := o.Lang()
	switch {
	case lang == "zh-TW" || lang == "zh-Hant":
		lang = ZHTW
	case lang == "zh":
		lang = chinese(o.Value(), ZHTW, "zh")
	case lang == "" && hasHan(o.Value()):
		lang = Written(o.Value(), "")
	}
	return Text{strings.TrimSpace(o.Value()), lang}
}

// iris returns the objects that are addresses, be it as IRIs or as text.
func (r *reader) iris(p string) []string {
	var out []string
	r.take(p, func(o term.Term) bool {
		v := o.Value()
		if o.IsBlankNode() || !IsAddress(v) {
			return false
		}
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
		return true
	})
	return out
}

// iri returns the first address; others stay for rest.
func (r *reader) iri(p string) (iri string) {
	r.take(p, func(o term.Term) bool {
		if iri != "" || o.IsBlankNode() || !IsAddress(o.Value()) {
			return false
		}
		iri = o.Value()
		return true
	})
	return iri
}

// str returns the first value that is no node; others stay for rest.
func (r *reader) str(p string) (v string) {
	r.take(p, func(o term.Term) bool {
		if v != "" || o.IsBlankNode() || o.Lang() != "" {
			return false
		}
		v = strings.TrimSpace(o.Value())
		return v != ""
	})
	return v
}

// number returns the first value that is a whole number, as digits.
func (r *reader) number(p string) (digits string) {
	r.take(p, func(o term.Term) bool {
		d, ok := WholeNumber(o.Value())
		if digits != "" || !o.IsLiteral() || !ok {
			return false
		}
		digits = d
		return true
	})
	return digits
}

// name returns the value of an object: its literal or IRI, or what labels the
// blank node that it is. whole tells that it says nothing else.
func (r *reader) name(o term.Term) (name string, whole bool) {
	t, whole := r.label(o)
	return t.Value, whole
}

// label is name with the language.
func (r *reader) label(o term.Term) (label Text, whole bool) {
	if !o.IsBlankNode() {
		return TextOf(o), true
	}
	n := r.g.reader(o)
	labels := n.labels()
	n.take(vocab.RDFType, func(term.Term) bool { return true })
	best := Best(labels, ZHTW)
	for _, l := range labels {
		if l.Value == best {
			return l, len(labels) == 1 && !slices.Contains(n.used, false)
		}
	}
	return label, false
}

// themes reads themes: addresses, and texts with their languages.
func (r *reader) themes(d *Dataset) {
	r.take(vocab.DCATTheme, func(o term.Term) bool {
		label, whole := r.label(o)
		switch {
		case label.Value == "" || o.IsLiteral() && !isText(o):
			return false
		case IsAddress(label.Value):
			if !slices.Contains(d.Theme, label.Value) {
				d.Theme = append(d.Theme, label.Value)
			}
		case !slices.Contains(d.ThemeAs, label):
			d.ThemeAs = append(d.ThemeAs, label)
		}
		return whole
	})
}

// date returns the first object that is a date, made canonical.
func (r *reader) date(p string) (date term.Term) {
	r.take(p, func(o term.Term) bool {
		t, ok := ParseDate(o.Value())
		if !ok || !date.IsZero() || !o.IsLiteral() {
			return false
		}
		date = t
		return true
	})
	return date
}

// labels returns what names the node, by the properties in use for that.
func (r *reader) labels() []Text {
	for _, p := range []string{
		vocab.FOAFName, vocab.SKOSPrefLabel, vocab.RDFSLabel, vocab.VCARDFn, vocab.DCTTitle,
		vocab.VCARDOrganizationName,
		vocab.SCHEMAName, vocab.RDFValue,
	} {
		if t := r.texts(p); len(t) > 0 {
			return t
		}
	}
	return nil
}

// agent returns the first agent; others stay for rest.
func (r *reader) agent(p string) (a Agent) {
	r.take(p, func(o term.Term) bool {
		if !a.IsZero() {
			return false
		}
		if o.IsLiteral() {
			if t := TextOf(o); isText(o) && t.Value != "" {
				a.Name = []Text{t}
			}
			return !a.IsZero()
		}
		n := r.g.reader(o)
		a.Name = n.labels()
		if o.IsIRI() {
			a.IRI = o.Value()
		}
		if a.IsZero() {
			return false
		}
		if len(a.Name) > 0 {
			n.take(vocab.RDFType, func(c term.Term) bool { return c.Value() == vocab.FOAFAgent })
		}
		r.setApart(o)
		a.Extra = n.rest(term.NewIRI(""))
		return true
	})
	return a
}

// contacts reads the contacts; own tells that they are of a record of ours, whose
// names for them stay.
func (r *reader) contacts(own bool) []Contact {
	var out []Contact
	r.take(vocab.DCATContactPoint, func(o term.Term) bool {
		if address, ok := strings.CutPrefix(o.Value(), "mailto:"); ok && !o.IsBlankNode() {
			out = append(out, Contact{Email: address})
			return address != ""
		}
		if o.IsLiteral() {
			t := TextOf(o)
			out = append(out, Contact{Name: t.Value, Lang: tagOr(t.Lang)})
			return isText(o) && t.Value != ""
		}
		n := r.g.reader(o)
		var c Contact
		if o.IsIRI() && (own || !strings.Contains(o.Value(), "#contact-")) {
			c.IRI = o.Value()
		}
		c.setName(n)
		c.URL = n.iri(vocab.VCARDHasURL)
		c.Email = strings.TrimPrefix(n.through(vocab.VCARDHasEmail, vocab.FOAFMbox), "mailto:")
		phones := []string{vocab.VCARDHasTelephone, vocab.VCARDTel}
		if own { // in which the second form is that of the field
			slices.Reverse(phones)
		}
		c.Phone = strings.TrimPrefix(n.through(phones...), "tel:")
		if c.Name == "" && c.Email == "" && c.Phone == "" && c.URL == "" {
			return false
		}
		n.take(vocab.RDFType, func(c term.Term) bool { return c.Value() == vocab.VCARDKind })
		r.setApart(o)
		c.Extra = n.rest(term.NewIRI(""))
		out = append(out, c)
		return true
	})
	return out
}

// setName takes the first name in Chinese, else the first; others stay.
func (c *Contact) setName(n *reader) {
	for _, p := range []string{
		vocab.VCARDFn, vocab.FOAFName, vocab.RDFSLabel, vocab.VCARDOrganizationName, vocab.SCHEMAName,
		vocab.SKOSPrefLabel, vocab.DCTTitle, vocab.RDFValue,
	} {
		var all []Text
		for _, o := range n.g.Objects(n.s, p) {
			if t := TextOf(o); isText(o) && t.Value != "" {
				all = append(all, t)
			}
		}
		if best := Best(all, ZHTW); best != "" {
			n.take(p, func(o term.Term) bool {
				t := TextOf(o)
				if c.Name != "" || !isText(o) || t.Value != best {
					return false
				}
				c.Name, c.Lang = t.Value, tagOr(t.Lang)
				return true
			})
			return
		}
	}
}

// through returns the first value of one of the properties: the object itself,
// or the vcard:hasValue or vcard:value of the node it points to.
func (r *reader) through(properties ...string) (v string) {
	for _, p := range properties {
		r.take(p, func(o term.Term) bool {
			if v != "" {
				return false
			}
			n := r.g.reader(o)
			for _, inner := range []string{vocab.VCARDHasValue, vocab.VCARDValue} {
				if v = n.str(inner); v != "" {
					return o.IsBlankNode() && !slices.Contains(n.used, false)
				}
			}
			if !o.IsBlankNode() && len(n.rows) == 0 {
				v = strings.TrimSpace(o.Value())
			}
			if o.IsIRI() && strings.HasPrefix(v, "http") { // a page, whatever the property says
				v = ""
			}
			return v != ""
		})
	}
	return v
}

// records are the classes whose instances stand for themselves: what leads to
// one of them is carried along, but not what it says.
var records = []string{
	vocab.DCATDataset, vocab.DCATDatasetSeries, vocab.DCATCatalog, vocab.DCATCatalogRecord, vocab.DCATDistribution,
	vocab.SCHEMANS + "Dataset", vocab.SCHEMANS + "DataCatalog",
}

// wide are the properties that lead from a node to all of its kind.
var wide = []string{
	vocab.SKOSHasTopConcept, vocab.SKOSNarrower, vocab.SKOSMember, vocab.ORGHasUnit, vocab.SCHEMANS + "dataset",
	vocab.DCATDatasetProperty, vocab.DCATRecord, vocab.DCATServesDataset, vocab.DCATSeriesMember,
}

// maxCarried bounds the statements that are carried along with one subject.
const maxCarried = 5000

// Beyond returns a thing whose description was left out of what was read since the last
// call, because what hangs on a dataset is bounded; the zero Term when there was none.
func (g *Graph) Beyond() (thing term.Term) {
	thing, g.beyond = g.beyond, term.Term{}
	return thing
}

// rest returns the triples of the subject that were not understood, with
// subject put in place of the old one, and what the document says about the
// nodes that the subject leads to: blank nodes (or nodes that NameBlankNodes
// named), and IRIs that are no records.
func (r *reader) rest(subject term.Term) []term.Triple {
	var out []term.Triple
	if r.g.Plain {
		return nil
	}
	for i, row := range r.rows {
		t := r.g.triple(r.s, row)
		if !r.used[i] && !says(t.Object) {
			continue
		}
		if !r.used[i] {
			t.Subject = subject
			if t.Object == r.s && r.s.IsBlankNode() {
				t.Object = subject
			}
			out = append(out, harmless(t))
		}
		if !r.used[i] || t.Object.IsIRI() {
			out = r.follow(out, t)
		}
	}
	return out
}

// Rest returns what the graph says about a subject beside the triples that are
// understood, and about the nodes that it leads to but those that are apart. The
// empty IRI stands for the subject.
func (g *Graph) Rest(s term.Term, understood func(term.Triple) bool, apart ...term.Term) []term.Triple {
	r := g.reader(s)
	for _, o := range apart {
		r.setApart(o)
	}
	for i, row := range r.rows {
		r.used[i] = understood(g.triple(s, row))
	}
	return r.rest(term.NewIRI(""))
}

// says reports whether an object says anything at all.
func says(o term.Term) bool { return !o.IsLiteral() || strings.TrimSpace(o.Value()) != "" }

// harmless makes text of an address that would run a program.
func harmless(t term.Triple) term.Triple {
	if t.Object.IsIRI() && isScript(t.Object.Value()) {
		t.Object = term.NewString(t.Object.Value())
	}
	return t
}

// follow appends what the document says about the object of a triple.
func (r *reader) follow(out []term.Triple, t term.Triple) []term.Triple {
	o := t.Object
	if r.apart[o] || o == r.s || o.IsLiteral() || slices.Contains(wide, t.Predicate.Value()) {
		return out
	}
	about := r.g.About(o)
	if len(about) == 0 || o.IsIRI() && r.g.isRecord(o) {
		return out
	}
	if len(out) > maxCarried {
		r.g.beyond = o
		return out
	}
	r.setApart(o)
	r.g.tell(o)
	for _, t := range about {
		if says(t.Object) && !r.g.ofAnother(r.s, t) {
			out = r.follow(append(out, harmless(t)), t)
		}
	}
	return out
}

// ofAnother reports whether a triple of a series or service names another dataset of the
// graph, which has the triple itself: a series of a thousand would else come a thousand
// times as a whole.
func (g *Graph) ofAnother(s term.Term, t term.Triple) bool {
	p := t.Predicate.Value()
	return (p == vocab.DCATServesDataset || p == vocab.DCATSeriesMember && g.isSeries(t.Subject)) &&
		t.Object != s && len(g.about(t.Object)) > 0
}

// isRecord reports whether a node stands for itself. A distribution that belongs to
// no dataset does not: a sample, say.
func (g *Graph) isRecord(o term.Term) bool {
	return !g.isSeries(o) && slices.ContainsFunc(g.Objects(o, vocab.RDFType), func(c term.Term) bool {
		return slices.Contains(records, c.Value()) && (c.Value() != vocab.DCATDistribution || g.isDistribution(o))
	})
}

// isDistribution reports whether a node is the distribution of something.
func (g *Graph) isDistribution(o term.Term) bool {
	if g.distributions == nil {
		g.distributions = map[term.Term]bool{}
		for _, s := range g.Subjects(vocab.DCATDistributionProperty) {
			for _, d := range g.Objects(s, vocab.DCATDistributionProperty) {
				g.distributions[d] = true
			}
		}
	}
	return g.distributions[o]
}

// incoming returns what catalogue records, data services and series say that are about
// a dataset.
func (g *Graph) incoming(s term.Term) []term.Triple {
	if g.Plain {
		return nil
	}
	if g.topics == nil {
		g.topics = map[term.Term][]term.Term{}
		for _, p := range []string{vocab.FOAFPrimaryTopic, vocab.DCATServesDataset, vocab.DCATSeriesMember} {
			for _, subject := range g.Subjects(p) {
				for _, o := range g.Objects(subject, p) {
					g.topics[o] = append(g.topics[o], subject)
				}
			}
		}
	}
	var out []term.Triple
	in := g.Objects(s, vocab.DCATInSeries) // these came with the dataset
	for _, from := range g.topics[s] {
		if slices.Contains(in, from) || !g.isSeries(from) && len(g.Objects(from, vocab.DCATSeriesMember)) > 0 {
			continue
		}
		r := g.reader(from)
		r.setApart(s)
		for i, row := range r.rows {
			r.used[i] = g.ofAnother(s, g.triple(from, row)) ||
				strings.HasPrefix(g.terms[row.p].Value(), vocab.FincatNS)
		}
		out = append(out, r.rest(from)...)
	}
	return out
}
