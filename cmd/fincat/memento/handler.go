package memento

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"fincat/sparql"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/store/moment"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
)

// Options say of what a [Handler] knows the past. Those without a default are needed.
type Options struct {
	Store  *store.Store
	Engine *sparql.Engine
	Base   dcat.Base
	Now    func() time.Time // default: time.Now
	// Page shows a browser why a time cannot be shown; default: it gets what programs get.
	Page func(w http.ResponseWriter, r *http.Request, p *protocol.Problem)
}

// Handler knows the past of a store. It may be used by several goroutines.
type Handler struct {
	Options
	mu      sync.Mutex
	entries []entry // of the log, without gaps
}

// New returns a handler.
func New(o Options) *Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Handler{Options: o}
}

// Register adds the routes of this package to mux, but for the page of differences.
func (h *Handler) Register(mux protocol.Mux) {
	mux.HandleFunc("GET /timemap/link/{path...}", h.TimeMap)
	mux.HandleFunc("GET /diff.csv", h.Diff)
	mux.HandleFunc("GET /diff.rdfp", h.Diff)
}

// kinds are the first segments of those addresses that can be asked for an earlier time.
// All others refuse the parameter at.
var kinds = []string{
	"agent", "catalog", "columns", "coverage", "dataset", "decision", "distribution", "entity", "example", "graph",
	"identifier", "link", "metric", "org", "orgkind", "orgrole", "quality", "record", "run", "saved", "scheme",
	"sector", "series", "service", "sparql", "standard", "theme",
}

// Timed reports whether a path, which begins with a slash, can be asked for an earlier time:
// the catalogue, queries, also saved ones, and the IRIs of our own.
func Timed(path string) bool {
	first, rest, more := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !more && (strings.HasPrefix(first, "catalog.") || strings.HasPrefix(first, "describe.")) {
		return true
	}
	if first == "catalog" || first == "sparql" {
		return first == "catalog" || rest == ""
	}
	return more && (slices.Contains(kinds, first) || first == "api" && strings.HasPrefix(rest, "query/"))
}

// elsewhere says where the past can be asked for.
const elsewhere = "the addresses of datasets, organisations and other resources, /catalog, /catalog.ttl and its " +
	"other syntaxes, and /sparql can, and /diff?from=TIME&to=TIME compares two times"

// Wrap has requests that ask about an earlier time answered with it. An address that can be
// asked is the TimeGate of itself (RFC 7089 §4.1.1): with Accept-Datetime it sends to the
// same address with the parameter at, whose answer is a Memento.
func (h *Handler) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := r.URL.Query()["at"]
		switch {
		case strings.HasPrefix(r.URL.Path, "/admin/"): // which knows its parameters itself
		case !Timed(r.URL.Path):
			if len(asked) > 0 {
				h.refuse(w, r, r.URL.Path+" cannot show an earlier time; "+elsewhere)
				return
			}
		case len(asked) > 1:
			h.refuse(w, r, fmt.Sprintf("there are %d parameters \"at\", one is allowed", len(asked)))
			return
		case len(asked) == 1:
			h.past(w, r, next, asked[0])
			return
		case len(r.Header.Values("Accept-Datetime")) > 0:
			h.gate(w, r, next)
			return
		default:
			w = &marked{ResponseWriter: w, mark: func(head http.Header, _ int) { h.present(head, r) }}
		}
		next.ServeHTTP(w, r)
	})
}

func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, detail string) {
	h.problem(w, r, &protocol.Problem{Status: http.StatusBadRequest, Detail: detail})
}

// problem says why an earlier time cannot be shown.
func (h *Handler) problem(w http.ResponseWriter, r *http.Request, p *protocol.Problem) {
	accept := r.Header.Get("Accept")
	if chosen, _ := rdfio.Negotiate(accept, "text/html", "application/problem+json"); h.Page != nil &&
		chosen == "text/html" && accept != "" && !strings.HasPrefix(accept, "*/*") {
		h.Page(w, r, p)
		return
	}
	protocol.WriteProblem(w, r, p)
}

// past answers as of the time that the parameter at names. In the future that is the present,
// as which it is answered.
func (h *Handler) past(w http.ResponseWriter, r *http.Request, next http.Handler, text string) {
	t, err := moment.Parse(text)
	var m moment.Moment
	if err == nil {
		m, err = moment.Find(h.Store, t, h.Now())
	}
	if err != nil {
		h.problem(w, r, protocol.ProblemOf(err))
		return
	}
	r = without(r)
	if !m.Settled {
		w = &marked{ResponseWriter: w, mark: func(head http.Header, _ int) { h.present(head, r) }}
		next.ServeHTTP(w, r)
		return
	}
	w = &marked{ResponseWriter: w, mark: func(head http.Header, status int) { h.memento(head, r, m, status) }}
	next.ServeHTTP(w, r.WithContext(moment.With(r.Context(), m)))
}

// without returns a request without the parameter at.
func without(r *http.Request) *http.Request {
	one, u := *r, *r.URL
	q := u.Query()
	q.Del("at")
	u.RawQuery, one.URL = q.Encode(), &u
	one.RequestURI = u.RequestURI()
	return &one
}

