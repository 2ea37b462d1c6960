package saving

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/portal"
	"fincat/harvest/queries"
	"fincat/harvest/queries/saved"
	"fincat/sparql"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/store/moment"
	"fincat/vocab/dcat"
)

//go:embed templates/*.html
var assets embed.FS

// Options say what a [Handler] works with. All without a default are needed.
type Options struct {
	Store    *store.Store
	Engine   *sparql.Engine
	Base     dcat.Base
	Queries  *queries.Bank
	Portal   *portal.Portal  // in whose frame the pages are
	Accounts portal.Accounts // who has signed in; default: nobody can
	ReadOnly bool
	Endpoint http.Handler // answers /sparql
	Resource http.Handler // answers whoever prefers RDF to a page
	Logger   *slog.Logger // default: nothing is logged
}

// Handler answers the routes. It is safe for concurrent use.
type Handler struct {
	o    Options
	room *portal.Room
	mu   sync.Mutex // held while something is saved or taken away
}

// New returns a handler for a portal that has not shown a page yet.
func New(o Options) (*Handler, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	room, err := portal.NewRoom(o.Portal, portal.RoomOptions{Pages: assets, Texts: texts, Section: "query"})
	return &Handler{o: o, room: room}, err
}

// AddTo adds the routes of pages, which have to wait for their turn, and those that the endpoint
// answers.
func (h *Handler) AddTo(pages, answers map[string]http.Handler) {
	for route, f := range map[string]func(http.ResponseWriter, *http.Request) error{
		"/saved": h.list, "/saved/{name}": h.one, "/saved/{name}/{version}": h.one,
	} {
		pages[route] = h.room.Taking(func(w http.ResponseWriter, r *http.Request) {
			if err := f(w, r); err != nil {
				h.fail(w, r, err)
			}
		})
	}
	answers["/api/query/{name}"] = http.HandlerFunc(h.ask)
	answers["/api/query/{name}/{version}"] = answers["/api/query/{name}"]
	answers["/api/query/{name}/chart.svg"] = http.HandlerFunc(h.chart)
	answers["/api/query/{name}/{version}/chart.svg"] = answers["/api/query/{name}/chart.svg"]
}

// fail says to people and programs why something cannot be done.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	problem := problemOf(err)
	if problem.Status >= http.StatusInternalServerError {
		h.o.Logger.WarnContext(r.Context(), "saved queries", "path", r.URL.Path, "status", problem.Status,
			"error", err)
	}
	if protocol.Wants(r) != "text/html" {
		protocol.WriteProblem(w, r, problem)
		return
	}
	page := struct {
		portal.Frame
		Detail string
	}{h.room.Frame(r, "saved.failed"), problem.Detail}
	h.room.Render(w, r, problem.Status, "saved-problem", page)
}

// problemOf says what status an error has.
func problemOf(err error) *protocol.Problem {
	var draft *saved.DraftError
	var value *saved.ValueError
	switch {
	case errors.Is(err, saved.ErrNone):
		return &protocol.Problem{Status: http.StatusNotFound, Detail: err.Error()}
	case errors.As(err, &value):
		return &protocol.Problem{Status: http.StatusBadRequest, Detail: err.Error()}
	case errors.As(err, &draft) && draft.Taken:
		return &protocol.Problem{Status: http.StatusConflict, Detail: err.Error()}
	case errors.As(err, &draft):
		return &protocol.Problem{Status: http.StatusUnprocessableEntity, Detail: err.Error()}
	}
	return protocol.ProblemOf(err)
}

func bad(format string, args ...any) error {
	return &protocol.Problem{Status: http.StatusBadRequest, Detail: fmt.Sprintf(format, args...)}
}

// found is a saved query, or an example of the program, and the version that is asked for.
type found struct {
	*saved.Query
	saved.Version
	Example bool
}

// find returns what a request names.
func (h *Handler) find(r *http.Request, sn *store.Snapshot) (found, error) {
	name, version := r.PathValue("name"), r.PathValue("version")
	q, err := saved.Find(r.Context(), sn, h.o.Base, name)
	if e, ok := h.o.Queries.Example(name); ok && errors.Is(err, saved.ErrNone) && version == "" {
		return found{Version: saved.Version{Title: e.EN, Text: e.Text}, Example: true}, nil
	}
	if err != nil {
		return found{}, err
	}
	x := found{Query: q, Version: q.Newest()}
	if version != "" {
		n, err := strconv.Atoi(version)
		v, ok := q.Version(n)
		if err != nil || !ok || strconv.Itoa(n) != version {
			return found{}, fmt.Errorf("%w: %s has versions 1 to %d", saved.ErrNone, name, q.Newest().Number)
		}
		x.Version = v
	}
	return x, nil
}

