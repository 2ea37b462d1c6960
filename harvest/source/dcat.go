package source

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/harvest/mapping"
	"fincat/harvest/problem"
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

const acceptRDF = "text/turtle, application/trig, application/n-triples, application/n-quads, " +
	"application/rdf+xml;q=0.9, application/ld+json;q=0.9, */*;q=0.1"

// dcatPages is one gathering of a catalogue in pages.
type dcatPages struct {
	s         *Session
	seen      map[string]bool // addresses of pages
	datasets  int             // described
	named     map[uint64]bool // datasets that catalogues name, by hash; true for those that are described
	announced int             // datasets that there are by the catalogue's own word
}

func gatherDCAT(ctx context.Context, s *Session) iter.Seq2[*mapping.Record, error] {
	return func(yield func(*mapping.Record, error) bool) {
		c := &dcatPages{s: s, seen: map[string]bool{}, named: map[uint64]bool{}}
		var err error
		for next := s.Config.URL; next != "" && err == nil; {
			next, err = c.page(ctx, next, yield)
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// page yields the datasets of a page and returns the address of the next one.
func (c *dcatPages) page(
	ctx context.Context, address string, yield func(*mapping.Record, error) bool,
) (string, error) {
	s := c.s
	c.seen[address] = true
	r, err := s.Page(ctx, address, acceptRDF)
	if err != nil {
		return "", err
	}
	if isCSW(r.Body) {
		return c.cswPage(ctx, r, yield)
	}
	g, err := s.graph(ctx, r)
	if err != nil {
		return "", err
	}
	r.Body = bytes.Clone(r.Body[:min(len(r.Body), shownOfNothing)]) // the rest is not needed any more
	s.describe(g)
	var page document.Contents
	for _, subject := range g.Datasets() {
		page.Add(subject.String())
		if rec := s.FromGraph(g, subject, r.URL); rec != nil && !yield(rec, nil) {
			return "", errStopped
		}
	}
	s.reportUntold(g, r.URL)
	if err := s.pages.FreshContents(address, page); err != nil {
		return "", err
	}
	c.datasets += page.N
	c.count(g)
	next := nextPage(g, r)
	if next != "" && !c.seen[next] {
		return next, nil
	}
	return "", c.end(g, r, next)
}

// count takes in how many datasets a page says there are, in all or by naming
// them.
func (c *dcatPages) count(g *dcat.Graph) {
	for _, collection := range g.Subjects(vocab.HYDRATotalItems) {
		if n, err := strconv.Atoi(g.Value(collection, vocab.HYDRATotalItems)); err == nil {
			c.announced = max(c.announced, n)
		}
	}
	note := func(d term.Term, described bool) {
		key := xxh3.HashString(d.String())
		c.named[key] = c.named[key] || described
	}
	for _, catalog := range g.Subjects(vocab.DCATDatasetProperty) {
		for _, d := range g.Objects(catalog, vocab.DCATDatasetProperty) {
			note(d, false)
		}
	}
	for _, d := range g.Datasets() {
		note(d, true)
	}
}

// end looks, after the last page, whether all came that was announced. next is
// a page that was read before, or "".
func (c *dcatPages) end(g *dcat.Graph, r *fetch.Response, next string) error {
	switch {
	case c.datasets == 0:
		return c.nothing(g, r)
	case c.datasets < c.announced:
		return document.Incomplete(Place{URL: c.s.Config.URL, Locator: "hydra:totalItems"}, c.announced, c.datasets)
	case next != "" && c.announced == 0:
		return document.OwnNext(r.URL)
	}
	bare := 0
	for _, described := range c.named {
		if !described {
			bare++
		}
	}
	if bare > 0 {
		c.s.Found.Problems = append(c.s.Found.Problems, Problem{Severity: Warning, Place: Place{URL: c.s.Config.URL},
			Rule: "not-described", Value: strconv.Itoa(bare),
			Message: "the catalogue names " + problem.Count(bare, "dataset") + " that it does not describe",
			Remedy:  "ask the source's owner to describe them, or give their documents as sources of their own"})
	}
	return nil
}

// shownOfNothing is how much is shown of a document that says nothing.
const shownOfNothing = 200

// nothing is the error of a document in which there is no dataset: it says what
// is there instead.
func (c *dcatPages) nothing(g *dcat.Graph, r *fetch.Response) error {
	p := Place{URL: r.URL}
	head := strings.Join(strings.Fields(string(r.Body)), " ")
	switch classes := g.Subjects(vocab.RDFType); {
	case len(g.Instances(strings.Replace(vocab.DCATDataset, "http:", "https:", 1))) > 0:
		return fail(p, "namespace", "ask the source's owner to write http://www.w3.org/ns/dcat#",
			"the namespace of DCAT is written with https, so that its datasets are none")
	case len(c.named) > 0:
		return fail(p, "empty", "set url to a document that describes the datasets, or to the page of one as an LDES",
			"the document describes no dataset; it only names %d", len(c.named))
	case len(classes) == 0:
		return fail(p, "empty", "look at the address; the answer may be an error, or JSON without a context",
			"the document has no statement; it begins %q", head)
	}
	return fail(p, "empty", "look at the address; set url to a catalogue in DCAT",
		"the document describes no dcat:Dataset")
}

// graph reads an RDF document leniently: what is broken is reported, the rest
// is used.
func (s *Session) graph(ctx context.Context, r *fetch.Response) (*dcat.Graph, error) {
	g := dcat.EmptyGraph()
	err := document.Quads(ctx, r, s.Config.MaxBytes, s.readOptions(r), func(q term.Quad) { g.Add(q.Triple()) })
	if err != nil {
		return nil, err
	}
	return g, nil
}

// quads reads the statements of an RDF document.
func (s *Session) quads(ctx context.Context, r *fetch.Response) ([]term.Quad, error) {
	var quads []term.Quad
	err := document.Quads(ctx, r, s.Config.MaxBytes, s.readOptions(r), func(q term.Quad) { quads = append(quads, q) })
	return quads, err
}

// readOptions reads leniently and reports what is broken as a problem of the
// source.
func (s *Session) readOptions(r *fetch.Response) rdfio.ReadOptions {
	path := r.URL
	if u, err := url.Parse(r.URL); err == nil {
		path = u.Path
	}
	return rdfio.ReadOptions{MediaType: r.ContentType, Path: path, Base: r.URL, Lenient: true,
		Loader: s.loadContext, Context: document.LinkedContext(r),
		OnProblem: func(p rdfio.Problem) {
			if len(s.Found.Problems) < maxDocumentProblems {
				s.Found.Problems = append(s.Found.Problems, Problem{Severity: Warning,
					Place: placeAt(r.URL, problem.Line(p.Line)), Rule: "rdf-syntax", Value: p.Text, Message: p.Message,
					Remedy: "ask the source's owner to send valid RDF; the statement was left out or repaired"})
			}
		}}
}

const maxDocumentProblems = 1000 // reported for one source

// nextPage returns the address of the page after this one: by Hydra's terms of
// 2013 and of today, else by the Link header (RFC 8288). Where a document names
// the next page of several things, that of the page itself counts, then that of
// a collection.
func nextPage(g *dcat.Graph, r *fetch.Response) string {
	typed := g.Instances(vocab.HYDRANS+"PagedCollection", vocab.HYDRANS+"PartialCollectionView",
		vocab.HYDRANS+"Collection", vocab.DCATCatalog)
	all := append(g.Subjects(vocab.HYDRANS+"next"), g.Subjects(vocab.HYDRANS+"nextPage")...)
	for _, subjects := range [][]term.Term{{term.NewIRI(r.URL)}, typed, all} {
		for _, c := range subjects {
			for _, p := range []string{vocab.HYDRANS + "next", vocab.HYDRANS + "nextPage"} {
				if v := g.Value(c, p); v != "" {
					return document.Absolute(r.URL, v)
				}
			}
		}
	}
	return document.Link(r, "next")
}

// reportUntold names what the document describes that belongs to no dataset, such as
// a data service that names none: in as many problems as the names need.
func (s *Session) reportUntold(g *dcat.Graph, page string) {
	s.reportLeftOver(page, slices.DeleteFunc(g.Untold(), func(t term.Term) bool { return isPaging(g, t) }))
}

// reportLeftOver names subjects of a page that are not taken over.
func (s *Session) reportLeftOver(page string, subjects []term.Term) {
	var names []string
	for _, subject := range subjects {
		if subject.IsIRI() {
			names = append(names, subject.Value())
		} else {
			names = append(names, subject.String())
		}
	}
	for n := len(names); len(names) > 0; {
		some, size := 0, 0
		for some < len(names) && (some == 0 || size+len(names[some]) < leftOverNames) {
			size += len(names[some]) + 1
			some++
		}
		s.notice(Problem{Severity: Info, Place: Place{URL: page}, Rule: "left-over",
			Value: strings.Join(names[:some], " "),
			Message: "the document describes " + problem.Count(n, "thing") + " without a link from a dataset; " +
				"what it says of them is not taken over",
			Remedy: "ask the source's owner to link them from the datasets, or from the data service with " +
				"dcat:servesDataset"})
		names = names[some:]
	}
}

// leftOverNames bounds the bytes of the names in one problem.
const leftOverNames = 900

// isPaging reports whether a subject is the catalogue, which is described, or a
// page of it.
func isPaging(g *dcat.Graph, s term.Term) bool {
	for _, t := range g.About(s) {
		p, o := t.Predicate.Value(), t.Object.Value()
		if p == vocab.RDFType && (o == vocab.DCATCatalog || strings.HasPrefix(o, vocab.HYDRANS)) ||
			strings.HasPrefix(p, vocab.HYDRANS) {
			return true
		}
	}
	return false
}
