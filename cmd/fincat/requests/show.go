package requests

import (
	"cmp"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"fincat/cmd/fincat/access"
	"fincat/harvest/feed/atom"
	core "fincat/harvest/requests"
	"fincat/sparql/protocol"
	"fincat/vocab/sheet"
)

var taipei = time.FixedZone("Asia/Taipei", 8*3600)

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(taipei).Format(time.DateOnly)
}

// row is a case in a list.
type row struct{ Title, Href, Kind, State, Organisation, Due, Filed, Support string }

func (h *Handler) row(p *page, x *core.Case) row {
	lang := langOf(p)
	out := row{Title: x.Title, Href: p.Link("/" + x.Path()), Kind: say(lang, core.Kinds[x.Kind]),
		State: say(lang, core.States[x.State]), Organisation: h.organisation(lang, x.Organisation), Due: day(x.Due),
		Filed: day(x.Filed)}
	if x.Kind == core.Request {
		out.Support = strconv.Itoa(x.Support)
	}
	return out
}

// organisation is the name of one of the directory.
func (h *Handler) organisation(lang, id string) string {
	if o, ok := h.directory.ByID(id); ok {
		return say(lang, core.Label{ZH: o.NameZH, EN: o.NameEN})
	}
	return id
}

// chosen returns the cases that the parameters of a list choose.
func (h *Handler) chosen(q url.Values) []*core.Case {
	is := func(name, value string) bool { return q.Get(name) == "" || q.Get(name) == value }
	return slices.DeleteFunc(h.book.List(), func(x *core.Case) bool {
		d := q.Get("dataset")
		about := d == "" || slices.Contains(x.Datasets, d) || x.Result == d
		return !about || !is("state", string(x.State)) || !is("kind", string(x.Kind)) ||
			!is("organisation", x.Organisation)
	})
}

const perPage = 50

// list shows the published cases, the newest first.
func (h *Handler) list(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	n := 1
	if text := q.Get("page"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 || n > core.MaxCases {
			return bad("page=%.20q: want a number from 1", text)
		}
	}
	all := h.chosen(q)
	if protocol.Wants(r) == "application/json" {
		return access.WriteJSON(w, http.StatusOK, all[min(len(all), (n-1)*perPage):min(len(all), n*perPage)])
	}
	data := struct {
		page
		Rows          []row
		Total         int
		Older, Newer  string
		Dataset, Feed string
		New           string
		States, Kinds []choice
		Waiting       int
	}{Total: len(all), Dataset: q.Get("dataset")}
	data.page, _ = h.page(r, "req.title")
	lang := langOf(&data.page)
	for _, x := range all[min(len(all), (n-1)*perPage):min(len(all), n*perPage)] {
		data.Rows = append(data.Rows, h.row(&data.page, x))
	}
	turned := func(n int) string { q.Set("page", strconv.Itoa(n)); return "/requests?" + q.Encode() }
	if n*perPage < len(all) {
		data.Older = turned(n + 1)
	}
	if n > 1 {
		data.Newer = turned(n - 1)
	}
	for _, s := range []core.State{"", core.Accepted, core.Responsible, core.Assessment, core.Tracking, core.Refused,
		core.Closed, core.Answered} {
		data.States = append(data.States, choice{string(s), say(lang, core.States[s]), q.Get("state") == string(s)})
	}
	for _, k := range []core.Kind{"", core.Request, core.Question, core.Fault} {
		data.Kinds = append(data.Kinds, choice{string(k), say(lang, core.Kinds[k]), q.Get("kind") == string(k)})
	}
	fresh := url.Values{}
	for _, name := range []string{"dataset", "lang"} {
		if q.Has(name) {
			fresh.Set(name, q.Get(name))
		}
	}
	data.New = "/requests/new?" + fresh.Encode()
	q.Del("page")
	q.Del("lang")
	data.Feed = "/requests/feed.xml?" + q.Encode()
	if data.May {
		data.Waiting = len(h.book.Queue())
	}
	h.room.Render(w, r, http.StatusOK, "req-list", data)
	return nil
}

// step is a step of a case on its page.
type step struct{ At, State, By, Text string }

// fact is a line about a case.
type fact struct{ Label, Text, Href string }

// showing is the page of a case.
type showing struct {
	page
	X              *core.Case
	Kind, State    string
	Facts          []fact
	Steps          []step
	Acts           bool
	Actions        []choice
	Reasons        []choice
	Orgs           []choice
	Likely         []near // datasets that may be what was asked for
	Failed         error  // what could not be done
	Wrong          string
	Sent           core.Step
	Conflict       bool
	Supports, Demo bool
}

