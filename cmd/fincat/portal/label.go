package portal

import (
	"context"
	"net/url"
	"strings"

	"fincat/harvest/feed"
	"fincat/harvest/search"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// value is a term as a page shows it.
type value struct {
	Text    string
	Lang    string // of a literal, when it is not the page's
	Href    string
	Outside bool // Href leads to another site
	Number  bool
	Note    string
}

// reader shows terms of one snapshot in one language. It serves one request.
type reader struct {
	ctx      context.Context
	sn       *store.Snapshot
	f        frame
	base     string
	prefixes map[string]string
	labels   map[string]string
}

func (p *Portal) reader(ctx context.Context, sn *store.Snapshot, f frame) *reader {
	return &reader{ctx: ctx, sn: sn, f: f, base: string(p.Base), prefixes: vocab.Prefixes(),
		labels: map[string]string{}}
}

// labelProperties are the properties that name things, the best first.
var labelProperties = search.NamingProperties()

// best returns the value of the first of the label properties that quads have
// for subject, in the language closest to the page's.
func (f frame) best(quads []term.Quad, subject string, properties ...string) (term.Term, bool) {
	for _, property := range properties {
		var found term.Term
		for _, q := range quads {
			if q.Subject.Value() == subject && q.Predicate.Value() == property && q.Object.IsLiteral() &&
				q.Object.Value() != "" &&
				(found.IsZero() || f.L.Prefers(q.Object.Lang(), found.Lang())) {
				found = q.Object
			}
		}
		if !found.IsZero() {
			return found, true
		}
	}
	return term.Term{}, false
}

// label returns the name of a resource: a text of the portal, what the
// catalogue calls it, or a short form of the IRI.
func (rd *reader) label(iri string) string {
	if s, ok := rd.labels[iri]; ok {
		return s
	}
	s := rd.f.L.texts[iri]
	if s == "" {
		if quads, err := feed.Names(rd.ctx, rd.sn, iri, labelProperties...); err == nil {
			if t, ok := rd.f.best(quads, iri, labelProperties...); ok {
				s = t.Value()
			}
		}
	}
	if s == "" {
		s = rd.short(iri)
	}
	rd.labels[iri] = s
	return s
}

// short returns a prefixed name, a path of our own, or the IRI itself.
func (rd *reader) short(iri string) string {
	if rest, ok := strings.CutPrefix(iri, rd.base); ok && rest != "" {
		return rest
	}
	for prefix, namespace := range rd.prefixes {
		if rest, ok := strings.CutPrefix(iri, namespace); ok && rest != "" && !strings.ContainsAny(rest, "/#") {
			return prefix + ":" + rest
		}
	}
	return strings.TrimPrefix(strings.TrimPrefix(iri, "https://"), "http://")
}

// href returns where a link to iri leads: to a page of ours, to another site
// by http or https, or nowhere.
func (rd *reader) href(iri string) (href string, outside bool) {
	if rest, ok := strings.CutPrefix(iri, rd.base); ok {
		path, fragment, _ := strings.Cut(rest, "#")
		if u, err := url.Parse("/" + path); err == nil && u.Host == "" {
			link := rd.f.with(u.EscapedPath(), u.Query())
			if fragment != "" {
				link += "#" + fragment
			}
			return link, false
		}
		return "", false
	}
	u, err := url.Parse(iri)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", false
	}
	return iri, true
}

// value shows a term, a resource under its label.
func (rd *reader) value(t term.Term) value {
	switch {
	case t.IsIRI():
		href, outside := rd.href(t.Value())
		return value{Text: rd.label(t.Value()), Href: href, Outside: outside}
	case t.IsLiteral():
		return rd.literal(t)
	case t.IsZero():
		return value{}
	}
	return value{Text: t.String()}
}

// raw shows a term of a query's answer, where a resource is its address.
func (rd *reader) raw(t term.Term) value {
	if !t.IsIRI() {
		return rd.value(t)
	}
	href, outside := rd.href(t.Value())
	return value{Text: rd.short(t.Value()), Href: href, Outside: outside}
}

func (rd *reader) literal(t term.Term) value {
	v := value{Text: t.Value()}
	switch {
	case t.Lang() != "":
		v.Lang = t.Lang()
		if rd.f.L.rank(t.Lang()) > 1 {
			v.Note = t.Lang()
		}
	case numeric[strings.TrimPrefix(t.Datatype(), vocab.XSDNS)]:
		v.Number = true
	case t.Datatype() == vocab.XSDDateTime:
		v.Text = strings.Replace(t.Value(), "T", " ", 1)
	}
	return v
}

var numeric = map[string]bool{
	"integer": true, "decimal": true, "double": true, "float": true, "int": true, "long": true, "short": true,
	"nonNegativeInteger": true, "positiveInteger": true,
}
