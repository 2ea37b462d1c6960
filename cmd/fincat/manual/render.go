package manual

import (
	"bytes"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// helpKind is the kind of a block that shows what a command says of itself, which is English.
const helpKind = "help"

// words are those that a rendered chapter needs besides its own.
type words struct {
	lang string
	link func(path string) string // keeps the chosen language
	run  string                   // label of what leads from a query to the query page
	T    func(key string) string
}

// linked are pages that take part in the choice of the language.
var linked = []string{"/", "/search", "/organisations", "/quality", "/coverage", "/query", "/about", "/map",
	"/targets", "/standards", "/ranking", "/console", "/account", "/diff", "/profile/tw"}

// render makes HTML of a chapter. Raw HTML is left out.
func render(markdown string, w words) ([]byte, error) {
	nodes := renderer.WithNodeRenderers(util.Prioritized(&blocks{w}, 100)) // before those that come with the library
	md := goldmark.New(
		goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignNone))),
		goldmark.WithParserOptions(parser.WithAutoHeadingID(),
			parser.WithASTTransformers(util.Prioritized(links{w}, 100))),
		goldmark.WithRendererOptions(nodes))
	var out bytes.Buffer
	context := parser.NewContext(parser.WithIDs(headings{newIDs()}))
	if err := md.Convert([]byte(markdown), &out, parser.WithContext(context)); err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	return out.Bytes(), nil
}

// headings gives headings the identifiers by which the search knows them.
type headings struct{ ids ids }

// Generate implements [parser.IDs].
func (h headings) Generate(value []byte, _ ast.NodeKind) []byte {
	return []byte(h.ids.of(string(value)))
}

// Put implements [parser.IDs].
func (headings) Put([]byte) {}

// links leads links to chapters and pages to where they are.
type links struct{ words }

// Transform implements [parser.ASTTransformer].
func (l links) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if link, ok := n.(*ast.Link); ok && entering {
			to, fragment, _ := strings.Cut(string(link.Destination), "#")
			switch {
			case slices.Contains(Chapters, to):
				to = l.link(address(to))
			case slices.Contains(linked, to):
				to = l.link(to)
			}
			if fragment != "" {
				to += "#" + fragment
			}
			link.Destination = []byte(to)
		}
		return ast.WalkContinue, nil
	})
}

// address is the address of a chapter.
func address(chapter string) string {
	if chapter == Chapters[0] {
		return "/docs"
	}
	return "/docs/" + chapter
}

// blocks renders tables and code, which can be wider than a phone and are to be reached by keyboard.
type blocks struct{ words }

// RegisterFuncs implements [renderer.NodeRenderer].
func (b *blocks) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(tables.KindTable, b.table)
	r.Register(ast.KindFencedCodeBlock, b.code)
}

func (b *blocks) table(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	tag := "</table></div>\n"
	if entering {
		tag = "<div class=\"scroll\" tabindex=\"0\"><table>\n"
	}
	_, err := w.WriteString(tag)
	return ast.WalkContinue, err
}

func (b *blocks) code(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	block := n.(*ast.FencedCodeBlock)
	var code strings.Builder
	for i := range block.Lines().Len() {
		line := block.Lines().At(i)
		code.Write(line.Value(source))
	}
	lang := ""
	switch kind := string(block.Language(source)); kind {
	case figureKind:
		svg, err := b.figure(code.String())
		if err == nil {
			_, err = w.WriteString(svg)
		}
		return ast.WalkSkipChildren, err
	case "sparql":
		to := b.link("/query") // which may have parameters already
		mark := "?"
		if strings.Contains(to, "?") {
			mark = "&"
		}
		to += mark + url.Values{"query": {code.String()}}.Encode()
		_, err := fmt.Fprintf(w, "<pre tabindex=\"0\"><code>%s</code></pre>\n<p><a href=\"%s\">%s</a></p>\n",
			html.EscapeString(code.String()), html.EscapeString(to), html.EscapeString(b.run))
		return ast.WalkSkipChildren, err
	case helpKind:
		lang = " lang=\"en\""
	}
	_, err := fmt.Fprintf(w, "<pre tabindex=\"0\"%s><code>%s</code></pre>\n", lang, html.EscapeString(code.String()))
	return ast.WalkSkipChildren, err
}
