package subscribe

import (
	"crypto/hmac"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"fincat/sparql/protocol"
)

// Status is what can be seen of a subscription.
type Status struct {
	ID        string    `json:"id"`
	Follows   string    `json:"follows"`
	After     time.Time `json:"after"`           // everything up to this change was read
	Waiting   int       `json:"waiting"`         // events that are in no message yet
	Tries     int       `json:"tries"`           // of the message that is on its way
	Next      time.Time `json:"next,omitzero"`   // attempt
	Delivered int       `json:"delivered"`       // messages
	Last      time.Time `json:"last,omitzero"`   // delivery
	Error     string    `json:"error,omitempty"` // of the last attempt
	Ended     time.Time `json:"ended,omitzero"`  // by the receiver
	Why       string    `json:"why,omitempty"`   // it ended
}

// Statuses returns how all subscriptions stand, by id.
func (d *Dispatcher) Statuses() ([]Status, error) {
	out := []Status{}
	for _, id := range slices.Sorted(maps.Keys(d.follows)) {
		s, _, err := d.files.load(id)
		if err != nil {
			return nil, err
		}
		st := Status{ID: id, Follows: d.follows[id].hook.follows(), After: s.After, Waiting: len(s.Queue),
			Delivered: s.Delivered, Last: s.Last, Error: s.Error, Ended: s.Cancelled, Why: s.Why}
		if s.Pending != nil {
			st.Tries, st.Next = s.Pending.Tries, s.Pending.Next
		}
		out = append(out, st)
	}
	return out, nil
}

// Handlers are the routes of subscriptions: how they stand and letting one go on that was ended,
// for administrators, and the link with which a receiver ends one.
func (d *Dispatcher) Handlers() map[string]http.Handler {
	if d == nil {
		d = New(Options{}) // without any
	}
	return map[string]http.Handler{
		"GET /admin/subscriptions":       http.HandlerFunc(d.list),
		"POST /admin/subscriptions/{id}": http.HandlerFunc(d.resume),
		"/feed/unsubscribe/{id}":         http.HandlerFunc(d.unsubscribe),
	}
}

func (d *Dispatcher) list(w http.ResponseWriter, r *http.Request) {
	all, err := d.Statuses()
	if err != nil {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusInternalServerError, Detail: err.Error()})
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(all) // the client may have gone
}

// resume lets a subscription begin anew, with what happens from now on.
func (d *Dispatcher) resume(w http.ResponseWriter, r *http.Request) {
	f := d.follows[r.PathValue("id")]
	if f == nil {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotFound,
			Detail: "the configuration has no such subscription"})
		return
	}
	d.change(w, r, f, func(s *state) { *s = state{} })
}

// unsubscribe ends a subscription: POST with the token of the link. A person who follows the
// link is asked first, because programs follow links too.
func (d *Dispatcher) unsubscribe(w http.ResponseWriter, r *http.Request) {
	f := d.follows[r.PathValue("id")]
	ok := false
	if f != nil {
		secret, err := f.secret()
		ok = err == nil && hmac.Equal([]byte(secret.Token(f.hook.ID)), []byte(r.URL.Query().Get("token")))
	}
	if !ok {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotFound,
			Detail: "there is no such subscription, or this is not its link"})
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodPost {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!DOCTYPE html><html lang="zh-Hant-TW"><meta charset="utf-8"><title>取消訂閱 Unsubscribe</title>
<form method="post"><p>停止通知「`+f.hook.ID+`」？ End the subscription?</p>
<button>取消訂閱 Unsubscribe</button></form></html>
`)
		return
	}
	d.change(w, r, f, func(s *state) {
		if s.Cancelled.IsZero() {
			s.cancel(d.o.Now(), "the receiver used the link")
		}
	})
}

// change changes the state of a subscription, and wakes it.
func (d *Dispatcher) change(w http.ResponseWriter, r *http.Request, f *follower, how func(*state)) {
	f.mu.Lock()
	s, _, err := d.files.load(f.hook.ID)
	if err == nil {
		how(&s)
		err = d.files.save(f.hook.ID, &s)
	}
	f.mu.Unlock()
	if err != nil {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusInternalServerError, Detail: err.Error()})
		return
	}
	select {
	case f.wake <- struct{}{}:
	default:
	}
	w.WriteHeader(http.StatusNoContent)
}