// one shows a case, and takes what its forms send.
func (h *Handler) one(w http.ResponseWriter, r *http.Request) error {
	w.Header().Add("Vary", "Accept")
	x, err := h.book.Find(r.PathValue("id"))
	if err != nil {
		return err
	}
	if r.Method != http.MethodPost {
		if protocol.Wants(r) == "" {
			h.o.Resource.ServeHTTP(w, r)
			return nil
		}
		if err := protocol.CheckParams(r, "lang"); err != nil {
			return err
		}
		if protocol.Wants(r) == "application/json" {
			return access.WriteJSON(w, http.StatusOK, x)
		}
		return h.show(w, r, http.StatusOK, showing{X: x})
	}
	if err := form(w, r); err != nil {
		return err
	}
	id, _ := access.From(r)
	v := r.PostForm
	s := core.Step{Action: v.Get("action"), Text: v.Get("text"), Reason: v.Get("reason"),
		Organisation: v.Get("organisation"), Expected: v.Get("expected"), Result: v.Get("result")}
	if s.Version, err = strconv.Atoi(v.Get("version")); err != nil {
		return bad("version=%.20q: want the number of the version that was shown", v.Get("version"))
	}
	now, done, err := h.book.Act(r.Context(), whoOf(id), x.ID, s)
	committed(w, done)
	var input *core.InputError
	switch {
	case err == nil:
		http.Redirect(w, r, h.room.Frame(r, "").Link("/"+now.Path()), http.StatusSeeOther)
		return nil
	case protocol.Wants(r) == "text/html" && (errors.Is(err, core.ErrChanged) || errors.As(err, &input)):
		was := err
		if x, err := h.book.Find(x.ID); err == nil { // as it is now, and what was written beside it
			return h.show(w, r, problemOf(was).Status, showing{X: x, Sent: s, Failed: was, Conflict: input == nil})
		}
	}
	return err
}

func (h *Handler) show(w http.ResponseWriter, r *http.Request, status int, data showing) error {
	x := data.X
	var who access.Identity
	data.page, who = h.page(r, "req.title")
	data.Title, data.Demo = x.Title, x.Demo
	if data.Failed != nil {
		data.Wrong = detail(&data.page, data.Failed)
	}
	lang := langOf(&data.page)
	data.Kind, data.State = say(lang, core.Kinds[x.Kind]), say(lang, core.States[x.State])
	if err := h.facts(r, &data, lang); err != nil {
		return err
	}
	for _, e := range x.Events {
		s := step{At: e.At.In(taipei).Format("2006-01-02 15:04"), State: say(lang, core.States[e.State]), Text: e.Text,
			By: h.organisation(lang, e.By)}
		if e.Auto {
			s.By = data.L.T("req.auto")
		}
		data.Steps = append(data.Steps, s)
	}
	data.Supports = x.Kind == core.Request && data.Takes && x.End().IsZero()
	may, central := h.book.Rights(x, whoOf(who))
	if data.Signed && may {
		if err := h.acts(r, &data, lang, central); err != nil {
			return err
		}
	}
	h.room.Render(w, r, status, "req-case", data)
	return nil
}

// facts are what is known of a case.
func (h *Handler) facts(r *http.Request, data *showing, lang string) error {
	x, l := data.X, data.L
	add := func(key, text, href string) {
		if text != "" {
			data.Facts = append(data.Facts, fact{l.T(key), text, href})
		}
	}
	add("req.organisation", h.organisation(lang, x.Organisation), "/org/"+x.Organisation)
	for _, s := range h.sectorChoices(lang, "") {
		if s.Value == x.Sector && x.Sector != "" {
			add("req.sector", s.Text, "")
		}
	}
	add("req.purpose", x.Purpose, "")
	add("req.filed", day(x.Filed), "")
	add("req.due", day(x.Due), "")
	if x.Answered.IsZero() {
		add("req.answerDue", day(x.AnswerDue), "")
	}
	add("req.decision", say(lang, core.States[x.Decision]), "")
	for _, reason := range core.Reasons {
		if reason.Code == x.Reason {
			add("req.reason", say(lang, reason.Label), "")
		}
	}
	add("req.expected", x.Expected, "")
	sn, err := h.o.Store.Snapshot()
	if err != nil {
		return err
	}
	defer sn.Close()
	for _, iri := range append([]string{x.Result}, x.Datasets...) {
		title, err := titleOf(r.Context(), sn, iri)
		if err != nil {
			return err
		}
		key := "req.near"
		if iri == x.Result {
			key = "req.result"
		} else if x.Kind.IsComment() {
			key = "req.dataset"
		}
		if iri != "" {
			if title == "" {
				title = iri
			}
			add(key, title, iri)
		}
	}
	return nil
}

