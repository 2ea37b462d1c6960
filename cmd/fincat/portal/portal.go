package portal

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/chart"
	"fincat/cmd/fincat/editor"
	"fincat/cmd/fincat/memento"
	"fincat/harvest/feed"
	"fincat/harvest/queries"
	"fincat/harvest/search"
	"fincat/sparql"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/store/moment"
	"fincat/vocab/dcat"
)

//go:embed templates/*.html static/*
var assets embed.FS

// Options say what a [Portal] shows.
type Options struct {
	Store        *store.Store
	Engine       *sparql.Engine
	Queries      *queries.Bank
	Feed         *feed.Handler    // answers whoever prefers RDF to a page
	Finder       *search.Follower // of datasets; default: that of Feed
	Base         dcat.Base        // of the catalogue's own IRIs
	QueryTimeout time.Duration    // of a query typed into the form; default 20 s
	Accounts     Accounts         // who has signed in; default: nobody can
	Mementos     *memento.Handler // what was before; default: only the present is shown
	Routes       []Route          // what else the server offers, for the page on interfaces
	Logger       *slog.Logger     // default: nothing is logged
}

// Route is an interface that the page on interfaces names.
type Route struct {
	Path   string
	ZH, EN string
	Link   bool // whether a browser can follow it
}

// Portal serves the pages. It is safe for concurrent use.
type Portal struct {
	Options
	pages    *template.Template
	locales  locales
	answered answers
	reported reported
	editor   *editor.Editor
	badges   map[string]string // names in English by those in Chinese
}

// New returns a portal; all options without a default are needed.
func New(o Options) (*Portal, error) {
	if o.Store == nil || o.Engine == nil || o.Queries == nil || o.Feed == nil {
		return nil, errors.New("portal: store, engine, queries and feed are needed")
	}
	if o.Finder == nil {
		o.Finder = o.Feed.Finder
	}
	if o.QueryTimeout <= 0 {
		o.QueryTimeout = 20 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	pages, err := template.New("").Funcs(template.FuncMap{"of": of}).ParseFS(assets, "templates/*.html")
	if err != nil {
		return nil, err
	}
	badges, err := badgeNames()
	if err != nil {
		return nil, err
	}
	p := &Portal{Options: o, pages: pages, locales: newLocales(), reported: reported{turn: make(chan struct{}, 1)},
		badges: badges}
	if o.Mementos != nil {
		o.Mementos.Page = func(w http.ResponseWriter, r *http.Request, problem *protocol.Problem) {
			p.message(w, r, problem.Status, "badRequest", problem.Detail)
		}
	}
	p.editor, err = editor.New(editor.Options{Store: o.Store, Engine: o.Engine, Base: o.Base, Timeout: o.QueryTimeout,
		Namer: namerOf(p), Logger: o.Logger})
	return p, err
}

// Register adds the routes of the pages to mux. Every address that nothing
// else answers is looked up as the IRI of a resource.
func (p *Portal) Register(mux protocol.Mux) {
	mux.HandleFunc("GET /static/{name}", Static(assets))
	mux.HandleFunc("GET /{$}", p.taking(p.home, "lang"))
	mux.HandleFunc("GET /search", p.taking(p.search))
	mux.HandleFunc("GET /organisations", p.taking(p.organisations, "lang"))
	mux.HandleFunc("GET /query", p.taking(p.query, "query", "example", "lang"))
	p.editor.Register(mux)
	mux.HandleFunc("GET /about", p.taking(p.about, "lang"))
	mux.HandleFunc("GET /quality", p.taking(p.quality, "provider", "lang"))
	mux.HandleFunc("GET /coverage", p.taking(p.coverage, "lang"))
	mux.HandleFunc("GET /coverage.csv", p.taking(p.coverage, "lang"))
	mux.HandleFunc("GET /catalog", p.catalog)
	mux.HandleFunc("GET /profile/{name}", p.taking(p.profile, "lang"))
	mux.HandleFunc("GET /profile/tw/{document}", p.taking(p.profileDocument, "lang"))
	if p.Accounts != nil {
		mux.HandleFunc("GET /account", p.taking(p.account, "next", "failed", "lang"))
	}
	if p.Mementos != nil {
		p.Mementos.Register(mux)
		mux.HandleFunc("GET /diff", p.taking(func(w http.ResponseWriter, r *http.Request) { diff(p, w, r) }))
	}
	mux.HandleFunc("GET /", p.taking(p.resource, append(chart.Params(), "file", "embed", "lang")...))
}

// Editor answers /sparql for a browser that comes without a query.
func (p *Portal) Editor() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/query", http.StatusSeeOther)
	})
}

