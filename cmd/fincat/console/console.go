package console

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/portal"
	"fincat/vocab/dcat"
)

//go:embed templates/*.html static/*
var assets embed.FS

// Options say what a [Console] is part of.
type Options struct {
	Portal *portal.Portal // in whose frame the pages are
	Base   dcat.Base      // of the catalogue's IRIs
	Logger *slog.Logger   // default: nothing is logged
}

// Console answers the pages below /console. It is safe for concurrent use.
type Console struct {
	o     Options
	room  *portal.Room
	mux   *http.ServeMux
	admin http.Handler
}

// New returns a console. It cannot be used before [Console.Ask] has said whom it asks.
func New(o Options) (*Console, error) {
	if o.Portal == nil {
		return nil, errors.New("console: the portal is needed")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	room, err := portal.NewRoom(o.Portal, portal.RoomOptions{Pages: assets, Texts: texts(), Section: "console",
		Funcs:  template.FuncMap{"outside": isAddress},
		Style:  "/console/static/console.css",
		Script: "/console/static/console.js"})
	if err != nil {
		return nil, err
	}
	c := &Console{o: o, room: room, mux: http.NewServeMux()}
	for pattern, a := range map[string]struct {
		page func(*view) error
		take string // parameters besides those of all pages
	}{
		"GET /console":             {c.overview, "live"},
		"POST /console":            {c.steer, "live"},
		"GET /console/runs":        {c.runs, "source page"},
		"GET /console/runs/{run}":  {c.run, "what page"},
		"POST /console/runs/{run}": {c.settle, "what page"},
		"GET /console/links":       {c.links, "state page subject object"},
		"POST /console/links":      {c.decide, "state page subject object"},
		"GET /console/server":      {c.server, ""},
		"POST /console/server":     {c.cancelQuery, ""},
		"GET /console/worklist":    {c.worklist, "owner indicator page"},
		"GET /console/source":      {c.source, ""},
		"POST /console/source":     {c.trySource, ""},
		"GET /console/tokens":      {c.tokens, ""},
		"POST /console/tokens":     {c.changeTokens, ""},
		"GET /console/audit":       {c.audit, "before"},
	} {
		page := func(w http.ResponseWriter, r *http.Request) { c.answer(w, r, a.page) }
		c.mux.HandleFunc(pattern, room.Taking(page, append(strings.Fields(a.take), "done", "lang")...))
	}
	c.mux.HandleFunc("/console/", func(w http.ResponseWriter, r *http.Request) {
		c.answer(w, r, func(*view) error { return &fault{status: http.StatusNotFound} })
	})
	return c, nil
}

// Ask says which handler has the routes below /admin; it is the one that visitors reach.
func (c *Console) Ask(admin http.Handler) { c.admin = admin }

// AddTo adds the routes.
func (c *Console) AddTo(routes map[string]http.Handler) {
	routes["/console"], routes["/console/"] = c.mux, c.mux
	routes["/console/static/{name}"] = portal.Static(assets)
}

// maxForm is the size of a form, in bytes, and answerTime how long a page may take to be put
// together and sent, such as one about removals that are being approved.
const (
	maxForm    = 256 << 10
	answerTime = 15 * time.Minute
)

// view is one request for a page.
type view struct {
	w   http.ResponseWriter
	r   *http.Request
	who access.Identity
	c   *Console
}

// page is what all pages of the console have.
type page struct {
	portal.Frame
	Who     access.Identity
	Role    string // of Who, for people
	Tab     string
	MayAct  bool // Who may act
	MayRule bool // Who may see tokens and the audit log
	Message string
}

// page starts a page. What has just been done is in the address.
func (v *view) page(tab string) page {
	p := page{Frame: v.c.room.Frame(v.r, "console."+tab), Who: v.who, Tab: tab,
		MayAct: v.who.Role.Includes(access.Maintainer), MayRule: v.who.Role.Includes(access.Administrator)}
	p.Role = p.L.T("role." + string(v.who.Role))
	if done := v.r.URL.Query().Get("done"); p.L.Has("done." + done) {
		p.Message = p.L.T("done." + done)
	}
	return p
}

// needs refuses a page that leads to something which the visitor may not do.
func (v *view) needs(role access.Role) error {
	if v.who.Role.Includes(role) {
		return nil
	}
	return &fault{http.StatusForbidden, fmt.Sprintf("this needs the role %s, and %s has the role %s", role,
		v.who.Name, v.who.Role)}
}

// show sends a page.
func (v *view) show(name string, data portal.Page) error {
	v.c.room.Render(v.w, v.r, http.StatusOK, name, data)
	return nil
}

// back sends the browser on to a page of the console after something was done.
func (v *view) back(path, done string, more url.Values) error {
	q := url.Values{}
	for name, values := range more {
		q[name] = values
	}
	if lang := v.r.URL.Query().Get("lang"); lang != "" {
		q.Set("lang", lang)
	}
	if done != "" {
		q.Set("done", done)
	}
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// answer has a page made, or shows what is wrong.
func (c *Console) answer(w http.ResponseWriter, r *http.Request, h func(*view) error) {
	v := &view{w: w, r: r, c: c}
	v.who, _ = access.From(r)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTime)) // a recorder in a test has none
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			c.fail(v, &fault{http.StatusBadRequest, err.Error()})
			return
		}
	}
	err := readable(r.URL.Query())
	if err == nil {
		err = h(v)
	}
	if err != nil {
		c.fail(v, err)
	}
}

