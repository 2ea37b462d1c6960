package rating

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strings"

	"fincat/vocab"
	"fincat/vocab/document"
	"fincat/vocab/rdfio"
)

// The bounds of reading a file as RDF: what is behind them is not looked at.
const (
	maxStatements = 20_000
	maxDocument   = 4 << 20
)

// rdfForms are the formats of RDF that content may have: what it has near its beginning, in a
// file of one of some formats.
var rdfForms = []struct {
	mark, of string
	format   rdfio.Format
}{{"<rdf:RDF", "xml rss", rdfio.RDFXML}, {`"@context"`, "json geojson", rdfio.JSONLD},
	{`"@id"`, "json geojson", rdfio.JSONLD}}

// markWithin is how far into a file its mark is looked for.
const markWithin = 4096

// Linked reads a file as RDF: whether it denotes things with URIs, and whether it links to
// things at other hosts. Nothing is fetched for that.
func Linked(ctx context.Context, body []byte, format, address string) (uris, links Answer, why string) {
	form, ok := formOf(body, format)
	if !ok {
		return False, False, fmt.Sprintf("%s is no RDF: things have names, and no URIs", or(format, "the file"))
	}
	if len(body) > maxDocument {
		return Unknown, Unknown, fmt.Sprintf("%s of more than %d bytes, which are not read", form, maxDocument)
	}
	subjects, foreign, n := 0, "", 0
	var fault error // the first: what could not be read may be what is looked for
	o := rdfio.ReadOptions{Format: form, Base: address, Lenient: true,
		OnProblem: func(p document.Problem) { fault = cmp.Or(fault, error(p)) },
		Limits:    document.Limits{Depth: 200, DocumentBytes: maxDocument}}
	for q, err := range rdfio.Read(ctx, bytes.NewReader(body), o) {
		if err != nil || n == maxStatements {
			fault = cmp.Or(fault, err)
			break
		}
		n++
		if here := host(q.Subject.Value()); q.Subject.IsIRI() && here != "" {
			subjects++
			there := host(q.Object.Value())
			leads := q.Object.IsIRI() && there != "" && there != here && q.Predicate.Value() != vocab.RDFType
			if leads && foreign == "" {
				foreign = q.Object.Value()
			}
		}
	}
	switch {
	case fault != nil && subjects == 0:
		return Unknown, Unknown, fmt.Sprintf("the %s cannot be read: %v", form, fault)
	case subjects == 0:
		return False, False, fmt.Sprintf("none of %d statements is about a URI", n)
	case foreign != "":
		return True, True, fmt.Sprintf("%d statements about URIs; one links to %s", subjects, foreign)
	case fault != nil || n == maxStatements:
		return True, Unknown, fmt.Sprintf("%d statements about URIs; not all were read", subjects)
	}
	return True, False, fmt.Sprintf("%d statements about URIs; none links to another host", subjects)
}

// formOf finds the format of RDF that a file of a format is in, if any.
func formOf(body []byte, format string) (rdfio.Format, bool) {
	head := string(body[:min(len(body), markWithin)])
	for _, f := range rdfForms {
		if strings.Contains(f.of, format) && format != "" && strings.Contains(head, f.mark) {
			return f.format, true
		}
	}
	return rdfio.Turtle, format == "turtle"
}

// host is that of a URI of the web; empty of others.
func host(iri string) string {
	if !strings.HasPrefix(iri, "http") {
		return ""
	}
	u, err := url.Parse(iri)
	if err != nil {
		return ""
	}
	return u.Host
}
