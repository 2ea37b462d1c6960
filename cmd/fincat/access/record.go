package access

import (
	"net/http"
	"strconv"
	"strings"

	"fincat/sparql/protocol"
	"fincat/store"
)

// recorded carries a request out between its two entries in the audit log. Without the
// first nothing is done; the second is also made when the handler is broken off.
func (g *Guard) recorded(w http.ResponseWriter, r *http.Request, id Identity, h http.Handler) {
	e := entryOf(r, id)
	if g.o.Log != nil {
		begun, err := g.o.Log.Begin(e)
		if err != nil {
			g.o.Logger.Error("the audit log cannot be written", "error", err)
		}
		if err != nil && r.Method != http.MethodGet { // a backup is most wanted when the disk is full
			p := &protocol.Problem{Status: http.StatusInsufficientStorage, Detail: protocol.FullDisk}
			if !store.IsFull(err) {
				p.Detail = "the audit log cannot be written, so nothing is changed; the server's log says more"
			}
			protocol.WriteProblem(w, r, p)
			return
		}
		e.Ends = begun.Number
		r = r.WithContext(store.WithCause(r.Context(), begun.Hash))
	}
	answer := &answer{ResponseWriter: w, status: http.StatusOK}
	defer func() {
		e.Status, e.Result = answer.status, w.Header().Get("Location")
		for text := range strings.SplitSeq(w.Header().Get(protocol.CommitHeader), ",") {
			if n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64); err == nil {
				e.Commits = append(e.Commits, n)
			}
		}
		g.record(e)
	}()
	h.ServeHTTP(answer, r)
}

func entryOf(r *http.Request, id Identity) Entry {
	e := Entry{
		Who: id.Name, Role: id.Role, What: r.Method + " " + r.URL.RequestURI(), From: r.RemoteAddr,
		Forwarded: r.Header.Get("X-Forwarded-For"),
	}
	if IsLocal(r) {
		e.From = "socket of the store"
	}
	return e
}

// Note makes an entry about what was done for somebody who has no role here.
func (g *Guard) Note(e Entry) { g.record(e) }

// record makes an entry. The change has been made even when its entry cannot be; the
// program's own log then says what the audit log lacks.
func (g *Guard) record(e Entry) {
	log := g.o.Logger.With("who", e.Who, "what", e.What, "client", e.From, "status", e.Status, "commits", e.Commits)
	if g.o.Log == nil {
		log.Info("audit")
		return
	}
	if _, err := g.o.Log.Append(e); err != nil {
		log.Error("the audit log lacks an entry", "error", err)
		return
	}
	n, hash := g.o.Log.Newest()
	log.Info("audit", "newest", n, "hash", hash)
}

// kept reports whether a request is one that the audit log keeps: those that may change
// something, and the backup, which takes everything away. Forms of the console change nothing
// themselves: what they ask of the routes below /admin is kept.
func kept(r *http.Request) bool {
	asks := r.Method == http.MethodGet || r.Method == http.MethodHead || questions[r.URL.Path] || inConsole(r)
	return !asks || r.URL.Path == "/admin/backup"
}

// answer notes the status of an answer.
type answer struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (a *answer) WriteHeader(status int) {
	if !a.wrote && status >= 200 {
		a.status, a.wrote = status, true
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	a.wrote = true
	return a.ResponseWriter.Write(p)
}

// Unwrap lets [http.ResponseController] reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
