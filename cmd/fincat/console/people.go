package console

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"fincat/cmd/fincat/access"
)

// tokenRow is a token in the list.
type tokenRow struct {
	Name, Role, Organisation, Created, Expires, Used string
	Expired                                          bool
}

// tokensView is the page of the tokens.
type tokensView struct {
	page
	Rows   []tokenRow
	Roles  []roleOption
	Made   *access.Made // just now: its token is shown this once
	Wanted access.Request
	Wrong  string // with what is wanted
}

type roleOption struct {
	Value, Text string
	Selected    bool
}

func (c *Console) tokens(v *view) error { return c.showTokens(v, http.StatusOK, &tokensView{}) }

// showTokens shows the tokens, and what came of the form.
func (c *Console) showTokens(v *view, status int, data *tokensView) error {
	var answer struct{ Tokens []access.Token }
	if err := c.get(v.r, "/admin/tokens", nil, &answer); err != nil {
		return err
	}
	data.page = v.page("tokens")
	for _, t := range answer.Tokens {
		data.Rows = append(data.Rows, tokenRow{t.Name, data.L.T("role." + string(t.Role)), t.Organisation,
			when(t.Created), when(t.Expires), when(t.Used),
			!t.Expires.IsZero() && !t.Expires.After(time.Now())})
	}
	for _, r := range access.Roles {
		data.Roles = append(data.Roles, roleOption{string(r), data.L.T("role." + string(r)),
			string(r) == data.Wanted.Role})
	}
	c.room.Render(v.w, v.r, status, "console-tokens", data)
	return nil
}

// changeTokens makes a token, or removes one after it was confirmed.
func (c *Console) changeTokens(v *view) error {
	f := v.r.PostForm
	switch f.Get("action") {
	case "add":
		return c.addToken(v, access.Request{Name: f.Get("name"), Role: f.Get("role"),
			Organisation: f.Get("organisation"), Expires: f.Get("expires")})
	case "remove":
	default:
		return &fault{http.StatusBadRequest, "action is add or remove"}
	}
	name := f.Get("name")
	if f.Get("confirm") != "yes" {
		if err := v.needs(access.Administrator); err != nil {
			return err
		}
		p := v.page("confirm")
		return v.confirm(p, "/console/tokens", map[string]string{"action": "remove", "name": name},
			p.L.T("confirm.token"), name)
	}
	if name == "" || name == "." || name == ".." {
		return &fault{http.StatusBadRequest, "name is that of a token"}
	}
	if err := c.do(v.r, http.MethodDelete, "/admin/tokens/"+name, nil); err != nil {
		return err
	}
	return v.back("/console/tokens", "token", nil)
}

func (c *Console) addToken(v *view, wanted access.Request) error {
	data := &tokensView{Wanted: wanted}
	var made access.Made
	k := call{method: http.MethodPost, path: "/admin/tokens", body: wanted}
	err := c.stream(v.r, k, decode(k.path, &made))
	switch {
	case err == nil:
		data.Made, data.Wanted = &made, access.Request{}
		return c.showTokens(v, http.StatusCreated, data)
	case isFault(err, http.StatusBadRequest), isFault(err, http.StatusConflict):
		data.Wrong = err.Error()
		return c.showTokens(v, http.StatusUnprocessableEntity, data)
	}
	return err
}

// auditShown is how many entries of the audit log a page shows.
const auditShown = 50

// auditRow is an entry of the audit log.
type auditRow struct {
	access.Entry
	At, Outcome string
}

// audit shows the audit log, the newest entries first.
func (c *Console) audit(v *view) error {
	data := struct {
		page
		Rows          []auditRow
		Older, Newest string
	}{page: v.page("audit")}
	query := url.Values{"newest": {strconv.Itoa(auditShown)}}
	if before := v.r.URL.Query().Get("before"); before != "" {
		query.Set("before", before)
		data.Newest = data.Link("/console/audit")
	}
	list := call{method: http.MethodGet, path: "/admin/audit", query: query}
	err := c.stream(v.r, list, func(in io.Reader) error {
		return lines(in, func(e access.Entry) error {
			row := auditRow{Entry: e, At: when(e.Time)}
			switch {
			case e.Begun:
				row.Outcome = data.L.T("audit.begun")
			case e.Status != 0:
				row.Outcome = strconv.Itoa(e.Status)
			}
			data.Rows = append(data.Rows, row)
			return nil
		})
	})
	if err != nil {
		return err
	}
	if n := len(data.Rows); n == auditShown && data.Rows[n-1].Number > 1 {
		data.Older = data.withQuery("/console/audit", "before", strconv.FormatUint(data.Rows[n-1].Number, 10))
	}
	return v.show("console-audit", data)
}
