package jsonld

import (
	"bytes"
	"context"
	"errors"
	"mime"
	"regexp"

	"golang.org/x/net/html"

	"fincat/vocab/term"
)

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

// ReadScripts reads all JSON-LD scripts of an HTML page, which is UTF-8, as one
// document (JSON-LD 1.1 §7). A page without any gives no quads and no error.
func ReadScripts(ctx context.Context, page []byte, o Options, emit func(term.Quad) error) error {
	ld := o.algorithms()
	ld.extractAll = true
	p := newProcessor(ctx, page, ld)
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
func (p *processor) htmlDocument(id string) (any, error) {
	scripts, base, others := htmlScripts(p.doc)
	if base != "" {
		if iri, err := term.ResolveIRI(p.o.base, base); err == nil {
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
func (p *processor) parseScript(s script) (any, error) {
	if p.o.lenient {
		s.start, s.end = unwrapped(p.doc, s.start, s.end)
	}
	v, err := p.parseFrom(s.start, s.end)
	var e *Error
	if errors.As(err, &e) {
		e.Code = "invalid script element"
		e.Message = e.Code + ": " + e.Message
	}
	return v, err
}

var (
	wrapBegin = regexp.MustCompile(`^(?:\s*(?://|/\*)?\s*(?:<!\[CDATA\[|<!--)\s*(?:\*/)?)+`)
	wrapEnd   = regexp.MustCompile(`(?:(?://|/\*)?\s*(?:\]\]>|-->)\s*(?:\*/)?\s*)+$`)
)

// unwrapped returns the bounds of a script without the comments or CDATA section
// with which systems hide scripts from old readers.
func unwrapped(page []byte, start, end int) (from, to int) {
	text := page[start:end]
	if at := wrapBegin.FindIndex(text); at != nil {
		start += at[1]
		if at = wrapEnd.FindIndex(page[start:end]); at != nil {
			end = start + at[0]
		}
	}
	return start, end
}
