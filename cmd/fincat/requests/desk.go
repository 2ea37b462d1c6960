package requests

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"fincat/cmd/fincat/access"
	core "fincat/harvest/requests"
	"fincat/sparql/protocol"
	"fincat/store"
)

// mail is the page that links in mails lead to. To look at it changes nothing, for programs that
// check mails look at links too: what is to be done is sent by a form.
func (h *Handler) mail(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Referrer-Policy", "no-referrer")
	v := r.URL.Query()
	if r.Method == http.MethodPost {
		if err := form(w, r); err != nil {
			return err
		}
		v = r.PostForm
	}
	id, person, key := v.Get("case"), v.Get("for"), v.Get("key")
	m, err := h.book.Look(id, person, key)
	if err != nil {
		return err
	}
	if r.Method == http.MethodPost {
		return h.mailed(w, r, m, v.Get("do"))
	}
	data := struct {
		page
		M                      *core.Mine
		Case, For, Key         string
		State                  string
		Unconfirmed, Published bool
	}{M: m, Case: id, For: person, Key: key}
	data.page, _ = h.page(r, "req.mine")
	data.Unconfirmed = m.Case.State == core.Unconfirmed
	data.Published = m.Case.State != core.Unconfirmed && m.Case.State != core.Waiting
	data.State = data.L.T("req.state." + string(m.Case.State))
	if data.Published {
		data.State = say(langOf(&data.page), core.States[m.Case.State])
	}
	h.room.Render(w, r, http.StatusOK, "req-mine", data)
	return nil
}

// mailed does what the form of that page asks for.
func (h *Handler) mailed(w http.ResponseWriter, r *http.Request, m *core.Mine, do string) (err error) {
	v := r.PostForm
	id, person, key := m.Case.ID, v.Get("for"), v.Get("key")
	said := "req.confirmed"
	switch {
	case do == "confirm" && m.Support:
		said, err = "req.supported", h.book.ConfirmSupport(r.Context(), id, person, key)
	case do == "confirm":
		err = h.book.Confirm(r.Context(), id, key)
	case do == "forget" && m.Support:
		said, err = "req.forgotten", h.book.Unsupport(r.Context(), id, person, key)
		if m.Supported {
			h.note(r, "a person by the link in a mail", "forget who supports "+id, err)
		}
	case do == "forget":
		said = "req.forgotten"
		var done bool
		if done, err = h.book.Forget(r.Context(), id, key); done {
			h.note(r, "a person by the link in a mail", "forget who filed "+id, err)
		}
	default:
		return bad("do=%.20q: want confirm or forget", do)
	}
	if err != nil {
		return err
	}
	return h.said(w, r, "req.mine", said)
}

// note keeps in the audit log that personal data were deleted. From where is personal data too, and
// is left out.
func (h *Handler) note(_ *http.Request, who, what string, err error) {
	if h.o.Note == nil {
		return
	}
	e := access.Entry{Who: who, What: what, From: "link in a mail", Status: http.StatusOK}
	if err != nil {
		e.Status = problemOf(err).Status
	}
	h.o.Note(e)
}

// waiting is a case of the queue.
type waiting struct {
	X             *core.Case
	Kind          string
	Sectors, Orgs []choice
	Links         int // addresses of pages in its texts
}

// queue shows moderators what waits, and takes their decisions.
func (h *Handler) queue(w http.ResponseWriter, r *http.Request) error {
	status, wrong := http.StatusOK, error(nil)
	if r.Method == http.MethodPost {
		if err := form(w, r); err != nil {
			return err
		}
		err := h.moderate(w, r)
		if err == nil {
			http.Redirect(w, r, h.room.Frame(r, "").Link("/requests/queue"), http.StatusSeeOther)
			return nil
		}
		status, wrong = problemOf(err).Status, err
		if status != http.StatusConflict && status != http.StatusNotFound && status != http.StatusUnprocessableEntity {
			return err
		}
	}
	data := struct {
		page
		Rows  []waiting
		Total int
		Wrong string
	}{}
	data.page, _ = h.page(r, "req.queue")
	if wrong != nil {
		data.Wrong = detail(&data.page, wrong)
	}
	lang := langOf(&data.page)
	list := h.book.Queue()
	data.Total = len(list)
	for _, x := range list[:min(len(list), perPage)] {
		one := waiting{X: x, Kind: say(lang, core.Kinds[x.Kind]), Sectors: h.sectorChoices(lang, x.Sector),
			Links: strings.Count(x.Title+x.Text+x.Purpose, "://"), Orgs: []choice{{"", "—", x.Organisation == ""}}}
		for _, o := range h.directory.All() {
			one.Orgs = append(one.Orgs, choice{o.ID, say(lang, core.Label{ZH: o.NameZH, EN: o.NameEN}),
				o.ID == x.Organisation})
		}
		data.Rows = append(data.Rows, one)
	}
	h.room.Render(w, r, status, "req-queue", data)
	return nil
}