// gate sends who gives Accept-Datetime to the Memento: the newest that is not after it, or
// the first or last one when the time is outside of what is kept (RFC 7089 §4.5.3). A query
// that was posted is answered at once.
func (h *Handler) gate(w http.ResponseWriter, r *http.Request, next http.Handler) {
	given := strings.Join(r.Header.Values("Accept-Datetime"), ",")
	t, err := http.ParseTime(given)
	if err != nil {
		h.refuse(w, r, fmt.Sprintf("Accept-Datetime is %.60q: write a time such as %s", given,
			time.Date(2026, 11, 30, 4, 0, 0, 0, time.UTC).Format(http.TimeFormat)))
		return
	}
	m, err := moment.Find(h.Store, t.Add(time.Second-1), h.Now()) // Memento-Datetime has no fractions
	if early := (*moment.Error)(nil); errors.As(err, &early) {
		var ok bool
		if m, ok = moment.First(h.Store); ok {
			err = nil
		}
	}
	if err != nil {
		h.problem(w, r, protocol.ProblemOf(err))
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		next.ServeHTTP(w, r.WithContext(moment.With(r.Context(), m)))
		return
	}
	h.present(w.Header(), r)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	if memo := h.memo(r, m); len(memo) <= maxLinked {
		w.Header().Add("Link", link(memo, `memento`, m.Time))
	}
	http.Redirect(w, r, "/"+strings.TrimPrefix(h.memo(r, m), string(h.Base)), http.StatusFound)
}

// original is the address that a request is about, without a time.
func (h *Handler) original(r *http.Request) string {
	address := string(h.Base) + strings.TrimPrefix(r.URL.EscapedPath(), "/")
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	return address
}

// memo is the address of the Memento of what a request is about.
func (h *Handler) memo(r *http.Request, m moment.Moment) string { return at(h.original(r), m.Time) }

// at adds a time to an address.
func at(address string, t time.Time) string {
	mark := "?"
	if strings.Contains(address, "?") {
		mark = "&"
	}
	return address + mark + "at=" + url.QueryEscape(moment.Format(t))
}

// present marks the answer of an address that is asked for the present.
func (h *Handler) present(head http.Header, r *http.Request) {
	head.Add("Vary", "Accept-Datetime")
	h.links(head, r)
}

// maxLinked is the length of an address, in bytes, beyond which no head links to it, such as
// that of a long query: proxies take heads of some 4 KiB as a whole.
const maxLinked = 512

func (h *Handler) links(head http.Header, r *http.Request) {
	original := h.original(r)
	if len(original) > maxLinked {
		return
	}
	head.Add("Link", "<"+target(original)+`>; rel="original timegate"`)
	head.Add("Link", "<"+target(h.timeMap(original))+`>; rel="timemap"; type="application/link-format"`)
}

// keep is how long caches may keep a Memento. It stays what it is.
const keep = "public, max-age=86400, immutable"

// memento marks the answer of an address that is asked for an earlier time.
func (h *Handler) memento(head http.Header, r *http.Request, m moment.Moment, status int) {
	h.links(head, r)
	if status != http.StatusOK && status != http.StatusNotModified {
		return
	}
	head.Set("Memento-Datetime", m.Time.UTC().Format(http.TimeFormat))
	if head.Get("Cache-Control") == "no-cache" {
		head.Set("Cache-Control", keep)
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), ".")
	if (first == "catalog" || first == "sparql") && len(h.original(r)) <= maxLinked {
		h.neighbours(head, r, m)
	}
}

// neighbours links the Mementos beside one of the whole catalogue: every commit makes one.
func (h *Handler) neighbours(head http.Header, r *http.Request, m moment.Moment) {
	first, last := h.Store.Past().Reach(), h.Store.Seq()
	for _, x := range []struct {
		rel string
		seq uint64
	}{{"first memento", first}, {"prev memento", m.Seq - 1}, {"next memento", m.Seq + 1}, {"last memento", last}} {
		t, ok := h.Store.Past().Time(x.seq)
		if ok && first <= x.seq && x.seq <= last {
			head.Add("Link", link(at(h.original(r), t), x.rel, t))
		}
	}
}

func link(address, rel string, t time.Time) string {
	return fmt.Sprintf(`<%s>; rel="%s"; datetime="%s"`, target(address), rel, t.UTC().Format(http.TimeFormat))
}

// target is an address as it stands between angle brackets.
func target(address string) string {
	return strings.NewReplacer("<", "%3C", ">", "%3E", `"`, "%22", " ", "%20").Replace(address)
}

// marked adds to the head of an answer when its status is known.
type marked struct {
	http.ResponseWriter
	mark func(head http.Header, status int)
	done bool
}

// WriteHeader implements [http.ResponseWriter].
func (m *marked) WriteHeader(status int) {
	if !m.done && status >= 200 {
		m.done = true
		m.mark(m.Header(), status)
	}
	m.ResponseWriter.WriteHeader(status)
}

// Write implements [io.Writer].
func (m *marked) Write(b []byte) (int, error) {
	if !m.done {
		m.WriteHeader(http.StatusOK)
	}
	return m.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (m *marked) Unwrap() http.ResponseWriter { return m.ResponseWriter }
