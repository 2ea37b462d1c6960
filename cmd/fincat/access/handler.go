package access

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"fincat/sparql/protocol"
	"fincat/store"
)

// Request asks for a token, as JSON.
type Request struct {
	Name         string `json:"name"`
	Role         string `json:"role"`
	Organisation string `json:"organisation,omitempty"`
	Expires      string `json:"expires,omitempty"` // see ParseExpiry
}

// Made answers a [Request]: what was asked for with the token.
type Made struct {
	Token         // without its hash
	Secret string `json:"token"`
}

// Handlers are those of the routes about tokens.
func (t *Tokens) Handlers() map[string]http.Handler {
	return map[string]http.Handler{
		"GET /admin/tokens":           problems(t.list),
		"POST /admin/tokens":          problems(t.add),
		"DELETE /admin/tokens/{name}": problems(t.remove),
	}
}

// problems answers the errors of a handler.
func problems(h func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		p := &protocol.Problem{Status: http.StatusInternalServerError, Detail: err.Error()}
		var argument *ArgumentError
		switch {
		case errors.As(err, &argument):
			p.Status = http.StatusBadRequest
		case errors.Is(err, ErrTaken):
			p.Status = http.StatusConflict
		case errors.Is(err, ErrUnknown):
			p.Status = http.StatusNotFound
		case errors.Is(err, store.ErrReadOnly):
			p.Status = http.StatusForbidden
		case store.IsFull(err):
			p.Status, p.Detail = http.StatusInsufficientStorage, protocol.FullDisk
		}
		protocol.WriteProblem(w, r, p)
	})
}

func (t *Tokens) list(w http.ResponseWriter, _ *http.Request) error {
	all, err := t.List()
	if err != nil {
		return err
	}
	if all == nil {
		all = []Token{}
	}
	return WriteJSON(w, http.StatusOK, map[string]any{"tokens": all})
}

func (t *Tokens) add(w http.ResponseWriter, r *http.Request) error {
	var wanted Request
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10))
	d.DisallowUnknownFields()
	if err := d.Decode(&wanted); err != nil {
		return &ArgumentError{"the body is no JSON object with name, role, organisation and expires: " + err.Error()}
	}
	expires, err := ParseExpiry(wanted.Expires, t.now())
	if err != nil {
		return err
	}
	by, err := Author(r)
	if err != nil {
		return err
	}
	token := Token{Name: wanted.Name, Role: Role(wanted.Role), Organisation: wanted.Organisation, Expires: expires}
	secret, seq, err := t.Add(r.Context(), token, by)
	if err != nil {
		return err
	}
	w.Header().Set(protocol.CommitHeader, strconv.FormatUint(seq, 10))
	token.Created = t.now().UTC().Truncate(time.Second)
	return WriteJSON(w, http.StatusCreated, Made{token, secret})
}

func (t *Tokens) remove(w http.ResponseWriter, r *http.Request) error {
	by, err := Author(r)
	if err != nil {
		return err
	}
	seq, err := t.Remove(r.Context(), r.PathValue("name"), by)
	if err != nil {
		return err
	}
	w.Header().Set(protocol.CommitHeader, strconv.FormatUint(seq, 10))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// WriteJSON answers with v as JSON, which nothing on the way may keep.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // a client that has gone needs no answer
	return nil
}
