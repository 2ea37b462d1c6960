package queries

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Filter selects datasets. Zero fields select all; the others narrow down
// together. It fills the query "selection".
type Filter struct {
	Publisher     term.Term // organisation that publishes or owns the dataset
	Source        term.Term // catalogue of a source
	Sector        term.Term
	Theme         term.Term
	Format        term.Term
	ModifiedSince term.Term   // xsd:dateTime of the record's last change here
	Words         []term.Term // each occurs in one title, in any letter case
}

// FilterParams are the names of the parameters that [ParseFilter] reads.
func FilterParams() []string {
	return []string{"publisher", "source", "sector", "theme", "format", "modified_since", "q"}
}

const maxWords = 8

// ParseFilter reads a filter from a request's query parameters. Organisations,
// sources, sectors and themes are named by identifier ("twse") or IRI, formats
// by name ("csv"), media type or IRI.
func ParseFilter(base dcat.Base, v url.Values) (Filter, error) {
	var f Filter
	var err error
	named := func(param string, iri func(string) string) term.Term {
		value := strings.TrimSpace(v.Get(param))
		if value == "" || err != nil {
			return term.Term{}
		}
		var t term.Term
		t, err = resource(value, iri)
		if err != nil {
			err = fmt.Errorf("%s=%q: %w", param, value, err)
		}
		return t
	}
	f.Publisher = named("publisher", base.Org)
	f.Source = named("source", base.SourceCatalog)
	f.Sector = named("sector", base.Sector)
	f.Theme = named("theme", base.Theme)
	if iri, _, ok := dcat.Format(v.Get("format")); ok {
		f.Format = term.NewIRI(iri)
	} else {
		f.Format = named("format", func(string) string { return "" })
	}
	if err != nil {
		return Filter{}, err
	}
	if s := strings.TrimSpace(v.Get("modified_since")); s != "" {
		if f.ModifiedSince, err = instant(s); err != nil {
			return Filter{}, err
		}
	}
	words := strings.Fields(v.Get("q"))
	if len(words) > maxWords {
		return Filter{}, fmt.Errorf("q has %d words, at most %d are searched for", len(words), maxWords)
	}
	for _, w := range words {
		f.Words = append(f.Words, term.NewString(strings.ToLower(strings.ToValidUTF8(w, ""))))
	}
	return f, nil
}

var identifier = regexp.MustCompile(`^[A-Za-z0-9._-]{1,80}$`)

// resource returns the IRI that value is or stands for.
func resource(value string, iri func(string) string) (term.Term, error) {
	if !strings.Contains(value, ":") {
		if !identifier.MatchString(value) {
			return term.Term{}, fmt.Errorf("neither an identifier nor an IRI")
		}
		value = iri(value)
		if value == "" {
			return term.Term{}, fmt.Errorf("not a known name")
		}
	}
	if err := term.CheckIRI(value); err != nil {
		return term.Term{}, err
	}
	return term.NewIRI(value), nil
}

// instant reads a date or a date and time with time zone.
func instant(s string) (term.Term, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return term.NewLiteral(t.UTC().Format(time.RFC3339), vocab.XSDDateTime), nil
		}
	}
	return term.Term{}, fmt.Errorf("modified_since=%q: want a date such as 2026-01-31 or a time such as "+
		"2026-01-31T08:00:00Z", s)
}

// Selection returns the query for the selected datasets, fit to stand as a
// subquery in others.
func (b *Bank) Selection(f Filter) (string, error) { return b.Text("selection", f) }

// Selected returns a query that holds the selection of f, such as
// "count-by-format".
func (b *Bank) Selected(name string, f Filter) (string, error) {
	selection, err := b.Selection(f)
	if err != nil {
		return "", err
	}
	return b.Text(name, struct{ Selection string }{selection})
}