// Static answers with one of the files that pages refer to, those in the folder static. There
// are no others: a name with a slash, however it is written, is the name of none.
func Static(files fs.FS) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		text, err := fs.ReadFile(files, "static/"+name)
		if err != nil || name != path.Base(name) {
			protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotFound,
				Detail: "there is no such file"})
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=3600")
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(text))
	}
}

// wantsPage reports whether r prefers a page to RDF.
func wantsPage(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Add("Vary", "Accept")
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if accept == "" || accept == "*/*" {
		return false // a program that did not say
	}
	chosen, _ := feed.Negotiate(accept, append([]string{"text/html"}, feed.MediaTypes()...)...)
	return chosen == "text/html"
}

// catalog shows the search page to browsers, the catalogue to others.
func (p *Portal) catalog(w http.ResponseWriter, r *http.Request) {
	if !wantsPage(w, r) {
		p.Feed.Catalog(w, r)
		return
	}
	to := url.URL{Path: "/search", RawQuery: r.URL.RawQuery}
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
}

// frame is what every page has.
type frame struct {
	L          *locale
	Lang       string // the value of ?lang= when it was given
	Title      string
	Section    string
	Seq        uint64
	Alternates []alternate
	Accounts   bool           // whether people can sign in
	Canonical  string         // the address that stands for the page in search engines
	Summary    string         // of the page in a sentence or two; default: what the catalogue is
	Structured map[string]any // the page's subject as schema.org has it, for search engines
	Past       string         // the time that the page is about, for people; "": the present
	Present    string         // the address of the same page about the present
	Style      string         // address of a further style sheet
	Script     string         // address of a script that the page can do without
	Refresh    int            // seconds after which a browser without scripts asks again; 0: never
	Nonce      string         // of the styles that the script makes
	Embedded   bool           // whether it may be shown within the pages of others

	url *url.URL
	at  string // the time that the page is about, for addresses
}

// maxSummary is how much of a summary search engines and previews show, in characters.
const maxSummary = 300

// About is the summary for search engines and previews.
func (f frame) About() string {
	text := []rune(cmp.Or(f.Summary, f.L.T("tagline")))
	if len(text) > maxSummary {
		return string(text[:maxSummary-1]) + "…"
	}
	return string(text)
}

// alternate is the same content in another format.
type alternate struct{ Href, Type, Label string }

// feeds names the feeds that tell of changes to what the page shows.
func (f *frame) feeds(selection url.Values) {
	for _, x := range []struct{ path, mediaType, label string }{
		{"/feed/atom.xml", "application/atom+xml", "Atom"}, {"/feed/rss.xml", "application/rss+xml", "RSS"},
	} {
		href := x.path
		if len(selection) > 0 {
			href += "?" + selection.Encode()
		}
		f.Alternates = append(f.Alternates, alternate{Href: href, Type: x.mediaType, Label: x.label})
	}
}

// frame starts a page, about one snapshot if there is one.
func (p *Portal) frame(r *http.Request, sn *store.Snapshot, section string) frame {
	l, chosen := p.locales.of(r)
	f := frame{L: l, Lang: chosen, Section: section, Seq: p.Store.Seq(), Accounts: p.Accounts != nil, url: r.URL}
	if sn != nil {
		f.Seq = sn.Seq()
	}
	if m, ok := moment.From(r.Context()); ok {
		f.Past, f.Present, f.at = moment.Show(m.Time), r.URL.RequestURI(), moment.Format(m.Time)
	}
	return f
}

