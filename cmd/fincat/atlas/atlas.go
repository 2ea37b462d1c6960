package atlas

import (
	"cmp"
	"context"
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

	"fincat/cmd/fincat/editor"
	"fincat/cmd/fincat/portal"
	"fincat/harvest/search"
	"fincat/sparql/protocol"
	"fincat/store"
)

//go:embed templates/*.html static/*
var assets embed.FS

// Pages are the pages below /map. They are safe for concurrent use.
type Pages struct {
	portal *portal.Portal
	room   *portal.Room
	mux    *http.ServeMux
	log    *slog.Logger
}

// New returns the maps of what a portal shows.
func New(p *portal.Portal, log *slog.Logger) (*Pages, error) {
	room, err := portal.NewRoom(p, portal.RoomOptions{Pages: assets, Texts: texts, Section: "map", Public: true,
		Funcs: template.FuncMap{}, Style: "/map/static/atlas.css", Script: "/map/static/atlas.js"})
	if err != nil {
		return nil, err
	}
	m := &Pages{portal: p, room: room, mux: http.NewServeMux(), log: log}
	m.mux.HandleFunc("GET /map", room.Taking(m.show))
	m.mux.HandleFunc("GET /map/static/{name}", portal.Static(assets))
	return m, nil
}

// AddTo adds the routes.
func (m *Pages) AddTo(routes map[string]http.Handler) {
	routes["/map"], routes["/map/static/{name}"] = m.mux, m.mux
}

// row is a line of the table: a node, and where its links lead.
type row struct {
	Name, Href, Note string
	Count, CountHref string
	Links            []link
}

type link struct{ Name, Href, Count string }

// view is a map.
type view struct {
	portal.Frame
	Lead    string
	Crumbs  []link
	Links   []link // to other pages about the same
	Picture picture
	Rows    []row
	Head    [3]string // of the table
	Problem string
}

// looking is one request for a map.
type looking struct {
	m     *Pages
	v     *view
	sn    *store.Snapshot
	table *search.Table
	names editor.Namer
	ctx   context.Context
}

// errParameters is wrapped by what is wrong with an address.
var errParameters = errors.New("the address cannot be read")

func (m *Pages) show(w http.ResponseWriter, r *http.Request) {
	v := &view{Frame: m.room.Frame(r, "nav.map")}
	status, err := http.StatusOK, m.fill(v, r)
	switch {
	case errors.Is(err, errParameters):
		status, v.Problem = http.StatusBadRequest, err.Error()
	case err != nil:
		if over := r.Context().Err(); over != nil {
			err = over
		}
		status, v.Problem = protocol.ProblemOf(err).Status, v.L.T("failed.detail")
		m.log.ErrorContext(r.Context(), "map", "path", r.URL.RequestURI(), "status", status, "error", err)
	}
	m.room.Render(w, r, status, "atlas", v)
}

// question is what an address asks for.
type question struct {
	publisher, theme string // as in addresses
	first, count     int    // of the datasets in the order of their titles; count 0: all
}

// ask reads the parameters.
func ask(r *http.Request) (q question, err error) {
	params, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return q, fmt.Errorf("%w: %w", errParameters, err)
	}
	known := []string{"publisher", "theme", "first", "count", "lang"}
	for name, values := range params {
		if !slices.Contains(known, name) || len(values) > 1 {
			return q, fmt.Errorf("%w: %.40q is no parameter, or there more than once; there are %s", errParameters,
				name, strings.Join(known, ", "))
		}
	}
	q.publisher, q.theme = params.Get("publisher"), params.Get("theme")
	for name, into := range map[string]*int{"first": &q.first, "count": &q.count} {
		if text := params.Get(name); text != "" {
			if *into, err = strconv.Atoi(text); err != nil || *into < 0 {
				return q, fmt.Errorf("%w: %s is no number of datasets", errParameters, name)
			}
		}
	}
	if q.publisher == "" && (q.theme != "" || q.first > 0 || q.count > 0) {
		return q, fmt.Errorf("%w: of which publisher?", errParameters)
	}
	return q, nil
}

// values are the parameters of a question.
func (q question) values() url.Values {
	v := url.Values{}
	for name, text := range map[string]string{"publisher": q.publisher, "theme": q.theme} {
		if text != "" {
			v.Set(name, text)
		}
	}
	for name, n := range map[string]int{"first": q.first, "count": q.count} {
		if n > 0 {
			v.Set(name, strconv.Itoa(n))
		}
	}
	return v
}

// fill draws the map that is asked for.
func (m *Pages) fill(v *view, r *http.Request) error {
	q, err := ask(r)
	if err != nil {
		return err
	}
	sn, table, err := m.portal.Finder.Current(r.Context())
	if err != nil {
		return err
	}
	defer sn.Close()
	v.Seq = sn.Seq()
	l := &looking{m: m, v: v, sn: sn, table: table, names: m.room.Namer(r, sn), ctx: r.Context()}
	if q.publisher != "" {
		return l.organisation(q)
	}
	v.Canonical = string(m.portal.Base) + "map"
	return l.overview()
}

// name is what a resource is called.
func (l *looking) name(iri string) string { return cmp.Or(l.names.Label(iri), l.names.Short(iri)) }

// href is the page about a resource.
func (l *looking) href(iri string) string {
	to, _ := l.names.Href(iri)
	return to
}

// to is an address of this server, in the language of the page.
func (l *looking) to(path string, q url.Values) string {
	link := l.v.Link(path)
	if len(q) == 0 {
		return link
	}
	if strings.Contains(link, "?") {
		return link + "&" + q.Encode()
	}
	return link + "?" + q.Encode()
}

// param is what stands for an organisation or theme in addresses.
func (l *looking) param(kind, iri string) string {
	if rest, ok := strings.CutPrefix(iri, string(l.m.portal.Base)+kind+"/"); ok && !strings.Contains(rest, "/") {
		return rest
	}
	return iri
}

// iri is what a parameter stands for.
func (l *looking) iri(kind, param string) string {
	if strings.Contains(param, ":") {
		return param
	}
	return string(l.m.portal.Base) + kind + "/" + param
}
