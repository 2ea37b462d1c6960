package rdfhtml

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"fincat/vocab"
	"fincat/vocab/document"
	"fincat/vocab/jsonld"
	"fincat/vocab/term"
)

// readMicrodata emits the items of a page as triples (Microdata to RDF, W3C
// Interest Group Note).
func readMicrodata(ctx context.Context, page *html.Node, o document.Options, emit func(term.Quad) error) error {
	m := &microdata{
		ctx: ctx, base: pageBase(page, o.Base), prefix: o.BlankNodes + "m", emit: emit,
		subjects: map[*html.Node]term.Term{}, ids: map[string]*html.Node{},
	}
	var items []*html.Node
	walkElements(page, func(n *html.Node) {
		if id, ok := attribute(n, "id"); ok && m.ids[id] == nil {
			m.ids[id] = n
		}
		_, scope := attribute(n, "itemscope")
		if _, property := attribute(n, "itemprop"); scope && !property {
			items = append(items, n)
		}
	})
	for _, item := range items {
		if _, err := m.item(item, "", ""); err != nil {
			return err
		}
	}
	return nil
}

// walkElements calls f for every element in document order.
func walkElements(n *html.Node, f func(*html.Node)) {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode {
			f(d)
		}
	}
}

// pageBase is the base IRI of a page: its base element's, or its address.
func pageBase(page *html.Node, address string) string {
	base := ""
	walkElements(page, func(n *html.Node) {
		if href, ok := attribute(n, "href"); ok && n.Data == "base" && base == "" {
			base = href
		}
	})
	if iri, err := term.ResolveIRI(address, strings.TrimSpace(base)); err == nil && base != "" {
		return iri
	}
	return address
}

// microdata holds the evaluation context of one page.
type microdata struct {
	ctx      context.Context
	base     string
	prefix   string
	emit     func(term.Quad) error
	subjects map[*html.Node]term.Term // items seen, for those that refer to each other
	ids      map[string]*html.Node
	blanks   int
}

func (m *microdata) triple(s term.Term, p string, o term.Term) error {
	if o.IsZero() || term.CheckIRI(p) != nil {
		return nil
	}
	return m.emit(term.Quad{Subject: s, Predicate: term.NewIRI(p), Object: o})
}

// iri resolves an address in the page; what is no IRI even when repaired is
// the zero Term.
func (m *microdata) iri(ref string) term.Term { return pageIRI(m.base, ref) }

func pageIRI(base, ref string) term.Term {
	iri, err := term.ResolveIRI(base, strings.TrimSpace(ref))
	if err != nil {
		return term.Term{}
	}
	if iri, _ = term.RepairIRI(iri); term.CheckIRI(iri) != nil {
		return term.Term{}
	}
	return term.NewIRI(iri)
}

// item generates the triples of an item and returns its subject.
func (m *microdata) item(n *html.Node, typ, vocabulary string) (term.Term, error) {
	if s, ok := m.subjects[n]; ok {
		return s, nil
	}
	if err := m.ctx.Err(); err != nil {
		return term.Term{}, err
	}
	var subject term.Term
	if id, ok := attribute(n, "itemid"); ok {
		subject = m.iri(id)
	}
	if subject.IsZero() {
		subject = term.NewBlankNode(m.prefix + strconv.Itoa(m.blanks))
		m.blanks++
	}
	m.subjects[n] = subject
	types, _ := attribute(n, "itemtype")
	for i, t := range strings.Fields(types) {
		if term.CheckIRI(t) != nil {
			continue
		}
		if i == 0 {
			typ, vocabulary = t, itemVocabulary(t)
		}
		if err := m.triple(subject, vocab.RDFType, term.NewIRI(t)); err != nil {
			return subject, err
		}
	}
	for _, p := range m.properties(n) {
		if err := m.property(subject, p, typ, vocabulary); err != nil {
			return subject, err
		}
	}
	return subject, nil
}

// itemVocabulary is the part of a type's IRI that its properties share.
func itemVocabulary(typ string) string {
	return typ[:strings.LastIndexAny(typ, "/#")+1]
}

