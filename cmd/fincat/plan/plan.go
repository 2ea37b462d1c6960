package plan

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/portal"
	"fincat/harvest/quality"
	"fincat/harvest/quality/words"
	"fincat/harvest/report"
	"fincat/sparql/gate"
	"fincat/sparql/protocol"
)

//go:embed templates/*.html
var assets embed.FS

// Options say what a [Handler] works with. All without a default are needed.
type Options struct {
	Portal  *portal.Portal
	Asked   quality.Requests // of the public
	Reports report.Config    // goals, and the sources whose datasets count; default: those of the plan, and all
	Now     func() time.Time
	Logger  *slog.Logger
}

// Handler answers the pages. It is safe for concurrent use.
type Handler struct {
	Options
	room     *portal.Room
	rules    *quality.Rules
	words    *words.Table
	standing kept[*report.Standing]
	register kept[*report.Standards]
	ranks    kept[*ranking]
	awards   []report.Award
}

// New returns a handler for a portal that has not shown a page yet.
func New(o Options) (*Handler, error) {
	h := &Handler{Options: o, standing: newKept[*report.Standing](), register: newKept[*report.Standards](),
		ranks: newKept[*ranking]()}
	if h.Now == nil {
		h.Now = time.Now
	}
	var err error
	if h.rules, err = quality.NewRules(); err != nil {
		return nil, err
	}
	plan, err := report.NewPlan(o.Reports.Goals)
	if err != nil {
		return nil, err
	}
	h.awards = plan.Awards
	if h.words, err = words.New(); err != nil {
		return nil, err
	}
	h.room, err = portal.NewRoom(o.Portal, portal.RoomOptions{Pages: assets, Texts: texts, Section: "targets",
		Public: true, Funcs: template.FuncMap{"lines": lines}})
	return h, err
}

// AddTo adds the routes.
func (h *Handler) AddTo(routes map[string]http.Handler) {
	for path, page := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request) error
		params []string
	}{"/targets": {h.targets, []string{"target", "lang"}}, "/standards": {h.standards, []string{"standard", "lang"}},
		"/ranking": {h.ranked, []string{"quarter", "provider", "lang"}}} {
		for _, format := range []string{"", ".json", ".csv"} {
			routes[path+format] = h.room.Taking(func(w http.ResponseWriter, r *http.Request) {
				if err := page.answer(w, r); err != nil {
					h.fail(w, r, err)
				}
			}, page.params...)
		}
	}
}

// fail says to people and programs why there is no answer.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if over := r.Context().Err(); over != nil {
		err = over
	}
	problem := protocol.ProblemOf(err)
	if problem.Status >= http.StatusInternalServerError {
		h.Logger.ErrorContext(r.Context(), "plan", "path", r.URL.Path, "status", problem.Status, "error", err)
	}
	if ending(r) != "" {
		protocol.WriteProblem(w, r, problem)
		return
	}
	page := struct {
		portal.Frame
		Detail string
	}{h.room.Frame(r, "plan.failed"), problem.Detail}
	h.room.Render(w, r, problem.Status, "plan-problem", page)
}

// ending is the format that an address names: "" is a page.
func ending(r *http.Request) string {
	_, format, _ := strings.Cut(r.URL.Path, ".")
	return format
}

func missing(detail string) error {
	return &protocol.Problem{Status: http.StatusNotFound, Detail: detail}
}

// options are those of a report about the present.
func (h *Handler) options() report.Options {
	return report.Options{Store: h.Portal.Store, Engine: h.Portal.Engine, Base: h.Portal.Base, Now: h.Now(),
		Sources: h.Reports.Sources, Goals: h.Reports.Goals, Use: h.Reports.Use, Asked: h.Asked}
}

// state names what figures were worked out from: the newest commit, the day, and what else they
// depend on.
func (h *Handler) state(more string) state {
	return state{h.Portal.Store.Seq(), h.Now().In(taipei).Format(time.DateOnly), more}
}

// taipei is the time zone in which days begin.
var taipei = time.FixedZone("Asia/Taipei", 8*3600)

// state is what an answer depends on.
type state struct {
	seq       uint64
	day, more string
}

// kept keeps the newest of answers that take long, for as long as nothing changes. One at a time
// is worked out, and whoever waits for it takes it.
type kept[T any] struct {
	turn chan struct{}
	of   *state
	is   *T
}

func newKept[T any]() kept[T] {
	return kept[T]{turn: make(chan struct{}, 1), of: new(state), is: new(T)}
}

// workLimit is how long it may take to work an answer out.
const workLimit = 10 * time.Minute

// get returns the answer for a state. What went wrong is not kept, and what was begun when ctx
// ends is worked out all the same: it is not one request's alone.
func (k *kept[T]) get(ctx context.Context, of state, work func(context.Context) (T, error)) (is T, err error) {
	ticket := gate.From(ctx)
	ticket.Idle(func() {
		select {
		case k.turn <- struct{}{}:
		case <-ctx.Done():
			err = ctx.Err()
		}
	})
	if err != nil {
		return is, err
	}
	if *k.of == of {
		defer func() { <-k.turn }()
		return *k.is, nil
	}
	type answer struct {
		is  T
		err error
	}
	done := make(chan answer, 1)
	go func() {
		defer func() { <-k.turn }()
		ctx, cancel := context.WithTimeout(context.Background(), workLimit)
		defer cancel()
		made, err := work(ctx)
		if err == nil {
			*k.of, *k.is = of, made
		}
		done <- answer{made, err}
	}()
	ticket.Idle(func() {
		select {
		case a := <-done:
			is, err = a.is, a.err
		case <-ctx.Done():
			err = ctx.Err()
		}
	})
	return is, err
}

// link is an address with what it is called.
type link struct{ Name, Href string }

// to is an address of this server, in the language of the page.
func to(f *portal.Frame, path string, q url.Values) string {
	address := f.Link(path)
	if len(q) == 0 {
		return address
	}
	if strings.Contains(address, "?") {
		return address + "&" + q.Encode()
	}
	return address + "?" + q.Encode()
}

// inChinese reports whether a page is in Chinese.
func inChinese(f *portal.Frame) bool { return f.L.Param == "zh" }

// either is the text for the language of a page.
func either(f *portal.Frame, zh, en string) string {
	if inChinese(f) {
		return zh
	}
	return en
}

// writeJSON sends something as JSON.
func writeJSON(w http.ResponseWriter, what any) error {
	if err := access.WriteJSON(w, http.StatusOK, what); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
