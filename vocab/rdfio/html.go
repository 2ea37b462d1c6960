package rdfio

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"mime"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"fincat/vocab/term"
)

// ReadHTML returns the quads that an HTML page carries: JSON-LD in script
// elements, microdata and RDFa, in this order. Options are those of Read;
// Base is the page's address, Format is not used. Pages without any give no
// quads and no error.
func ReadHTML(ctx context.Context, r io.Reader, o ReadOptions) iter.Seq2[term.Quad, error] {
	return sequence(ctx, o, func(o ReadOptions, emit func(term.Quad) error) error {
		data, err := readPage(r, o)
		if err != nil {
			return err
		}
		scripts := o
		scripts.BlankNodes += "j" // the three syntaxes share no blank nodes
		if err := readScripts(ctx, data, scripts, emit); err != nil {
			return err
		}
		page, err := html.Parse(bytes.NewReader(data))
		if err != nil {
			return fmt.Errorf("read HTML: %w", err)
		}
		if err := readMicrodata(ctx, page, o, emit); err != nil {
			return err
		}
		return readRDFa(ctx, page, o, emit)
	})
}

// maxPageBytes bounds an HTML page, which is held in memory as a whole.
const maxPageBytes = 64 << 20

// readPage reads a page as UTF-8; its charset is that of the media type, of
// the byte order mark, of a meta element, or guessed.
func readPage(r io.Reader, o ReadOptions) ([]byte, error) {
	limit := min(o.Limits.DocumentBytes, maxPageBytes)
	decoded, err := charset.NewReader(&boundedReader{r: r, left: limit, max: limit}, o.MediaType)
	if err == io.EOF { // an empty page
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read HTML: %w", err)
	}
	data, err := io.ReadAll(decoded)
	if err != nil {
		return nil, fmt.Errorf("read HTML: %w", err)
	}
	return data, nil
}

// A script is a script element with JSON-LD, by its place in the page.
type script struct {
	id         string
	start, end int
}

// htmlScripts returns a page's JSON-LD scripts, the href of its first base
// element, and the ids of other elements.
func htmlScripts(data []byte) (scripts []script, base string, others map[string]bool) {
	others = map[string]bool{}
	z := html.NewTokenizer(bytes.NewReader(data))
	z.SetMaxBuf(len(data) + 1)
	pos, hasBase := 0, false
	var open *script
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return scripts, base, others
		}
		start := pos
		pos += len(z.Raw())
		if open != nil {
			open.start, open.end = start, start
			if kind == html.TextToken {
				open.end = pos
			}
			scripts = append(scripts, *open)
			open = nil
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		t := z.Token()
		attr := map[string]string{}
		for _, a := range t.Attr {
			attr[a.Key] = a.Val
		}
		switch {
		case t.Data == "script" && kind == html.StartTagToken && isJSONLDType(attr["type"]):
			open = &script{id: attr["id"]}
			continue
		case t.Data == "base" && !hasBase && attr["href"] != "":
			base, hasBase = attr["href"], true
		}
		if id := attr["id"]; id != "" {
			others[id] = true
		}
	}
}

func isJSONLDType(s string) bool {
	t, _, err := mime.ParseMediaType(s)
	return err == nil && t == "application/ld+json"
}

// readScripts reads all JSON-LD scripts of a page as one document.
func readScripts(ctx context.Context, data []byte, o ReadOptions, emit func(term.Quad) error) error {
	ld := o.jsonLD()
	ld.extractAll = true
	p := newProcessor(ctx, data, ld)
	doc, err := p.htmlDocument("")
	if err != nil {
		return err
	}
	return p.toRDF(doc, emit)
}

// htmlDocument extracts the JSON-LD of a page (JSON-LD 1.1 §7 and JSON-LD 1.1
// API §10): the script with the given id, the first, or all of them. The base
// IRI becomes that of the page. In lenient mode a script that is not JSON is
// left out.
func (p *ldProcessor) htmlDocument(id string) (any, error) {
	scripts, base, others := htmlScripts(p.doc)
	if base != "" {
		if iri, err := ResolveIRI(p.o.base, base); err == nil {
			p.o.base = iri
		}
	}
	if id != "" {
		for _, s := range scripts {
			if s.id == id {
				return p.parseScript(s)
			}
		}
		if others[id] {
			return nil, p.fail("loading document failed", "element #%s is not a script with JSON-LD", id)
		}
		return nil, p.fail("loading document failed", "there is no element #%s", id)
	}
	if !p.o.extractAll {
		if len(scripts) == 0 {
			return nil, p.fail("loading document failed", "the page has no script with JSON-LD")
		}
		return p.parseScript(scripts[0])
	}
	docs := []any{}
	for _, s := range scripts {
		v, err := p.parseScript(s)
		if err != nil {
			if p.skip(err) {
				continue
			}
			return nil, err
		}
		docs = append(docs, asArray(v)...)
	}
	return docs, nil
}

// parseScript reads one script as JSON.
func (p *ldProcessor) parseScript(s script) (any, error) {
	v, err := p.parseFrom(s.start, s.end)
	if e, ok := err.(*JSONLDError); ok {
		e.Code = "invalid script element"
		e.Message = e.Code + ": " + e.Message
	}
	return v, err
}

// elementText returns the text within a node.
func elementText(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return b.String()
}

// attribute returns an attribute of an element.
func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Namespace == "" && a.Key == name || a.Namespace != "" && a.Namespace+":"+a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}
