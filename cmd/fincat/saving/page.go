package saving

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/portal"
	"fincat/harvest/queries/saved"
	"fincat/sparql/protocol"
	"fincat/store"
)

func newBody(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }

// page is what all pages have.
type page struct {
	portal.Frame
	Signed bool   // the visitor has signed in
	SignIn string // where that is done; "" where nobody can
	Draft  saved.Draft
	API    string
}

func (h *Handler) page(r *http.Request, title string) (page, access.Identity) {
	p := page{Frame: h.room.Frame(r, title), API: string(h.o.Base) + "api/query/"}
	var who access.Identity
	if h.o.Accounts != nil {
		p.SignIn = "/account?" + url.Values{"next": {r.URL.RequestURI()}}.Encode()
		who, p.Signed = h.o.Accounts.Identify(r)
	}
	p.Signed = p.Signed && !h.o.ReadOnly
	return p, who
}

// row is a query in a list.
type row struct{ Title, Href, Name, Author, Day string }

const perPage = 100

// list shows the queries with titles by name, and the form for another one; it takes what that
// form sends.
func (h *Handler) list(w http.ResponseWriter, r *http.Request) error {
	w.Header().Add("Vary", "Accept")
	if r.Method == http.MethodPost {
		return h.save(w, r)
	}
	if err := protocol.CheckParams(r, "page", "query", "lang"); err != nil {
		return err
	}
	n := 1
	if text := r.URL.Query().Get("page"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 || n > saved.MaxQueries {
			return bad("page=%.20q: want a number from 1", text)
		}
	}
	var list []*saved.Query
	var total int
	err := h.snapshot(r, func(sn *store.Snapshot) (err error) {
		list, total, err = saved.Titled(r.Context(), sn, h.o.Base, (n-1)*perPage, perPage)
		return err
	})
	if err != nil {
		return err
	}
	if protocol.Wants(r) != "text/html" {
		out := []queryJSON{}
		for _, q := range list {
			out = append(out, h.json(q))
		}
		return access.WriteJSON(w, http.StatusOK, out)
	}
	data := struct {
		page
		Rows         []row
		Total        int
		Older, Newer string
	}{Total: total}
	data.page, _ = h.page(r, "saved")
	data.Draft.Text = r.URL.Query().Get("query")
	for _, q := range list {
		data.Rows = append(data.Rows, row{q.Newest().Title, data.Link("/saved/" + q.Name), q.Name, q.Newest().Author,
			day(q.Newest().Made)})
	}
	if n*perPage < total {
		data.Older = "/saved?" + turned(r, n+1)
	}
	if n > 1 {
		data.Newer = "/saved?" + turned(r, n-1)
	}
	h.room.Render(w, r, http.StatusOK, "saved-list", data)
	return nil
}

func turned(r *http.Request, n int) string {
	q := r.URL.Query()
	q.Set("page", strconv.Itoa(n))
	return q.Encode()
}

// field is a parameter in a form.
type field struct {
	Name, Type, Kind, Value string // Kind is that of the field
	Required                bool
}

// one shows a query, or one of its versions, and takes what its forms send.
func (h *Handler) one(w http.ResponseWriter, r *http.Request) error {
	w.Header().Add("Vary", "Accept")
	switch {
	case r.Method == http.MethodPost:
		return h.save(w, r)
	case r.Method == http.MethodDelete:
		return h.remove(w, r)
	case protocol.Wants(r) == "":
		h.o.Resource.ServeHTTP(w, r)
		return nil
	}
	var x found
	err := h.snapshot(r, func(sn *store.Snapshot) (err error) {
		x, err = h.find(r, sn)
		return err
	})
	if err == nil && x.Example {
		err = saved.ErrNone
	}
	if err != nil {
		return err
	}
	if protocol.Wants(r) == "application/json" {
		if err := protocol.CheckParams(r); err != nil {
			return err
		}
		return access.WriteJSON(w, http.StatusOK, h.json(x.Query))
	}
	if params := r.URL.Query(); asks(params) {
		text, err := bind(x.Text, params)
		if err != nil {
			return err
		}
		return h.open(w, r, text)
	}
	return h.show(w, r, x)
}

// asks reports whether a form of parameters was sent.
func asks(params url.Values) bool {
	for name := range params {
		if !saved.IsProtocol(name) {
			return true
		}
	}
	return false
}

// open sends the browser to the query page.
func (h *Handler) open(w http.ResponseWriter, r *http.Request, text string) error {
	q := url.Values{"query": {text}}
	if lang := r.URL.Query().Get("lang"); lang != "" {
		q.Set("lang", lang)
	}
	http.Redirect(w, r, "/query?"+q.Encode(), http.StatusSeeOther)
	return nil
}

func (h *Handler) show(w http.ResponseWriter, r *http.Request, x found) error {
	data := struct {
		page
		X        found
		IRI, Own string // the address for readers; the path that has it
		Day      string
		Newest   bool
		May      bool
		Fields   []field
		Editor   string
		Answer   string // path below /api/query
		Feed     string
		Embed    string // code that shows a chart elsewhere
		Versions []row
	}{X: x, IRI: saved.IRI(h.o.Base, x.Name), Own: "/saved/" + x.Name, Day: day(x.Made),
		Answer: "/api/query/" + x.Name,
		Newest: x.Number == x.Query.Newest().Number}
	var who access.Identity
	data.page, who = h.page(r, "saved")
	data.Title = x.Title
	if data.Title == "" {
		data.Title = data.L.T("saved.link")
	}
	if r.PathValue("version") != "" {
		n := "/" + strconv.Itoa(x.Number)
		data.IRI, data.Own, data.Answer = data.IRI+n, data.Own+n, data.Answer+n
	}
	data.Draft = saved.Draft{Name: x.Name, Title: x.Title, Text: x.Text}
	data.May = data.Signed && data.Newest && !x.Short() && may(who, x.Owner())
	editor := url.Values{"query": {x.Text}}
	if data.Lang != "" {
		editor.Set("lang", data.Lang)
	}
	data.Editor = "/query?" + editor.Encode()
	list, err := saved.Parameters(x.Text)
	if err != nil {
		return err
	}
	for _, p := range list {
		kind := map[string]string{"iri": "url", "integer": "number", "date": "date"}[p.Type()]
		if kind == "" {
			kind = "text"
		}
		data.Fields = append(data.Fields, field{p.Name, p.Type(), kind, p.Default, !p.Optional && p.Default == ""})
	}
	data.Embed = h.embedding(x, data.Answer, data.Title)
	if follows(x.Text) {
		data.Feed = "/feed/atom.xml?" + url.Values{"query": {"saved/" + x.Name}}.Encode()
	}
	for _, v := range x.Versions {
		data.Versions = append(data.Versions, row{Title: v.Title, Name: strconv.Itoa(v.Number), Author: v.Author,
			Href: data.Link("/saved/" + x.Name + "/" + strconv.Itoa(v.Number)), Day: day(v.Made)})
	}
	h.room.Render(w, r, http.StatusOK, "saved-query", data)
	return nil
}

// follows reports whether the datasets of a query can be followed: it is a SELECT query with the
// variable dataset and needs no values.
func follows(text string) bool {
	bound, err := saved.Bind(text, nil)
	return err == nil && saved.Selects(bound, "dataset")
}

var taipei = time.FixedZone("Asia/Taipei", 8*3600)

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(taipei).Format("2006-01-02 15:04")
}