// snapshot opens the state that a request is about.
func (h *Handler) snapshot(r *http.Request, f func(*store.Snapshot) error) error {
	m, _ := moment.From(r.Context())
	sn, err := h.o.Engine.SnapshotAt(r.Context(), m.Seq)
	if err != nil {
		return err
	}
	defer sn.Close()
	return f(sn)
}

// draftOf reads what is to be saved: a form, or JSON with the same names.
func draftOf(w http.ResponseWriter, r *http.Request) (d saved.Draft, remove bool, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, 4*saved.MaxText)
	var in struct {
		Name, Title, Query string
		Remove             bool
	}
	switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind {
	case "application/json":
		dec := json.NewDecoder(r.Body)
		dec.DisallowUnknownFields()
		err = dec.Decode(&in)
	case "application/x-www-form-urlencoded":
		if err = r.ParseForm(); err == nil {
			in.Name, in.Title, in.Query = r.PostForm.Get("name"), r.PostForm.Get("title"), r.PostForm.Get("query")
			in.Remove = r.PostForm.Get("remove") == "yes"
		}
	default:
		return d, false, &protocol.Problem{Status: http.StatusUnsupportedMediaType,
			Detail: "the body has to be a form or JSON: query, and for one with a name also name and title"}
	}
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return d, false, &protocol.Problem{Status: http.StatusRequestEntityTooLarge,
			Detail: fmt.Sprintf("a query that is saved is at most %d bytes long", saved.MaxText)}
	}
	if err != nil {
		err = bad("the body cannot be read: %v", err)
	}
	return saved.Draft{Name: strings.TrimSpace(in.Name), Title: in.Title, Text: in.Query}, in.Remove, err
}

// save keeps what a request sends, under a name of its own or that of the address.
func (h *Handler) save(w http.ResponseWriter, r *http.Request) error {
	if h.o.ReadOnly {
		return store.ErrReadOnly
	}
	name := r.PathValue("name")
	d, remove, err := draftOf(w, r)
	if err != nil {
		return err
	}
	if remove && name != "" {
		return h.remove(w, r)
	}
	if name != "" && d.Name != "" && d.Name != name {
		return bad("the name in the body is not that of the address")
	}
	if name != "" {
		d.Name = name
	}
	if _, ok := h.o.Queries.Example(d.Name); ok {
		return &saved.DraftError{Taken: true, Detail: d.Name + " is an example of the program: choose another name"}
	}
	who, _ := access.From(r)
	d.Author, d.Now = who.Name, time.Now()
	d.May = func(owner string) bool { return may(who, owner) }
	h.mu.Lock()
	q, commit, err := saved.Save(r.Context(), h.o.Store, h.o.Base, d)
	h.mu.Unlock()
	if err != nil {
		return err
	}
	status := http.StatusOK
	if commit.Seq > 0 {
		w.Header().Set(protocol.CommitHeader, strconv.FormatUint(commit.Seq, 10))
		status = http.StatusCreated
	}
	if protocol.Wants(r) == "text/html" {
		http.Redirect(w, r, h.room.Frame(r, "").Link("/saved/"+q.Name), http.StatusSeeOther)
		return nil
	}
	w.Header().Set("Location", saved.IRI(h.o.Base, q.Name))
	return access.WriteJSON(w, status, h.json(q))
}

// may reports whether somebody may change a query.
func may(who access.Identity, owner string) bool {
	return who.Name == owner || who.Role.Includes(access.Maintainer)
}