// properties returns the elements with the item's properties, in order: its
// descendants outside other items, and those of the elements in itemref.
func (m *microdata) properties(item *html.Node) []*html.Node {
	var found []*html.Node
	seen := map[*html.Node]bool{item: true}
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if n.Type != html.ElementNode || seen[n] {
			return
		}
		seen[n] = true
		if has(n, "itemprop") || has(n, "itemprop-reverse") {
			found = append(found, n)
		}
		if has(n, "itemscope") {
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	for c := item.FirstChild; c != nil; c = c.NextSibling {
		visit(c)
	}
	refs, _ := attribute(item, "itemref")
	for _, id := range strings.Fields(refs) {
		if n := m.ids[id]; n != nil {
			visit(n)
		}
	}
	return found
}

func has(n *html.Node, name string) bool {
	_, ok := attribute(n, name)
	return ok
}

// property emits the triples of one property element.
func (m *microdata) property(subject term.Term, n *html.Node, typ, vocabulary string) error {
	var value term.Term
	var err error
	if has(n, "itemscope") {
		value, err = m.item(n, typ, vocabulary)
	} else {
		value = m.value(n)
	}
	if err != nil {
		return err
	}
	names, _ := attribute(n, "itemprop")
	for _, name := range strings.Fields(names) {
		if err := m.triple(subject, m.predicate(name, vocabulary), value); err != nil {
			return err
		}
	}
	reverse, _ := attribute(n, "itemprop-reverse")
	for _, name := range strings.Fields(reverse) {
		if value.IsLiteral() || value.IsZero() {
			continue
		}
		if err := m.triple(value, m.predicate(name, vocabulary), subject); err != nil {
			return err
		}
	}
	return nil
}

// predicate is the IRI of a property name.
func (m *microdata) predicate(name, vocabulary string) string {
	switch {
	case term.SchemeLength(name) > 0:
		return name
	case vocabulary == "":
		base, _, _ := strings.Cut(m.base, "#")
		vocabulary = base + "#"
	}
	iri, _ := term.RepairIRI(vocabulary + name)
	return iri
}

// value is the value of a property that is not an item.
func (m *microdata) value(n *html.Node) term.Term {
	link := ""
	switch n.Data {
	case "audio", "embed", "iframe", "img", "source", "track", "video":
		link = "src"
	case "a", "area", "link":
		link = "href"
	case "object":
		link = "data"
	case "data", "meter":
		if v, ok := attribute(n, "value"); ok {
			return numberOrString(v, language(n))
		}
	case "time":
		v, ok := attribute(n, "datetime")
		if !ok {
			v = elementText(n)
		}
		return timeLiteral(strings.TrimSpace(v), language(n))
	}
	if v, ok := attribute(n, link); ok && link != "" {
		return m.iri(v)
	}
	if v, ok := attribute(n, "content"); ok {
		return term.NewLangString(v, language(n))
	}
	return term.NewLangString(elementText(n), language(n))
}

// language is the language in force at an element, "" for none.
func language(n *html.Node) string {
	for ; n != nil; n = n.Parent {
		for _, name := range []string{"xml:lang", "lang"} {
			if v, ok := attribute(n, name); ok {
				if v = strings.TrimSpace(v); v != "" && document.WellFormedTag(v) {
					return v
				}
				return ""
			}
		}
	}
	return ""
}

func numberOrString(v, lang string) term.Term {
	v = strings.TrimSpace(v)
	if _, err := strconv.ParseInt(v, 10, 64); err == nil {
		return term.NewLiteral(v, vocab.XSDInteger)
	}
	if f, err := strconv.ParseFloat(v, 64); err == nil {
		return term.NewLiteral(jsonld.CanonicalDouble(f), vocab.XSDDouble)
	}
	return term.NewLangString(v, lang)
}

// timeShapes are the lexical forms of dates and times in pages.
var timeShapes = func() (shapes []timeShape) {
	const zone = `(Z|[+-]\d\d:\d\d)?$`
	for _, s := range [...][2]string{
		{`^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?` + zone, vocab.XSDDateTime},
		{`^-?\d{4,}-\d\d-\d\d` + zone, vocab.XSDDate},
		{`^\d\d:\d\d:\d\d(\.\d+)?` + zone, vocab.XSDTime},
		{`^-?\d{4,}-\d\d` + zone, vocab.XSDGYearMonth},
		{`^-?\d{4,}` + zone, vocab.XSDGYear},
		{`^-?P(\d+Y)?(\d+M)?(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$`, vocab.XSDDuration},
	} {
		shapes = append(shapes, timeShape{regexp.MustCompile(s[0]), s[1]})
	}
	return shapes
}()

type timeShape struct {
	pattern  *regexp.Regexp
	datatype string
}

// timeLiteral tells the datatype of a date or time by its lexical form.
func timeLiteral(v, lang string) term.Term {
	for _, s := range timeShapes {
		if s.pattern.MatchString(v) && strings.ContainsAny(v, "0123456789") && !strings.HasSuffix(v, "T") {
			return term.NewLiteral(v, s.datatype)
		}
	}
	return term.NewLangString(v, lang)
}