// Link returns the address of another page that keeps the chosen language.
func (f frame) Link(path string) string { return f.with(path, nil) }

// with returns a path with query parameters and the chosen language.
func (f frame) with(path string, v url.Values) string {
	q := url.Values{}
	for name, values := range v {
		q[name] = values
	}
	if f.Lang != "" {
		q.Set("lang", f.Lang)
	}
	if f.at != "" && memento.Timed(path) {
		q.Set("at", f.at)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// OtherLanguage returns the address of this page in the other language.
func (f frame) OtherLanguage() string {
	q := f.url.Query()
	q.Set("lang", map[string]string{"zh": "en", "en": "zh"}[f.L.Param])
	if f.at != "" {
		q.Set("at", f.at)
	}
	return f.url.EscapedPath() + "?" + q.Encode()
}

// policy is the Content-Security-Policy of a page: nothing but ours, and scripts only where
// there are some. Those may ask us, and the styles that the editor makes carry a nonce.
func (f frame) policy() string {
	frames, styles, scripts := "'none'", "", ""
	if f.Embedded {
		frames = "*"
	}
	if f.Nonce != "" {
		styles = " 'nonce-" + f.Nonce + "'"
	}
	if f.Script != "" {
		scripts = "; script-src 'self'; connect-src 'self'"
	}
	return "default-src 'none'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors " + frames +
		"; style-src 'self'" + styles + scripts
}

// Page is what a template shows: its frame, and mostly more.
type Page interface{ policy() string }

// render sends a page. It is put together first, so that a fault in the middle
// cannot leave half of it.
func (p *Portal) render(w http.ResponseWriter, r *http.Request, status int, name string, data Page) {
	w.Header().Set("Cache-Control", "no-cache")
	put(p, w, r, status, p.pages, name, data)
}

// put sends a page of some templates.
func put(p *Portal, w http.ResponseWriter, r *http.Request, status int, pages *template.Template, name string,
	data Page) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		p.Logger.ErrorContext(r.Context(), "page", "template", name, "path", r.URL.Path, "error", err)
		http.Error(w, "the page could not be put together", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", data.policy())
	h.Add("Vary", "Accept-Language")
	w.WriteHeader(status)
	_, _ = w.Write(below(access.BasePath(string(p.Base)), b.Bytes())) // the visitor may have left
}

// message shows a page with nothing but a message.
func (p *Portal) message(w http.ResponseWriter, r *http.Request, status int, title, detail string) {
	f := p.frame(r, nil, "")
	f.Title = f.L.T(title)
	p.render(w, r, status, "message", struct {
		frame
		Detail string
	}{f, f.L.T(detail)})
}

// fail shows that a page cannot be shown and logs why.
func (p *Portal) fail(w http.ResponseWriter, r *http.Request, err error) {
	if over := r.Context().Err(); over != nil { // what nobody writes would be an empty page
		err = over
	}
	status := protocol.ProblemOf(err).Status
	p.Logger.ErrorContext(r.Context(), "page", "path", r.URL.Path, "status", status, "error", err)
	p.message(w, r, status, "failed", "failed.detail")
}

// taking puts in front of a page what all pages do with parameters: those by which others see who
// follows their links are taken away, and those that the page does not know are refused. A page
// that knows none here looks at them itself.
func (p *Portal) taking(page http.HandlerFunc, known ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r = protocol.Unfollowed(r)
		_, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil || len(known) > 0 {
			err = protocol.CheckParams(r, known...)
		}
		switch {
		case err == nil:
			page(w, r)
		case wantsPage(w, r):
			p.message(w, r, http.StatusBadRequest, "badRequest", protocol.ProblemOf(err).Detail)
		default:
			protocol.WriteProblem(w, r, protocol.ProblemOf(err))
		}
	}
}