// acts are what the visitor may do.
func (h *Handler) acts(r *http.Request, data *showing, lang string, central bool) (err error) {
	x := data.X
	for _, a := range x.Possible(central) {
		data.Actions = append(data.Actions, choice{a.Name, say(lang, a.Label), a.Name == data.Sent.Action})
	}
	data.Acts = len(data.Actions) > 0
	data.Reasons = []choice{{"", "—", data.Sent.Reason == ""}}
	for _, c := range core.Reasons {
		data.Reasons = append(data.Reasons, choice{c.Code, say(lang, c.Label), c.Code == data.Sent.Reason})
	}
	data.Orgs = []choice{{"", "—", data.Sent.Organisation == ""}}
	for _, o := range h.directory.All() {
		data.Orgs = append(data.Orgs, choice{o.ID, say(lang, core.Label{ZH: o.NameZH, EN: o.NameEN}),
			o.ID == data.Sent.Organisation})
	}
	if x.State == core.Tracking {
		data.Likely, _, err = h.similar(r, x.Title)
	}
	return err
}

// support takes the address of who supports a request.
func (h *Handler) support(w http.ResponseWriter, r *http.Request) error {
	if err := form(w, r); err != nil {
		return err
	}
	if r.PostForm.Get("website") == "" {
		lang := "zh"
		if p, _ := h.page(r, ""); langOf(&p) == "en" {
			lang = "en"
		}
		err := h.book.Support(r.Context(), r.PathValue("id"), r.PostForm.Get("address"), lang,
			core.Network(r.RemoteAddr))
		if err != nil {
			return err
		}
	}
	return h.said(w, r, "req.sent", "req.supported.about")
}

// figures shows how many cases there are, by organisation and quarter.
func (h *Handler) figures(w http.ResponseWriter, r *http.Request) error {
	list := core.Figures(h.book.List(), h.book.Now())
	switch format := r.URL.Query().Get("format"); {
	case format == "csv":
		return h.csv(w, list)
	case format == "json" || format == "" && protocol.Wants(r) == "application/json":
		return access.WriteJSON(w, http.StatusOK, list)
	case format != "":
		return bad("format=%.20q: want csv or json", format)
	}
	data := struct {
		page
		Rows [][]string
	}{}
	data.page, _ = h.page(r, "req.figures")
	for _, f := range list {
		data.Rows = append(data.Rows, h.figure(langOf(&data.page), f))
	}
	h.room.Render(w, r, http.StatusOK, "req-figures", data)
	return nil
}

func (h *Handler) figure(lang string, f core.Figure) []string {
	out := []string{f.Quarter, h.organisation(lang, f.Organisation)}
	for _, n := range []int{f.Filed, f.Comments, f.Answered, f.InTime, f.Late, f.Open, f.Overdue, f.Support} {
		out = append(out, strconv.Itoa(n))
	}
	return out
}

func (h *Handler) csv(w http.ResponseWriter, list []core.Figure) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	out := sheet.NewWriter(w, "quarter", "organisation", "filed", "comments", "answered", "in_time", "late", "open",
		"overdue", "support")
	for _, f := range list {
		if err := out.Write(h.figure("zh", f)...); err != nil {
			return err
		}
	}
	return out.Close()
}

const maxEntries = 100

// feed is the list as an Atom feed (RFC 4287), by the latest step.
func (h *Handler) feed(w http.ResponseWriter, r *http.Request) error {
	list := h.chosen(r.URL.Query())
	latest := func(x *core.Case) time.Time { return x.Events[len(x.Events)-1].At }
	slices.SortStableFunc(list, func(a, b *core.Case) int { return latest(b).Compare(latest(a)) })
	self := string(h.o.Base) + "requests/feed.xml"
	if r.URL.RawQuery != "" {
		self += "?" + r.URL.Query().Encode()
	}
	f := atom.Feed{Lang: "zh-Hant-TW", ID: self, Title: "資料需求與意見", Author: "fincat",
		Updated: time.Unix(0, 0).UTC().Format(time.RFC3339), Links: []atom.Link{{Rel: "self",
			Type: "application/atom+xml", Href: self}, {Rel: "alternate", Type: "text/html",
			Href: string(h.o.Base) + "requests"}}}
	for i, x := range list[:min(len(list), maxEntries)] {
		e := x.Events[len(x.Events)-1]
		at := e.At.UTC().Format(time.RFC3339)
		if i == 0 {
			f.Updated = at
		}
		f.Entries = append(f.Entries, atom.Entry{ID: x.IRI(h.o.Base) + "#step-" + strconv.Itoa(len(x.Events)),
			Title:     core.Kinds[x.Kind].ZH + "：" + x.Title + "（" + core.States[x.State].ZH + "）",
			Updated:   at,
			Published: x.Filed.UTC().Format(time.RFC3339), Summary: summary(x, e),
			Author: cmp.Or(h.organisation("zh", e.By), f.Author),
			Links:  []atom.Link{{Rel: "alternate", Type: "text/html", Href: x.IRI(h.o.Base)}}})
	}
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	text, err := xml.MarshalIndent(f, "", " ")
	if err != nil {
		return err
	}
	_, _ = w.Write(append([]byte(xml.Header), text...)) // a client that is gone has nothing to be told
	return nil
}

func summary(x *core.Case, e core.Event) string {
	if e.Text != "" {
		return e.Text
	}
	return x.Text
}