// readable refuses parameters that no page makes anything of.
func readable(q url.Values) error {
	for name, can := range map[string]func(string) bool{
		"page":   func(s string) bool { n, err := strconv.Atoi(s); return err == nil && n >= 0 && n <= maxPage },
		"before": func(s string) bool { _, err := strconv.ParseUint(s, 10, 64); return err == nil },
		"live":   func(s string) bool { return s == "off" },
		"state":  func(s string) bool { return slices.Contains(linkStates, s) },
		"what":   func(s string) bool { return slices.Contains(changeKinds, s) },
	} {
		if s := q.Get(name); s != "" && !can(s) {
			return &fault{http.StatusBadRequest, fmt.Sprintf("the parameter %s cannot be %.40q", name, s)}
		}
	}
	return nil
}

// fail shows why something could not be done.
func (c *Console) fail(v *view, err error) {
	f := &fault{status: http.StatusInternalServerError, detail: err.Error()}
	if !errors.As(err, &f) {
		c.o.Logger.ErrorContext(v.r.Context(), "console", "path", v.r.URL.Path, "error", err)
	}
	if f.status == http.StatusUnauthorized { // the session has ended meanwhile
		next := url.Values{"next": {v.r.URL.RequestURI()}}
		http.Redirect(v.w, v.r, "/login?"+next.Encode(), http.StatusSeeOther)
		return
	}
	p := v.page("problem")
	if f.detail == "" {
		f.detail = p.L.T("problem.page")
	}
	key := "problem." + http.StatusText(f.status)
	if p.L.Has(key) {
		p.Title = p.L.T(key)
	}
	if f.status == http.StatusForbidden {
		v.w.Header().Set("WWW-Authenticate", `Bearer realm="fincat", error="insufficient_scope"`)
	}
	c.room.Render(v.w, v.r, f.status, "console-problem", struct {
		page
		Status int
		Detail string
	}{p, f.status, f.detail})
}

// taipei is the time zone of times on pages.
var taipei = time.FixedZone("Asia/Taipei", 8*3600)

// when is a time for people, "" for none.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(taipei).Format("2006-01-02 15:04:05")
}

// isAddress reports whether a text is an address that a page may link to.
func isAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// local is the address of one of the catalogue's resources on this server.
func (c *Console) local(iri string) string {
	rest, ok := strings.CutPrefix(iri, string(c.o.Base))
	if !ok {
		return ""
	}
	u := url.URL{Path: "/" + rest}
	if parsed, err := url.Parse("/" + rest); err == nil && parsed.Host == "" {
		u = *parsed
	}
	return u.EscapedPath()
}
