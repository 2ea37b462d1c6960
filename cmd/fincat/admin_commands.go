package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/wire"
	"fincat/harvest"
	"fincat/harvest/history"
	"fincat/harvest/link"
	"fincat/sparql/protocol"
	"fincat/sparql/results"
	"fincat/store"
	"fincat/vocab/rdfio"
)

// commandsHandler carries out commands over the routes of commandRoutes.
type commandsHandler struct {
	shared  session // what all sessions have in common
	ctx     context.Context
	stop    context.CancelFunc // ends the commands that are being carried out
	running sync.WaitGroup
}

func newCommandsHandler(shared session) *commandsHandler {
	h := &commandsHandler{shared: shared}
	h.ctx, h.stop = context.WithCancel(context.Background())
	return h
}

// close ends the commands and waits for them.
func (h *commandsHandler) close() {
	h.stop()
	h.running.Wait()
}

// addTo adds the routes.
func (h *commandsHandler) addTo(routes map[string]http.Handler) {
	for name, route := range commandRoutes {
		routes[route.pattern] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.running.Add(1)
			defer h.running.Done()
			h.carryOut(w, r, name, route)
		})
	}
}

// directoryField is the parameter that says in which directory the client works.
const directoryField = "directory"

// carryOut carries out one command.
func (h *commandsHandler) carryOut(w http.ResponseWriter, r *http.Request, name string, route commandRoute) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(h.ctx, cancel)()
	s := h.shared
	s.who, s.local = author(r), access.IsLocal(r)
	params, files, err := wire.Receive(r)
	s.files = files
	var args []string
	root := newRootCommand()
	if err == nil {
		args, err = commandLine(root, name, route, r, params, &s)
	}
	if err != nil {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	if r.ContentLength != 0 { // what is sent may be read while the answer is written, and not to its end
		_ = http.NewResponseController(w).EnableFullDuplex() // HTTP/2 always is
		w.Header().Set("Connection", "close")
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	root.SetArgs(args)
	root.SetIn(strings.NewReader(""))
	if r.Header.Get("Accept") == wire.MediaType {
		w.Header().Set("Content-Type", wire.MediaType)
		out := wire.NewWriter(w)
		root.SetOut(out.Stdout())
		root.SetErr(out.Stderr())
		end := endOf(ctx, root.ExecuteContext(withSession(ctx, &s)))
		s.tell(w)
		_ = out.End(end) // a client that has gone needs no end
		return
	}
	w.Header().Set("Content-Type", mediaOf(route, args))
	out := &wire.Held{To: w}
	root.SetOut(out)
	root.SetErr(io.Discard)
	err = root.ExecuteContext(withSession(ctx, &s))
	s.tell(w)
	finish(w, r, out, err)
}

// tell names the commits that a command made in the header of the answer, which the
// audit log reads even when it is too late for the client.
func (s *session) tell(w http.ResponseWriter) {
	var text []string
	for _, n := range s.commits {
		text = append(text, strconv.FormatUint(n, 10))
	}
	if len(text) > 0 {
		w.Header().Set(protocol.CommitHeader, strings.Join(text, ", "))
	}
}

// leaveBody reads what a command has left of the body, if it is little. Otherwise the
// connection ends with the answer: in full duplex the server would close it all the
// same, and a client that uses it again at that moment would lose its request.
func leaveBody(w http.ResponseWriter, r *http.Request) {
	if _, err := io.CopyN(io.Discard, r.Body, 64<<10); !errors.Is(err, io.EOF) {
		w.Header().Set("Connection", "close")
	}
}

// finish ends the answer to a client that takes the output alone.
func finish(w http.ResponseWriter, r *http.Request, out *wire.Held, err error) {
	var found *foundError
	if !out.Sent {
		leaveBody(w, r)
	}
	switch {
	case err == nil || errors.As(err, &found):
		_ = out.Release() // a client that has gone needs no end
	case out.Sent:
		panic(http.ErrAbortHandler) // what was sent must not look complete
	default:
		protocol.WriteProblem(w, r, &protocol.Problem{Status: statusOf(err), Detail: err.Error()})
	}
}

// statusOf is the HTTP status of a command that ended with an error.
func statusOf(err error) int {
	var usage *usageError
	var contradiction *link.ContradictionError
	switch {
	case errors.As(err, &contradiction):
		return http.StatusConflict
	case errors.As(err, &usage):
		return http.StatusBadRequest
	case errors.Is(err, harvest.ErrUnknown), errors.Is(err, history.ErrUnknown), errors.Is(err, errNoSources):
		return http.StatusNotFound
	case errors.Is(err, harvest.ErrRunning):
		return http.StatusConflict
	case errors.Is(err, store.ErrReadOnly), errors.Is(err, errLocalOnly):
		return http.StatusForbidden
	case store.IsFull(err):
		return http.StatusInsufficientStorage
	case errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable
	}
	return http.StatusUnprocessableEntity
}

// commandLine makes the command line of a request. Parameters are flags of the command
// or its arguments.
func commandLine(root *cobra.Command, name string, route commandRoute, r *http.Request, params url.Values,
	s *session) (args []string, err error) {
	cmd, _, err := root.Find(strings.Fields(name))
	if err != nil {
		return nil, err
	}
	if params.Has("by") && !s.local {
		return nil, errors.New("by: a decision is that of the owner of the token")
	}
	s.directory = params.Get(directoryField)
	params.Del(directoryField)
	if cmd.Flags().Lookup("format") != nil && route.format != "" && !params.Has("format") &&
		r.Header.Get("Accept") != wire.MediaType && !params.Has("explain") {
		params.Set("format", route.format)
	}
	args = strings.Fields(name)
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if slices.Contains(unsharedFlags, f.Name) && f.Name != route.flagFile {
			return
		}
		known = append(known, f.Name)
		for _, value := range params[f.Name] {
			args = append(args, "--"+f.Name+"="+value)
		}
		params.Del(f.Name)
	})
	args = append(args, "--")
	for _, wild := range route.wildcards() {
		args = append(args, r.PathValue(wild))
	}
	for _, arg := range route.args {
		args = append(args, params[arg]...)
		known = append(known, arg)
		if len(params[arg]) == 0 && route.files {
			args = append(args, s.files.Unnamed(r)...)
		}
		params.Del(arg)
	}
	for p := range params {
		slices.Sort(known)
		return nil, fmt.Errorf("there is no parameter %.40q; there are %s", p, strings.Join(known, ", "))
	}
	return args, nil
}

// mediaOf returns the media type of what a command prints.
func mediaOf(route commandRoute, args []string) string {
	format := ""
	for _, a := range args {
		if f, ok := strings.CutPrefix(a, "--format="); ok {
			format = f
		}
	}
	switch format {
	case route.format, "":
		if route.media != "" {
			return route.media
		}
	case "table", "text":
		return textPlain
	}
	if format == "json" && route.pattern != commandRoutes["query"].pattern {
		return "application/json"
	}
	if f, ok := results.FormatByName(format); ok {
		return f.ContentType()
	}
	if f, ok := rdfio.FormatByName(format); ok {
		return f.MediaType()
	}
	return textPlain
}

// errLocalOnly means that something can only be asked for by a user of this machine.
var errLocalOnly = errors.New("a configuration can only be given through the socket of the store: " +
	"name sources of the server's own configuration")

// ownConfig returns the configuration of the server.
func (s *session) ownConfig() (harvest.Config, error) {
	if !s.sources {
		return harvest.Config{}, errNoSources
	}
	return s.harvester.Config(), nil
}
