package requests

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"fincat/cmd/fincat/access"
	core "fincat/harvest/requests"
	"fincat/harvest/search"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// choice is a value of a select or checkbox.
type choice struct {
	Value, Text string
	Chosen      bool
}

// near is a dataset or request that is like what somebody types.
type near struct {
	Title  string `json:"title"`
	Href   string `json:"href"`
	State  string `json:"state,omitempty"` // of a request
	Value  string `json:"-"`               // of a dataset
	Chosen bool   `json:"-"`
}

// filing is the page with the form.
type filing struct {
	page
	Comment       bool
	Dataset, Name string // that a comment is about
	D             core.Draft
	Sectors       []choice
	Kinds         []choice
	Near, Earlier []near
	Seen          bool
	Stamp         string
	Wrong, Field  string
	Address       string
}

// sectors are those of the financial market.
var sectors = []struct{ code, zh, en string }{{"banking", "銀行", "Banking"},
	{"securities-futures", "證券期貨", "Securities and futures"}, {"insurance", "保險", "Insurance"},
	{"cross-sector", "跨業別", "Cross-sector"}}

func (h *Handler) sectorChoices(lang, chosen string) []choice {
	out := []choice{{"", "—", chosen == ""}}
	for _, s := range sectors {
		out = append(out, choice{s.code, say(lang, core.Label{ZH: s.zh, EN: s.en}), s.code == chosen})
	}
	return out
}

func say(lang string, l core.Label) string {
	if lang == "en" {
		return l.EN
	}
	return l.ZH
}

// langOf is the language of a page.
func langOf(p *page) string {
	if strings.HasPrefix(p.L.Tag, "en") {
		return "en"
	}
	return "zh"
}

// file shows the form for a request, or for a comment on a dataset, and takes what it sends. Before
// anything is taken, similar datasets and earlier requests are shown once.
func (h *Handler) file(w http.ResponseWriter, r *http.Request) error {
	data := filing{Dataset: r.URL.Query().Get("dataset"), Stamp: h.book.Stamp()}
	data.D.Title = r.URL.Query().Get("title")
	if r.Method == http.MethodPost {
		if err := form(w, r); err != nil {
			return err
		}
		data.read(r.PostForm)
	}
	data.Comment = data.Dataset != ""
	title := "req.new"
	if data.Comment {
		title = "req.comment"
	}
	data.page, _ = h.page(r, title)
	if data.D.Lang = langOf(&data.page); r.Header.Get("Authorization") == "" && !data.Comment {
		data.Script = "/requests/static/requests.js"
	}
	if err := h.about(r.Context(), &data); err != nil {
		return err
	}
	status := http.StatusOK
	if r.Method == http.MethodPost {
		id, err := h.take(r, &data)
		if id != "" {
			return h.said(w, r, "req.sent", "req.sent.about")
		}
		if err != nil {
			problem := problemOf(err)
			status = problem.Status
			late := status == http.StatusTooManyRequests
			if late {
				w.Header().Set("Retry-After", retryAfter)
			}
			if protocol.Wants(r) != "text/html" || status != http.StatusUnprocessableEntity && !late {
				return err
			}
			data.Wrong = detail(&data.page, err) // with what was written
		}
	}
	data.choices(h)
	h.room.Render(w, r, status, "req-new", data)
	return nil
}

// read takes the fields of the form.
func (f *filing) read(v url.Values) {
	f.Dataset, f.Seen = v.Get("dataset"), v.Get("seen") == "yes"
	f.D = core.Draft{Kind: core.Kind(v.Get("kind")), Title: v.Get("title"), Text: v.Get("text"),
		Purpose: v.Get("purpose"), Sector: v.Get("sector"), Datasets: v["near"], Address: v.Get("address")}
	if f.Dataset == "" {
		f.D.Kind = core.Request
	}
}

