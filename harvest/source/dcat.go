package source

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// dcatKind reads DCAT in every RDF syntax, page by page: Hydra's old and new
// paging terms and the Link header's next are followed.
func dcatKind() Kind {
	return Kind{Name: "dcat", Gather: gatherDCAT, Volatile: dcatVolatile()}
}

// dcatVolatile names what changes in catalogues from day to day although the
// metadata stays: related datasets, which data.gov.tw picks anew each time, and
// the time of the quality check.
func dcatVolatile() []string {
	return []string{vocab.DCTRelation, vocab.FincatChecked, "https://data.gov.tw/dataset/resourceQualityCheckTime"}
}

const acceptRDF = "text/turtle, application/trig, application/n-triples, application/n-quads, application/rdf+xml;q=0.9, application/ld+json;q=0.9, */*;q=0.1"

func gatherDCAT(ctx context.Context, s *Session) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		seen := map[string]bool{}
		for next := s.Config.URL; next != "" && !seen[next]; {
			seen[next] = true
			r, err := s.Page(ctx, next, acceptRDF)
			if err != nil {
				yield(nil, err)
				return
			}
			g, err := s.graph(ctx, r)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(seen) == 1 {
				s.describe(g)
			}
			records := catalogRecords(g)
			var page contents
			for _, subject := range g.Datasets() {
				page.add(subject.String())
				if rec := s.fromGraph(g, subject, records[subject], r.URL); rec != nil && !yield(rec, nil) {
					return
				}
			}
			if err := s.freshContents(next, page); err != nil {
				yield(nil, err)
				return
			}
			next = nextPage(g, r)
		}
	}
}

// graph reads an RDF document leniently: what is broken is reported, the rest
// is used. A document without any statement is an error.
func (s *Session) graph(ctx context.Context, r *Response) (*dcat.Graph, error) {
	quads, err := s.quads(ctx, r)
	if err != nil {
		return nil, err
	}
	return graphOf(quads), nil
}

// graphOf indexes quads without regard to their graphs.
func graphOf(quads []term.Quad) *dcat.Graph {
	triples := make([]term.Triple, len(quads))
	for i, q := range quads {
		triples[i] = q.Triple()
	}
	return dcat.NewGraph(triples)
}

func (s *Session) quads(ctx context.Context, r *Response) ([]term.Quad, error) {
	in, err := r.Reader(s.Config.MaxBytes)
	if err != nil {
		return nil, explain(r.URL, err)
	}
	if looksHTML(r.Body) && !strings.Contains(r.contentType, "rdf") {
		return nil, fail(Place{URL: r.URL}, "html", "open the address in a browser: it answers with a page, perhaps of an error", "the answer is a web page, not RDF")
	}
	if len(bytes.TrimSpace(r.Body)) == 0 {
		return nil, fail(Place{URL: r.URL}, "empty", "harvest again later; ask the source's owner if it stays empty", "the answer is empty")
	}
	return collect(r, rdfio.Read(ctx, in, s.readOptions(r)))
}

// readOptions reads leniently and reports what is broken as a problem of the
// source.
func (s *Session) readOptions(r *Response) rdfio.ReadOptions {
	path := r.URL
	if u, err := url.Parse(r.URL); err == nil {
		path = u.Path
	}
	return rdfio.ReadOptions{MediaType: r.contentType, Path: path, Base: r.URL, Lenient: true, OnProblem: func(p rdfio.Problem) {
		if len(s.Problems) < maxDocumentProblems {
			s.Problems = append(s.Problems, Problem{Severity: Warning, Place: Place{r.URL, lineLocator(p.Line)}, Rule: "rdf-syntax", Value: p.Text, Message: p.Message, Remedy: "ask the source's owner to send valid RDF; the statement was left out or repaired"})
		}
	}}
}

func collect(r *Response, in iter.Seq2[term.Quad, error]) ([]term.Quad, error) {
	var quads []term.Quad
	for q, err := range in {
		if err != nil {
			return nil, rdfError(r, err)
		}
		quads = append(quads, q)
	}
	return quads, nil
}

const maxDocumentProblems = 1000 // reported for one source

func rdfError(r *Response, err error) error {
	var syntax *rdfio.Error
	var limit *rdfio.LimitError
	switch {
	case errors.As(err, &syntax):
		return fail(Place{r.URL, lineLocator(syntax.Line)}, "rdf-syntax", "ask the source's owner to send valid RDF", "%w", err)
	case errors.As(err, &limit):
		return fail(Place{URL: r.URL}, "rdf-limit", "ask the source's owner for smaller pages", "%w", err)
	}
	return explain(r.URL, err)
}

// describe takes over what the document says about the catalogue itself.
func (s *Session) describe(g *dcat.Graph) {
	for _, c := range g.Instances(vocab.DCATCatalog) {
		d := g.Dataset(c)
		s.Title, s.Description = d.Title, d.Description
		return
	}
}

