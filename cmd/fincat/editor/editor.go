package editor

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"time"
	"unicode/utf8"

	"fincat/sparql"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/vocab/dcat"
)

//go:embed assets/editor.js assets/editor.css assets/LICENCES.txt
var assets embed.FS

// MaxQuery is how long a query in the editor may be, in bytes. Longer ones belong to /sparql.
const MaxQuery = 256 << 10

// Options say what an [Editor] asks. All without a default are needed.
type Options struct {
	Store   *store.Store
	Engine  *sparql.Engine
	Base    dcat.Base     // of the catalogue's own IRIs
	Timeout time.Duration // of a query; default 20 s
	// Namer says how a snapshot's resources are shown to whoever sent a request.
	Namer  func(*http.Request, *store.Snapshot) Namer
	Logger *slog.Logger // default: nothing is logged
}

// Namer shows resources in the language of a request.
type Namer interface {
	// Short returns a prefixed name, or a path of ours, or an address without its scheme.
	Short(iri string) string
	// Label returns the name that the catalogue has for a resource, "" for none.
	Label(iri string) string
	// Href returns the address of a page about a resource, "" for none, and whether it is
	// another site's.
	Href(iri string) (href string, outside bool)
}

// Editor answers what the script of the query page asks. It is safe for concurrent use.
type Editor struct {
	o      Options
	files  map[string]file
	script string
	style  string
}

// New returns an editor.
func New(o Options) (*Editor, error) {
	if o.Store == nil || o.Engine == nil || o.Namer == nil {
		return nil, errors.New("editor: store, engine and namer are needed")
	}
	if o.Timeout <= 0 {
		o.Timeout = 20 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Editor{o: o, files: map[string]file{}}
	var err error
	if e.script, err = e.add("editor.js", "text/javascript; charset=utf-8"); err != nil {
		return nil, err
	}
	if e.style, err = e.add("editor.css", "text/css; charset=utf-8"); err != nil {
		return nil, err
	}
	licences, err := assets.ReadFile("assets/LICENCES.txt")
	e.files["licences.txt"] = file{licences, "text/plain; charset=utf-8", "public, max-age=3600"}
	return e, err
}

// Register adds the routes to mux.
func (e *Editor) Register(mux protocol.Mux) {
	mux.HandleFunc("GET /query/{name}", e.file)
	for name, answer := range map[string]func(*http.Request, string) (any, error){
		"check": e.check, "run": e.run, "plan": e.plan,
	} {
		mux.HandleFunc("POST /query/"+name, func(w http.ResponseWriter, r *http.Request) {
			text, err := queryOf(w, r)
			e.answer(w, r, err, func() (any, error) { return answer(r, text) })
		})
	}
	for name, answer := range map[string]func(*http.Request) (any, error){
		"schema": e.schema, "values": e.values,
	} {
		mux.HandleFunc("GET /query/"+name, func(w http.ResponseWriter, r *http.Request) {
			e.answer(w, r, nil, func() (any, error) { return answer(r) })
		})
	}
}

// queryOf reads the query that a request consists of, as SPARQL 1.1 Protocol §2.1.3 has it.
func queryOf(w http.ResponseWriter, r *http.Request) (string, error) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/sparql-query" {
		return "", &protocol.Problem{Status: http.StatusUnsupportedMediaType,
			Detail: "the body has to be a query with Content-Type: application/sparql-query"}
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxQuery))
	if err != nil {
		return "", err
	}
	if !utf8.Valid(text) {
		return "", &protocol.Problem{Status: http.StatusBadRequest, Detail: "the query is not UTF-8"}
	}
	return string(text), nil
}

// answer writes what make returns, or the problem that there was.
func (e *Editor) answer(w http.ResponseWriter, r *http.Request, err error, make func() (any, error)) {
	var v any
	if err == nil {
		v, err = make()
	}
	if over := r.Context().Err(); over != nil { // what nobody writes would be an empty answer
		err = over
	}
	var body []byte
	if err == nil {
		body, err = json.Marshal(v)
	}
	if err != nil {
		problem := protocol.ProblemOf(err)
		if problem.Status >= http.StatusInternalServerError && !errors.Is(err, context.Canceled) {
			e.o.Logger.WarnContext(r.Context(), "editor", "path", r.URL.Path, "status", problem.Status, "error", err)
		}
		protocol.WriteProblem(w, r, problem)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Add("Vary", "Accept-Language")
	_, _ = w.Write(body) // the visitor may have left
}

// parse reads a query as the pages do.
func (e *Editor) parse(ctx context.Context, text string) (*sparql.Query, sparql.QueryOptions, error) {
	o := sparql.QueryOptions{Base: string(e.o.Base), Timeout: e.o.Timeout}
	q, err := e.o.Engine.ParseQuery(ctx, text, o)
	return q, o, err
}

// snapshot opens the newest state for f.
func (e *Editor) snapshot(f func(*store.Snapshot) error) error {
	sn, err := e.o.Store.Snapshot()
	if err != nil {
		return fmt.Errorf("open the catalogue: %w", err)
	}
	defer sn.Close()
	return f(sn)
}