// choices fills in the lists of the form.
func (f *filing) choices(h *Handler) {
	lang := langOf(&f.page)
	f.Sectors = h.sectorChoices(lang, f.D.Sector)
	for _, k := range []core.Kind{core.Question, core.Fault} {
		f.Kinds = append(f.Kinds, choice{string(k), say(lang, core.Kinds[k]), f.D.Kind == k})
	}
}

// about finds the dataset of a comment and who answers for it.
func (h *Handler) about(ctx context.Context, f *filing) error {
	if !f.Comment {
		return nil
	}
	sn, err := h.o.Store.Snapshot()
	if err != nil {
		return err
	}
	defer sn.Close()
	if f.Name, err = titleOf(ctx, sn, f.Dataset); err != nil {
		return err
	}
	if f.Name == "" || !strings.HasPrefix(f.Dataset, string(h.o.Base)+"dataset/") {
		return &core.InputError{Field: "dataset", Detail: "it is no dataset of this catalogue",
			ZH: "不是本目錄的資料集"}
	}
	f.D.Datasets = []string{f.Dataset}
	for _, p := range []string{vocab.DCTCreator, vocab.DCTPublisher} {
		for o, err := range objects(ctx, sn, f.Dataset, p) {
			if err != nil {
				return err
			}
			if id, ok := strings.CutPrefix(o.Value(), h.o.Base.Org("")); ok {
				if _, known := h.directory.ByID(id); known {
					f.D.Organisation = cmp.Or(f.D.Organisation, strings.Clone(id))
				}
			}
		}
	}
	return nil
}

// objects yields the objects of a property.
func objects(ctx context.Context, sn *store.Snapshot, s, p string) func(func(term.Term, error) bool) {
	return func(yield func(term.Term, error) bool) {
		if term.CheckIRI(s) != nil {
			return
		}
		pat, ok, err := sn.PatternOf(term.NewIRI(s), term.NewIRI(p), term.Term{}, term.Term{})
		if err != nil {
			yield(term.Term{}, err)
			return
		}
		if !ok {
			return
		}
		for q, err := range sn.Match(ctx, pat, store.OrderFor(pat)) {
			if !yield(q.Object, err) || err != nil {
				return
			}
		}
	}
}

// titleOf is the title of a dataset, in Chinese where there is one; "" when there is none.
func titleOf(ctx context.Context, sn *store.Snapshot, iri string) (title string, err error) {
	for o, err := range objects(ctx, sn, iri, vocab.DCTTitle) {
		if err != nil {
			return "", err
		}
		if title == "" || strings.HasPrefix(o.Lang(), "zh") {
			title = strings.Clone(o.Value())
		}
	}
	return title, nil
}

// take files what a form sends, unless something is to be shown first: then it returns nothing.
func (h *Handler) take(r *http.Request, f *filing) (id string, err error) {
	v := r.PostForm
	if !f.Comment {
		if f.Near, f.Earlier, err = h.similar(r, f.D.Title); err != nil {
			return "", err
		}
		for i, n := range f.Near {
			f.Near[i].Chosen = slices.Contains(f.D.Datasets, n.Value)
		}
	}
	first := !f.Seen && len(f.Near)+len(f.Earlier) > 0
	if f.Seen = true; first || v.Get("do") == "look" {
		return "", nil
	}
	if v.Get("website") != "" { // nobody sees this field: a program hears what people hear
		return "none", nil
	}
	if !h.book.Takes() {
		return "", core.ErrOff
	}
	if !h.book.Patient(v.Get("stamp")) {
		return "", &core.InputError{Field: "form",
			Detail: "it came back too soon, or after more than a day: send it again",
			ZH:     "送出得太快，或已超過一天，請再送一次"}
	}
	return h.book.File(r.Context(), f.D, core.Network(r.RemoteAddr))
}

// said shows a page with one message.
func (h *Handler) said(w http.ResponseWriter, r *http.Request, title, text string) error {
	data := struct {
		page
		Detail string
	}{}
	data.page, _ = h.page(r, title)
	data.Detail = data.L.T(text)
	h.room.Render(w, r, http.StatusOK, "req-said", data)
	return nil
}

