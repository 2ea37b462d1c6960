package rdfhtml

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"fincat/vocab/document"
	"fincat/vocab/jsonld"
	"fincat/vocab/term"
)

// Read hands the quads that an HTML page carries to emit: JSON-LD in script
// elements, microdata and RDFa, in this order. Of the media type only the charset
// counts; Base is the page's address. Pages without any give no quads and no
// error; an error of emit ends reading.
func Read(ctx context.Context, r io.Reader, mediaType string, o jsonld.Options, emit func(term.Quad) error) error {
	o.Options = o.WithDefaults()
	data, err := readPage(r, mediaType, o.Limits.DocumentBytes)
	if err != nil {
		return err
	}
	scripts := o
	scripts.BlankNodes += "j" // the three syntaxes share no blank nodes
	if err := jsonld.ReadScripts(ctx, data, scripts, emit); err != nil {
		return err
	}
	page, err := html.Parse(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("read HTML: %w", err)
	}
	if err := readMicrodata(ctx, page, o.Options, emit); err != nil {
		return err
	}
	return readRDFa(ctx, page, o.Options, emit)
}

// maxPageBytes bounds an HTML page, which is held in memory as a whole.
const maxPageBytes = 64 << 20

// readPage reads a page as UTF-8; its charset is that of the media type, of
// the byte order mark, of a meta element, or guessed.
func readPage(r io.Reader, mediaType string, limit int64) ([]byte, error) {
	limit = min(limit, maxPageBytes)
	decoded, err := charset.NewReader(document.Bounded(r, limit), mediaType)
	if errors.Is(err, io.EOF) { // an empty page
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
