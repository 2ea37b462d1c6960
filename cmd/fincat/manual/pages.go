package manual

import (
	"embed"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/portal"
	"fincat/vocab/dcat"
)

//go:embed templates/*.html static/*
var assets embed.FS

// exampleBase is where the catalogue of the examples is; pages show the address of their own.
const exampleBase = "http://127.0.0.1:8080/"

// Pages are the pages below /docs. They are safe for concurrent use.
type Pages struct {
	book *Book
	base dcat.Base
	room *portal.Room
	mux  *http.ServeMux
	kept sync.Map // chapters as HTML, by language and how it was chosen
}

// NewPages returns the manual of a program with these commands in the frame of a portal.
func NewPages(root *cobra.Command, p *portal.Portal, base dcat.Base) (*Pages, error) {
	b, err := New(root)
	if err != nil {
		return nil, err
	}
	room, err := portal.NewRoom(p, portal.RoomOptions{Pages: assets, Texts: texts, Section: "docs", Public: true,
		Style: "/docs/static/manual.css"})
	if err != nil {
		return nil, err
	}
	m := &Pages{book: b, base: base, room: room, mux: http.NewServeMux()}
	m.mux.HandleFunc("GET /docs", room.Taking(m.show, "q", "lang"))
	m.mux.HandleFunc("GET /docs/{page}", room.Taking(m.show, "q", "lang"))
	m.mux.HandleFunc("GET /docs/static/{name}", portal.Static(assets))
	return m, nil
}

// AddTo adds the routes.
func (m *Pages) AddTo(routes map[string]http.Handler) {
	for _, route := range []string{"/docs", "/docs/{page}", "/docs/static/{name}"} {
		routes[route] = m.mux
	}
}

type entry struct {
	Href, Title string
	Current     bool
	Around      string
}

// view is a chapter, or what a search in all of them found.
type view struct {
	portal.Frame
	Body     template.HTML
	Chapters []entry
	Sections []entry
	Query    string
	Found    []entry
	Problem  string
}

func (m *Pages) show(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("page")
	if name == "" {
		name = Chapters[0]
	}
	v, status := view{Frame: m.room.Frame(r, "docs")}, http.StatusOK
	lang := v.L.Param
	name, plain := strings.CutSuffix(name, ".md")
	p, ok := m.book.pages[lang][name]
	switch {
	case !ok:
		status, p, v.Problem = http.StatusNotFound, m.book.pages[lang][Chapters[0]], v.L.T("docs.none")
	case plain:
		w.Header().Set("Content-Type", "text/markdown; charset=utf-8")
		w.Header().Add("Vary", "Accept-Language")
		_, _ = w.Write([]byte(m.ours(p.Text))) // the visitor may have left
		return
	default:
		v.Canonical = string(m.base) + address(p.Name)[1:]
	}
	for _, name := range Chapters {
		other := m.book.pages[lang][name]
		v.Chapters = append(v.Chapters, entry{Href: v.Link(address(name)), Title: other.Title, Current: other == p})
	}
	if err := m.body(&v, r, p); err != nil {
		status, v.Problem = http.StatusBadRequest, err.Error()
	}
	m.room.Render(w, r, status, "manual", v)
}

// body fills a view with a chapter, or with what was found.
func (m *Pages) body(v *view, r *http.Request, p *page) error {
	v.Title = p.Title
	if v.Query = strings.TrimSpace(r.URL.Query().Get("q")); v.Query != "" {
		v.Title, v.Canonical = v.L.T("docs.found"), ""
		found, err := m.book.find(v.L.Param, v.Query)
		for _, h := range found {
			v.Found = append(v.Found, entry{Href: v.Link(address(h.Page.Name)) + "#" + h.Section.ID,
				Title: h.Page.Title + " › " + h.Section.Title, Around: h.Around})
		}
		return err
	}
	for _, s := range p.sections[1:] {
		v.Sections = append(v.Sections, entry{Href: "#" + s.ID, Title: s.Title})
	}
	key := [3]string{p.Name, v.L.Param, v.Lang}
	if kept, ok := m.kept.Load(key); ok {
		v.Body = kept.(template.HTML)
		return nil
	}
	text, err := render(m.ours(p.Text), words{lang: v.L.Param, link: v.Link, run: v.L.T("docs.run"), T: v.L.T})
	if err != nil {
		return err
	}
	v.Body = template.HTML(text) // made by render, which lets no raw HTML through
	m.kept.Store(key, v.Body)
	return nil
}

// ours puts the address of this catalogue in place of that of the examples.
func (m *Pages) ours(text string) string {
	return strings.ReplaceAll(text, exampleBase, string(m.base))
}

var texts = []portal.Text{
	{Key: "docs.chapters", ZH: "章節", EN: "Chapters"},
	{Key: "docs.sections", ZH: "本章內容", EN: "In this chapter"},
	{Key: "docs.search", ZH: "搜尋手冊", EN: "Search the manual"},
	{Key: "docs.found", ZH: "手冊搜尋結果", EN: "Found in the manual"},
	{Key: "docs.nothing", ZH: "手冊中沒有符合的段落。", EN: "No section of the manual has all of these words."},
	{Key: "docs.none", ZH: "手冊沒有這一章；以下是全部章節。", EN: "The manual has no such chapter. It has these:"},
	{Key: "docs.run", ZH: "執行此查詢", EN: "Run this query"},
	{Key: "docs.plain", ZH: "本章的 Markdown", EN: "This chapter in Markdown"},
	{Key: "figure.title", ZH: "資料模型：類別及其關係", EN: "The data model: classes and how they are related"},
	{Key: "figure.from", ZH: "類別", EN: "Class"},
	{Key: "figure.by", ZH: "屬性", EN: "Property"},
	{Key: "figure.to", ZH: "指向", EN: "Leads to"},
}