// moderate carries out a moderator's decision of a form.
func (h *Handler) moderate(w http.ResponseWriter, r *http.Request) error {
	v := r.PostForm
	version, err := strconv.Atoi(v.Get("version"))
	if err != nil {
		return bad("version=%.20q: want a number", v.Get("version"))
	}
	edits := map[string]string{}
	for _, name := range []string{"title", "text", "purpose", "sector", "organisation"} {
		if v.Has(name) {
			edits[name] = v.Get(name)
		}
	}
	_, done, err := h.decide(r, v.Get("do"), v.Get("case"), version, v.Get("why"), edits)
	committed(w, done)
	return err
}

func (h *Handler) decide(r *http.Request, do, id string, version int, why string, edits map[string]string) (
	*core.Case, store.Commit, error) {
	who, _ := access.From(r)
	switch do {
	case "release":
		return h.book.Release(r.Context(), who.Name, id, version, edits)
	case "reject":
		return nil, store.Commit{}, h.book.Reject(r.Context(), id, version, why)
	}
	return nil, store.Commit{}, bad("do=%.20q: want release or reject", do)
}

// all lists everything for programs. What is not published is for moderators.
func (h *Handler) all(w http.ResponseWriter, r *http.Request) error {
	who, _ := access.From(r)
	list := h.book.List()
	queue := h.book.Queue()
	out := map[string]any{"requests": list, "waiting": len(queue), "figures": core.Figures(list, h.book.Now()),
		"takes": h.book.Takes()}
	if who.Role.Includes(access.Maintainer) {
		out["queue"] = queue
	}
	return access.WriteJSON(w, http.StatusOK, out)
}

// order is what a program asks to be done with a case.
type order struct {
	Action       string            `json:"action"`
	Version      int               `json:"version"`
	Text         string            `json:"text"`
	Reason       string            `json:"reason"`
	Organisation string            `json:"organisation"`
	Expected     string            `json:"expected"`
	Result       string            `json:"result"`
	Edits        map[string]string `json:"edits"` // of release
}

// body reads JSON.
func body(w http.ResponseWriter, r *http.Request, into any) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return &protocol.Problem{Status: http.StatusRequestEntityTooLarge,
			Detail: fmt.Sprintf("the body has at most %d bytes", maxBody)}
	}
	if err != nil {
		return bad("the body is not the JSON that is wanted: %v", err)
	}
	return nil
}

// act does something with a case for a program, or forgets who filed it.
func (h *Handler) act(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	who, _ := access.From(r)
	if r.Method == http.MethodDelete {
		if err := h.book.ForgetCase(r.Context(), id); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	var o order
	if err := body(w, r, &o); err != nil {
		return err
	}
	var x *core.Case
	var done store.Commit
	var err error
	switch o.Action {
	case "release", "reject":
		if !who.Role.Includes(access.Maintainer) {
			return core.ErrRole
		}
		x, done, err = h.decide(r, o.Action, id, o.Version, o.Text, o.Edits)
	default:
		x, done, err = h.book.Act(r.Context(), whoOf(who), id, core.Step{Action: o.Action, Version: o.Version,
			Text: o.Text, Reason: o.Reason, Organisation: o.Organisation, Expected: o.Expected, Result: o.Result})
	}
	committed(w, done)
	if err != nil {
		return err
	}
	if x == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return access.WriteJSON(w, http.StatusOK, x)
}

// forget deletes everything that is kept of an address. It stands in the body, so that no log has
// it.
func (h *Handler) forget(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Address string `json:"address"`
	}
	if err := body(w, r, &in); err != nil {
		return err
	}
	who, _ := access.From(r)
	n, commits, err := h.book.ForgetAddress(r.Context(), who.Name, in.Address)
	committed(w, commits...)
	if err != nil {
		return err
	}
	return access.WriteJSON(w, http.StatusOK, map[string]any{"forgotten": n})
}
