package portal

import (
	"html/template"
	"io/fs"
	"net/http"

	"fincat/cmd/fincat/editor"
	"fincat/store"
)

// Text is a text of pages in both languages.
type Text struct{ Key, ZH, EN string }

// Frame is what every page has.
type Frame = frame

// RoomOptions say what the pages of a [Room] have beside what all pages have.
type RoomOptions struct {
	Pages   fs.FS // templates/*.html, which may use those of the portal's layout
	Funcs   template.FuncMap
	Texts   []Text
	Section string // of the main menu
	Style   string // address of a style sheet
	Script  string // address of a script
	Public  bool   // they are the same for everybody: caches may keep them
}

// Room is a set of pages that another package answers and that look like the portal's.
type Room struct {
	RoomOptions
	portal  *Portal
	pages   *template.Template
	locales locales
}

// NewRoom returns a room of a portal that has not shown a page yet.
func NewRoom(p *Portal, o RoomOptions) (*Room, error) {
	pages, err := p.pages.Clone()
	if err == nil {
		pages, err = pages.Funcs(o.Funcs).ParseFS(o.Pages, "templates/*.html")
	}
	if err != nil {
		return nil, err
	}
	return &Room{o, p, pages, newLocales(o.Texts...)}, nil
}

// Frame starts a page, whose title is the text for a key.
func (m *Room) Frame(r *http.Request, title string) Frame {
	f := m.portal.frame(r, nil, m.Section)
	f.L, f.Lang = m.locales.of(r)
	f.Title, f.Style = f.L.T(title), m.Style
	if inBrowser(r) {
		f.Script = m.Script
	}
	return f
}

// Namer names the resources of a snapshot in the language of a page.
func (m *Room) Namer(r *http.Request, sn *store.Snapshot) editor.Namer {
	return namerOf(m.portal)(r, sn)
}

// Taking does what all pages do with parameters before the page looks at them: those by which
// others see who follows their links are taken away, and unknown ones are refused. A page that
// says which it knows by none looks at them itself.
func (m *Room) Taking(page http.HandlerFunc, known ...string) http.HandlerFunc {
	return m.portal.taking(page, known...)
}

// inBrowser reports whether a page may run scripts: whoever sends a token is a program.
func inBrowser(r *http.Request) bool { return r.Header.Get("Authorization") == "" }

// Render sends a page.
func (m *Room) Render(w http.ResponseWriter, r *http.Request, status int, name string, data Page) {
	if m.Public {
		w.Header().Set("Cache-Control", "no-cache")
	} else {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Add("Vary", "Cookie")
	}
	put(m.portal, w, r, status, m.pages, name, data)
}
