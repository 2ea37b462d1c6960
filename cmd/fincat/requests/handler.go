package requests

import (
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/portal"
	core "fincat/harvest/requests"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/vocab/dcat"
)

//go:embed templates/*.html static/*
var assets embed.FS

// Options say what a [Handler] works with. All without a default are needed.
type Options struct {
	Book     *core.Book // default: one that shows what is in the store, and takes nothing
	Store    *store.Store
	Base     dcat.Base
	Portal   *portal.Portal     // in whose frame the pages are
	Accounts portal.Accounts    // who has signed in; default: nobody can
	Resource http.Handler       // answers whoever prefers RDF to a page
	Note     func(access.Entry) // keeps in the audit log what is done by the link in a mail
	Logger   *slog.Logger       // default: nothing is logged
}

// Handler answers the routes. It is safe for concurrent use.
type Handler struct {
	o         Options
	book      *core.Book
	room      *portal.Room
	origin    *http.CrossOriginProtection
	directory *dcat.Directory
}

// New returns a handler for a portal that has not shown a page yet.
func New(o Options) (*Handler, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	directory, err := dcat.NewDirectory()
	if err != nil {
		return nil, err
	}
	if o.Book == nil {
		if o.Book, err = core.New(core.Options{Store: o.Store, Base: o.Base, Directory: directory}); err != nil {
			return nil, err
		}
	}
	room, err := portal.NewRoom(o.Portal, portal.RoomOptions{Pages: assets, Texts: texts(), Section: "requests"})
	return &Handler{o: o, book: o.Book, room: room, origin: http.NewCrossOriginProtection(), directory: directory}, err
}

// AddTo adds the routes.
func (h *Handler) AddTo(routes map[string]http.Handler) {
	for _, x := range []struct {
		route string
		f     func(http.ResponseWriter, *http.Request) error
		known []string
	}{
		{"/requests", h.list, []string{"lang", "page", "state", "kind", "organisation", "dataset"}},
		{"/requests/new", h.file, []string{"lang", "dataset", "title"}},
		{"/requests/similar", h.alike, []string{"q"}},
		{"/requests/mail", h.mail, []string{"lang", "case", "key", "for"}},
		{"/requests/queue", h.queue, []string{"lang"}},
		{"/requests/figures", h.figures, []string{"lang", "format"}},
		{"/requests/feed.xml", h.feed, []string{"organisation", "state", "kind", "dataset"}},
		{"/request/{id}", h.one, nil},
		{"/request/{id}/support", h.support, []string{"lang"}},
		{"/admin/requests", h.all, []string{}},
		{"/admin/requests/{id}", h.act, []string{}},
		{"/admin/requests/forget", h.forget, []string{}},
	} {
		routes[x.route] = h.room.Taking(func(w http.ResponseWriter, r *http.Request) {
			err := h.sameSite(r)
			if err == nil {
				err = x.f(w, r)
			}
			if err != nil {
				h.fail(w, r, err)
			}
		}, x.known...)
	}
	routes["/requests/static/{name}"] = portal.Static(assets)
}

// sameSite refuses what the page of another site makes a browser send.
func (h *Handler) sameSite(r *http.Request) error {
	if err := h.origin.Check(r); err != nil {
		return &protocol.Problem{Status: http.StatusForbidden, Detail: "forms of other sites are not taken here"}
	}
	return nil
}

// page is what all pages have.
type page struct {
	portal.Frame
	Takes  bool
	Signed bool   // the visitor has signed in
	May    bool   // and may moderate
	SignIn string // where that is done; "" where nobody can
}

func (h *Handler) page(r *http.Request, title string) (page, access.Identity) {
	p := page{Frame: h.room.Frame(r, title), Takes: h.book.Takes()}
	var who access.Identity
	if h.o.Accounts != nil {
		p.SignIn = "/account"
		who, p.Signed = h.o.Accounts.Identify(r)
		p.May = p.Signed && who.Role.Includes(access.Maintainer)
	}
	return p, who
}

// fail says to people and programs why something cannot be done.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	problem := problemOf(err)
	if problem.Status >= http.StatusInternalServerError && !errors.Is(err, core.ErrOff) {
		h.o.Logger.WarnContext(r.Context(), "requests", "path", r.URL.Path, "status", problem.Status, "error", err)
	}
	if problem.Status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", retryAfter)
	}
	if protocol.Wants(r) != "text/html" {
		protocol.WriteProblem(w, r, problem)
		return
	}
	data := struct {
		page
		Detail string
	}{}
	data.page, _ = h.page(r, "req.failed")
	data.Detail = detail(&data.page, err)
	h.room.Render(w, r, problem.Status, "req-problem", data)
}

// retryAfter are the seconds after which one client may send more.
const retryAfter = "3600"

// detail says what is wrong in the language of a page.
func detail(p *page, err error) string {
	if text, ok := core.Chinese(err); ok && langOf(p) == "zh" {
		return text
	}
	return problemOf(err).Detail
}

// problemOf says what status an error has.
func problemOf(err error) *protocol.Problem {
	status := 0
	var input *core.InputError
	switch {
	case errors.Is(err, core.ErrNone):
		status = http.StatusNotFound
	case errors.Is(err, core.ErrChanged):
		status = http.StatusConflict
	case errors.Is(err, core.ErrMany):
		status = http.StatusTooManyRequests
	case errors.Is(err, core.ErrOff):
		status = http.StatusServiceUnavailable
	case errors.Is(err, core.ErrKey), errors.Is(err, core.ErrRole):
		status = http.StatusForbidden
	case errors.As(err, &input):
		status = http.StatusUnprocessableEntity
	default:
		return protocol.ProblemOf(err)
	}
	return &protocol.Problem{Status: status, Detail: err.Error()}
}

func bad(format string, args ...any) error {
	return &protocol.Problem{Status: http.StatusBadRequest, Detail: fmt.Sprintf(format, args...)}
}

// maxBody is what a form or JSON may have: each text in its longest form, percent-encoded.
const maxBody = 128 << 10

// form reads what a form sends.
func form(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	err := r.ParseForm()
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return &protocol.Problem{Status: http.StatusRequestEntityTooLarge,
			Detail: fmt.Sprintf("a form has at most %d bytes", maxBody)}
	}
	if err != nil {
		return bad("the form cannot be read: %v", err)
	}
	for name, values := range r.PostForm {
		if len(values) > 1 && name != "near" {
			return bad("%.40q is there %d times", name, len(values))
		}
	}
	return nil
}

// committed names the commits of a change.
func committed(w http.ResponseWriter, list ...store.Commit) {
	var names []string
	for _, c := range list {
		if c.Seq > 0 {
			names = append(names, strconv.FormatUint(c.Seq, 10))
		}
	}
	if len(names) > 0 {
		w.Header().Set(protocol.CommitHeader, strings.Join(names, ","))
	}
}

// whoOf is who acts.
func whoOf(id access.Identity) core.Who {
	w := core.Who{Author: id.Name, Central: id.Role.Includes(access.Maintainer)}
	if id.Role == access.Provider {
		w.Organisation = id.Organisation
	}
	return w
}