// alike answers the script of the form.
func (h *Handler) alike(w http.ResponseWriter, r *http.Request) error {
	datasets, earlier, err := h.similar(r, r.URL.Query().Get("q"))
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return access.WriteJSON(w, http.StatusOK, map[string]any{"datasets": datasets, "requests": earlier})
}

const (
	maxAlike  = 6  // of datasets, and of requests
	maxPairs  = 24 // parts of a text that are looked for
	perPair   = 60 // datasets that are looked at for each
	alikeFrom = 0.3
)

// similar returns the datasets and requests whose titles have most in common with a text: pairs of
// its characters, or words of other scripts, rare ones counting more.
func (h *Handler) similar(r *http.Request, text string) (datasets, earlier []near, err error) {
	datasets, earlier = []near{}, []near{}
	parts := partsOf(text)
	if len(parts) == 0 {
		return datasets, earlier, nil
	}
	sn, table, err := h.o.Portal.Finder.Current(r.Context())
	if err != nil {
		return nil, nil, err
	}
	defer sn.Close()
	score, entries, most := map[string]float64{}, map[string]search.Found{}, 0.0
	for _, part := range parts {
		if err := r.Context().Err(); err != nil {
			return nil, nil, err
		}
		found, err := table.Find(search.Query{Text: part, Most: perPair})
		if err != nil {
			return nil, nil, err
		}
		weight := 1 / math.Log2(2+float64(found.Total))
		if found.Total > 0 {
			most += weight
		}
		for _, x := range found.Found {
			score[x.IRI] += weight
			entries[x.IRI] = x
		}
	}
	for iri, s := range score {
		if s < most*alikeFrom {
			delete(score, iri)
		}
	}
	for _, iri := range best(score, maxAlike) {
		title := iri
		for _, t := range entries[iri].Titles {
			if title == iri || strings.HasPrefix(t.Lang(), "zh") {
				title = t.Value()
			}
		}
		datasets = append(datasets, near{Title: title, Href: "/" + strings.TrimPrefix(iri, string(h.o.Base)),
			Value: iri})
	}
	return datasets, h.earlier(parts), nil
}

// earlier returns the requests that have parts in common with a text.
func (h *Handler) earlier(parts []string) []near {
	out, score, cases := []near{}, map[string]float64{}, map[string]*core.Case{}
	for _, x := range h.book.List() {
		if x.Kind != core.Request {
			continue
		}
		n, title := 0, search.Fold(x.Title)
		for _, p := range parts {
			if strings.Contains(title, p) {
				n++
			}
		}
		if s := float64(n) / float64(len(parts)); s >= alikeFrom {
			score[x.ID], cases[x.ID] = s, x
		}
	}
	for _, id := range best(score, maxAlike) {
		x := cases[id]
		out = append(out, near{Title: x.Title, Href: "/" + x.Path(), State: core.States[x.State].ZH})
	}
	return out
}

// best returns the keys of the highest scores.
func best(score map[string]float64, most int) []string {
	var out []string
	for k := range score {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(score[b], score[a]), cmp.Compare(a, b)) })
	return out[:min(most, len(out))]
}

// partsOf takes a text apart into pairs of Chinese characters and words of other scripts.
func partsOf(text string) (out []string) {
	text = search.Fold(text)
	add := func(s string) {
		if len(out) < maxPairs && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	var word []rune
	last := rune(0)
	for _, c := range text + " " {
		han := unicode.Is(unicode.Han, c)
		if !han && (unicode.IsLetter(c) || unicode.IsDigit(c)) {
			word = append(word, c)
		} else {
			if len(word) > 1 && len(word) < 40 {
				add(string(word))
			}
			word = word[:0]
		}
		if han && last != 0 {
			add(string(last) + string(c))
		}
		if last = 0; han {
			last = c
		}
	}
	return out
}