func (h *Handler) remove(w http.ResponseWriter, r *http.Request) error {
	if h.o.ReadOnly {
		return store.ErrReadOnly
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	who, _ := access.From(r)
	var q *saved.Query
	err := h.snapshot(r, func(sn *store.Snapshot) (err error) {
		q, err = saved.Find(r.Context(), sn, h.o.Base, r.PathValue("name"))
		return err
	})
	if err != nil {
		return err
	}
	if !may(who, q.Owner()) {
		return &protocol.Problem{Status: http.StatusForbidden,
			Detail: fmt.Sprintf("%s is a query of %s: that one or a maintainer can take it away", q.Name, q.Owner())}
	}
	commit, err := saved.Remove(r.Context(), h.o.Store, h.o.Base, q.Name, who.Name)
	if err != nil {
		return err
	}
	w.Header().Set(protocol.CommitHeader, strconv.FormatUint(commit.Seq, 10))
	if protocol.Wants(r) == "text/html" {
		http.Redirect(w, r, h.room.Frame(r, "").Link("/saved"), http.StatusSeeOther)
		return nil
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// queryJSON is a saved query for programs.
type queryJSON struct {
	Name       string        `json:"name"`
	Title      string        `json:"title,omitempty"`
	Address    string        `json:"address"`
	API        string        `json:"api"`
	Query      string        `json:"query"`
	Parameters []paramJSON   `json:"parameters"`
	Versions   []versionJSON `json:"versions"`
}

type paramJSON struct {
	Name     string `json:"name"`
	Type     string `json:"type"` // iri, a datatype of XML Schema, or the language of a text
	Required bool   `json:"required"`
	Default  string `json:"default,omitempty"`
}

type versionJSON struct {
	Address string    `json:"address"`
	API     string    `json:"api"`
	Author  string    `json:"author"`
	Made    time.Time `json:"made"`
}

func (h *Handler) api(name string) string { return string(h.o.Base) + "api/query/" + name }

func (h *Handler) json(q *saved.Query) queryJSON {
	out := queryJSON{Name: q.Name, Title: q.Newest().Title, Address: saved.IRI(h.o.Base, q.Name), API: h.api(q.Name),
		Query: q.Newest().Text, Parameters: []paramJSON{}}
	list, _ := saved.Parameters(q.Newest().Text) // what is saved has been checked
	for _, p := range list {
		out.Parameters = append(out.Parameters, paramJSON{p.Name, p.Type(), !p.Optional && p.Default == "", p.Default})
	}
	for _, v := range q.Versions {
		n := "/" + strconv.Itoa(v.Number)
		out.Versions = append(out.Versions, versionJSON{saved.IRI(h.o.Base, q.Name) + n, h.api(q.Name) + n,
			v.Author, v.Made})
	}
	return out
}

// ask answers a query: its parameters are bound, and the endpoint does the rest.
func (h *Handler) ask(w http.ResponseWriter, r *http.Request) {
	sub, _, err := h.bound(w, r)
	if err != nil {
		protocol.WriteProblem(w, r, problemOf(err))
		return
	}
	h.o.Endpoint.ServeHTTP(w, sub)
}

// bound returns the request to the endpoint that a request for a saved query means, and the title
// of the query.
func (h *Handler) bound(w http.ResponseWriter, r *http.Request) (sub *http.Request, title string, err error) {
	if r.Method == http.MethodOptions {
		return to(r, "", ""), "", nil
	}
	params := r.URL.Query()
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, 4*saved.MaxText)
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if kind != "application/x-www-form-urlencoded" {
			return nil, "", &protocol.Problem{Status: http.StatusUnsupportedMediaType,
				Detail: "parameters are sent as application/x-www-form-urlencoded"}
		}
		if err := r.ParseForm(); err != nil {
			return nil, "", bad("the form cannot be read: %v", err)
		}
		params = r.Form
	}
	var text string
	err = h.snapshot(r.WithContext(moment.With(r.Context(), moment.Moment{})), func(sn *store.Snapshot) error {
		x, err := h.find(r, sn)
		if err != nil {
			return err
		}
		title = x.Title
		text, err = bind(x.Text, params)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	rest := url.Values{"query": {text}}
	for _, name := range saved.Protocol {
		if values, ok := params[name]; ok && name != "lang" {
			rest[name] = values
		}
	}
	if r.Method == http.MethodPost {
		return to(r, "", rest.Encode()), title, nil
	}
	return to(r, rest.Encode(), ""), title, nil
}

// bind puts the parameters of an address in their places. One that is empty, as forms send it,
// is not given.
func bind(text string, params url.Values) (string, error) {
	values := map[string]string{}
	for name, list := range params {
		switch {
		case saved.IsProtocol(name):
			continue
		case len(list) > 1:
			return "", &saved.ValueError{Detail: fmt.Sprintf("the parameter %.40q is given %d times", name, len(list))}
		case list[0] != "":
			values[name] = list[0]
		}
	}
	return saved.Bind(text, values)
}

// to returns a request for the endpoint like r, with other parameters.
func to(r *http.Request, query, form string) *http.Request {
	sub := r.Clone(r.Context())
	sub.URL = &url.URL{Path: "/sparql", RawQuery: query}
	sub.RequestURI = sub.URL.RequestURI()
	sub.Form, sub.PostForm, sub.Pattern = nil, nil, ""
	if r.Method == http.MethodPost {
		sub.Header.Del("Content-Encoding")
		sub.Body, sub.ContentLength = newBody(form), int64(len(form))
	}
	return sub
}
