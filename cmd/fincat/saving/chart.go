package saving

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"

	"fincat/cmd/fincat/chart"
	"fincat/harvest/queries/saved"
	"fincat/sparql/protocol"
)

// maxDrawn is how large an answer is of which a chart is made, in bytes of JSON.
const maxDrawn = 2 << 20

// chart answers a query as a chart, which other sites may show in a frame. The endpoint answers the
// query, so that its limits hold, and what it has to say against it is passed on.
func (h *Handler) chart(w http.ResponseWriter, r *http.Request) {
	o := chart.OptionsOf(r.URL.Query())
	err := h.drawn(w, r, o)
	var problem *protocol.Problem
	switch {
	case errors.Is(err, chart.ErrNone):
		err = &protocol.Problem{Status: http.StatusUnprocessableEntity, Detail: err.Error()}
	case err == nil, errors.As(err, &problem):
	default:
		err = problemOf(err)
	}
	if err != nil {
		protocol.WriteProblem(w, r, protocol.ProblemOf(err))
	}
}

func (h *Handler) drawn(w http.ResponseWriter, r *http.Request, o chart.Options) error {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return bad("the parameters cannot be read: %v", err)
	}
	for _, name := range chart.Params() {
		if len(q[name]) > 1 {
			return bad("the parameter %q is given %d times", name, len(q[name]))
		}
		delete(q, name)
	}
	if q.Has("format") {
		return bad("a chart has no other format: leave out format")
	}
	q.Set("format", "json")
	asked := r.Clone(r.Context())
	asked.URL = &url.URL{Path: r.URL.Path, RawQuery: q.Encode()}
	for _, name := range []string{"Accept", "Accept-Encoding", "Range"} {
		asked.Header.Del(name)
	}
	sub, title, err := h.bound(w, asked)
	if err != nil {
		return err
	}
	sub.Method = http.MethodGet
	answer := &kept{ResponseWriter: w, header: http.Header{}}
	answer.take(h.o.Endpoint, sub)
	if answer.over {
		return fmt.Errorf("%w: the answer has more than %d MB: have the query count, or add LIMIT", chart.ErrNone,
			maxDrawn>>20)
	}
	if answer.status == http.StatusOK || answer.status == 0 {
		o.Title, o.Link = cmp.Or(title, r.PathValue("name")), saved.IRI(h.o.Base, r.PathValue("name"))
		svg, err := draw(answer.body.Bytes(), o)
		if err != nil {
			return err
		}
		answer.pass()
		chart.Serve(w, svg)
		return nil
	}
	answer.pass()
	w.Header()["Content-Type"] = answer.header["Content-Type"]
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body.Bytes()) // the visitor may have left
	return nil
}

// draw draws an answer in the JSON results format.
func draw(answer []byte, o chart.Options) ([]byte, error) {
	var in struct {
		Head    struct{ Vars []string }
		Results struct {
			Bindings []map[string]struct {
				Value json.RawMessage // of a triple an object
			}
		}
	}
	if err := json.Unmarshal(answer, &in); err != nil {
		return nil, fmt.Errorf("%w: it has no solutions", chart.ErrNone)
	}
	t := chart.Table{Columns: in.Head.Vars}
	for _, b := range in.Results.Bindings {
		row := make([]string, len(t.Columns))
		for i, name := range t.Columns {
			if json.Unmarshal(b[name].Value, &row[i]) != nil {
				row[i] = ""
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return chart.Draw(t, o)
}

// kept keeps the answer of the endpoint. Its deadlines are those of the connection.
type kept struct {
	http.ResponseWriter
	header http.Header
	status int
	body   bytes.Buffer
	over   bool // the answer is larger than what is kept
}

func (k *kept) Header() http.Header { return k.header }

func (k *kept) WriteHeader(status int) { k.status = cmp.Or(k.status, status) }

var errLarge = errors.New("the answer is too large for a chart")

func (k *kept) Write(p []byte) (int, error) {
	if k.over = k.over || k.body.Len()+len(p) > maxDrawn; k.over {
		return 0, errLarge
	}
	return k.body.Write(p)
}

// take has a handler answer. One that gives up because the answer is too large has done enough.
func (k *kept) take(h http.Handler, r *http.Request) {
	defer func() {
		p := recover()
		err, _ := p.(error)
		if p != nil && (!k.over || !errors.Is(err, http.ErrAbortHandler)) {
			panic(p)
		}
	}()
	h.ServeHTTP(k, r)
}

// FlushError keeps [http.ResponseController] from sending anything.
func (k *kept) FlushError() error { return nil }

// Unwrap lets [http.ResponseController] reach the connection.
func (k *kept) Unwrap() http.ResponseWriter { return k.ResponseWriter }

// pass takes over the headers of the answer that do not depend on its form.
func (k *kept) pass() {
	for name, values := range k.header {
		if !slices.Contains([]string{"Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition",
			"Content-Security-Policy", "X-Frame-Options"}, name) {
			for _, v := range values {
				k.ResponseWriter.Header().Add(name, v)
			}
		}
	}
}

// embedding is what another site writes to show the chart of a query, "" when none can be
// shown without values.
func (h *Handler) embedding(x found, path, title string) string {
	bound, err := saved.Bind(x.Text, nil)
	if err != nil || saved.Columns(bound) < 2 {
		return ""
	}
	const frame = `<iframe src="%s" title="%s" width="100%%" height="400" loading="lazy"></iframe>`
	return fmt.Sprintf(frame, html.EscapeString(string(h.o.Base)+path[1:]+"/chart.svg?chart.kind=bar"),
		html.EscapeString(title))
}