// fromGraph maps one dataset; nil when the filter leaves it out.
// about is the source's dcat:CatalogRecord for the dataset, if any.
func (s *Session) fromGraph(g *dcat.Graph, subject, about term.Term, page string) *Record {
	d := g.Dataset(subject)
	if !s.wanted(func(name string) string { return g.Value(subject, vocab.DCTNS+name) }) {
		return nil
	}
	if s.echo(d) {
		return nil
	}
	place := Place{page, subject.String()}
	id := d.Identifier
	if subject.IsIRI() {
		id = first(sourceNumber(d.Identifier), sourceNumber(subject.Value()), subject.Value())
	}
	if id == "" {
		return broken("", place, "identifier-missing", dcat.Best(d.Title, dcat.ZHTW), "the dataset is a blank node without dct:identifier, so it could not be found again", "give the dataset an IRI or a dct:identifier")
	}
	rec := &Record{ID: id, Place: place, Dataset: d}
	d.Identifier = first(d.Identifier, id)
	if subject.IsIRI() && !slices.Contains(d.SameAs, subject.Value()) {
		d.SameAs = append(d.SameAs, subject.Value())
	}
	d.Publisher, d.Creator = s.known(d.Publisher), s.known(d.Creator)
	themes := d.Theme
	d.Theme = nil
	for _, t := range themes {
		d.AddTheme(s.Base, t)
	}
	if t, ok := dcat.ParseDate(g.Value(about, vocab.DCTModified)); ok && d.Modified.IsZero() {
		d.Modified = t
	}
	if t, ok := dcat.ParseDate(g.Value(about, vocab.DCTIssued)); ok && d.Issued.IsZero() {
		d.Issued = t
	}
	if strings.HasPrefix(page, "https://data.gov.tw/") {
		nationalQuirks(d)
	}
	return rec
}

// webNames returns the addresses in a text of IRIs with spaces between them.
func webNames(text string) (out []string) {
	for _, iri := range strings.Fields(text) {
		if (strings.HasPrefix(iri, "https://") || strings.HasPrefix(iri, "http://")) && !slices.Contains(out, iri) {
			out = append(out, iri)
		}
	}
	return out
}

// echo reports whether a dataset came from this catalogue: another one that
// harvests us may list it.
func (s *Session) echo(d *dcat.Dataset) bool {
	own := string(s.Base) + "dataset/"
	return s.Base != "" && (strings.HasPrefix(d.IRI, own) || slices.ContainsFunc(d.SameAs, func(iri string) bool { return strings.HasPrefix(iri, own) }))
}

// nationalQuirks puts right what data.gov.tw means otherwise than DCAT: the
// number of rows stands in dcat:byteSize, 0 when it is not known.
func nationalQuirks(d *dcat.Dataset) {
	for i := range d.Distribution {
		dist := &d.Distribution[i]
		if dist.Quantity, dist.ByteSize = dist.ByteSize, ""; dist.Quantity == "0" {
			dist.Quantity = ""
		}
	}
}

// sourceNumber returns the number of a dataset of data.gov.tw from its address.
func sourceNumber(id string) string {
	for _, host := range []string{"https://data.gov.tw/dataset/", "http://data.gov.tw/dataset/", "https://cms.data.gov.tw/dataset/"} {
		if n, ok := strings.CutPrefix(id, host); ok && n != "" && strings.Trim(n, "0123456789") == "" {
			return n
		}
	}
	return ""
}

// known replaces an agent that the directory knows by its entry there.
func (s *Session) known(a dcat.Agent) dcat.Agent {
	if a.IRI == "" && len(a.Name) > 0 {
		if o, ok := s.Directory.ByName(dcat.Best(a.Name, dcat.ZHTW)); ok {
			return o.Agent(s.Base)
		}
	}
	return a
}

// catalogRecords finds the dcat:CatalogRecord of each dataset of a document.
func catalogRecords(g *dcat.Graph) map[term.Term]term.Term {
	m := map[term.Term]term.Term{}
	for _, r := range g.Instances(vocab.DCATCatalogRecord) {
		for _, topic := range g.Objects(r, vocab.FOAFPrimaryTopic) {
			m[topic] = r
		}
	}
	return m
}

// nextPage returns the address of the page after this one: by Hydra's terms of
// 2013 and of today, else by the Link header (RFC 8288). Where several things
// have a next page, it is that of the page itself or of a collection that counts.
func nextPage(g *dcat.Graph, r *Response) string {
	typed := g.Instances(vocab.HYDRANS+"PagedCollection", vocab.HYDRANS+"PartialCollectionView", vocab.HYDRANS+"Collection", vocab.DCATCatalog)
	all := append(g.Subjects(vocab.HYDRANS+"next"), g.Subjects(vocab.HYDRANS+"nextPage")...)
	for _, subjects := range [][]term.Term{{term.NewIRI(r.URL)}, typed, all} {
		for _, c := range subjects {
			for _, p := range []string{vocab.HYDRANS + "next", vocab.HYDRANS + "nextPage"} {
				if v := g.Value(c, p); v != "" {
					return absolute(r.URL, v)
				}
			}
		}
	}
	return linkNext(r)
}

// linkPattern is one link of a Link header: an address, which may hold commas
// and semicolons, and its parameters.
var linkPattern = regexp.MustCompile(`<([^>]*)>((?:\s*;\s*[^\s=;,]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s";,]*))?)*)`)

var relPattern = regexp.MustCompile(`(?i);\s*rel\s*=\s*(?:"([^"]*)"|([^\s";,]+))`)

// linkNext returns the target of the link whose relation is next.
func linkNext(r *Response) string {
	for _, h := range r.Header.Values("Link") {
		for _, link := range linkPattern.FindAllStringSubmatch(h, -1) {
			rel := relPattern.FindStringSubmatch(link[2])
			if rel != nil && slices.Contains(strings.Fields(strings.ToLower(rel[1]+rel[2])), "next") {
				return absolute(r.URL, link[1])
			}
		}
	}
	return ""
}
