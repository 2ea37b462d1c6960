package document

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"regexp"
	"strings"
	"unicode/utf8"

	"fincat/harvest/fetch"
	"fincat/harvest/problem"
	"fincat/vocab/jsonld"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// LooksRDF reports whether a document begins like RDF in Turtle or XML.
func LooksRDF(head []byte) bool {
	head = bytes.TrimSpace(head[:min(len(head), 2048)])
	return bytes.Contains(head, []byte("@prefix")) || bytes.Contains(head, []byte("<rdf:RDF"))
}

// Quads reads an RDF document, of no more than limit bytes when it is unpacked, and
// hands over its quads one by one.
func Quads(ctx context.Context, r *fetch.Response, limit fetch.Size, o rdfio.ReadOptions, each func(term.Quad)) error {
	if isBlank(r.Body) || !strings.Contains(r.ContentType, "rdf") { // RDF may stand in a page
		if none := otherThan("RDF", problem.Place{URL: r.URL}, r.Body); none != nil {
			return none
		}
	}
	r, err := readableRDF(r)
	if err != nil {
		return err
	}
	o.MediaType = r.ContentType
	in, err := r.Reader(limit)
	if err != nil {
		return fetch.Explain(r.URL, err)
	}
	if strings.Contains(r.ContentType, "xml") || LooksRDF(r.Body) && bytes.Contains(r.Body, []byte("<rdf:RDF")) {
		in = repairCharacters(r, in)
	}
	for q, err := range rdfio.Read(ctx, in, o) {
		if err != nil {
			return rdfError(r, err)
		}
		each(q)
	}
	return nil
}

var declaredEncoding = regexp.MustCompile(`^(\s*<\?xml[^>]*?)\s+encoding\s*=\s*(?:"[^"]*"|'[^']*')`)

// readableRDF returns a document whose bytes are not what they are declared to be
// in UTF-8, others as they are.
func readableRDF(r *fetch.Response) (*fetch.Response, error) {
	packed := bytes.HasPrefix(r.Body, []byte{0x1F, 0x8B})
	marked := bytes.HasPrefix(r.Body, []byte{0xFE, 0xFF}) || bytes.HasPrefix(r.Body, []byte{0xFF, 0xFE})
	if packed || marked || utf8.Valid(r.Body) {
		return r, nil
	}
	text, err := r.Text("")
	if err != nil {
		return nil, err
	}
	c := *r
	c.Body = declaredEncoding.ReplaceAll(text, []byte("$1"))
	c.ContentType, _, _ = strings.Cut(r.ContentType, ";")
	return &c, nil
}

// CollectQuads returns the quads that a reader yields.
func CollectQuads(r *fetch.Response, in iter.Seq2[term.Quad, error]) ([]term.Quad, error) {
	var quads []term.Quad
	for q, err := range in {
		if err != nil {
			return nil, rdfError(r, err)
		}
		quads = append(quads, q)
	}
	return quads, nil
}

func rdfError(r *fetch.Response, err error) error {
	var remote *jsonld.Error
	var syntax *rdfio.Error
	var limit *rdfio.LimitError
	switch {
	case errors.As(err, &remote) && remote.Code == "loading remote context failed":
		return problem.Errorf(problem.Place{URL: r.URL}, "context",
			"ask the source's owner to put the JSON-LD context into the document, or where it can be loaded",
			"%w", err)
	case errors.As(err, &syntax):
		return problem.Errorf(problem.At(r.URL, problem.Line(syntax.Line)), "rdf-syntax",
			"ask the source's owner to send valid RDF",
			"%w", err)
	case errors.As(err, &limit):
		return problem.Errorf(problem.Place{URL: r.URL}, "rdf-limit", "ask the source's owner for smaller pages", "%w",
			err)
	}
	return fetch.Explain(r.URL, err)
}
