package subscribe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"fincat/harvest/fetch"
	"fincat/harvest/notify"
)

// pauses are those before a message is sent again, as Standard Webhooks recommends them; the
// last one is repeated.
var pauses = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}

const (
	maxEvents  = 50 // of a message, so that it stays below the 20 kB that receivers take
	sendTime   = fetch.Duration(15 * time.Second)
	maxAnswer  = 64 << 10
	maxMessage = 1 << 30 // of a session
	sendEvery  = 100 * time.Millisecond
)

// body is what a receiver gets.
type body struct {
	Type      string    `json:"type"` // always datasets.changed
	Timestamp time.Time `json:"timestamp"`
	Data      struct {
		Subscription string  `json:"subscription"`
		Follows      string  `json:"follows"`
		Catalog      string  `json:"catalog"`
		Events       []Event `json:"events"`
		Unsubscribe  string  `json:"unsubscribe"` // POST there ends the subscription
	} `json:"data"`
}

// next makes a message of what is in the queue.
func (f *follower) next(s *state, secret notify.Secret) error {
	n := min(maxEvents, len(s.Queue))
	b := body{Type: "datasets.changed", Timestamp: s.Queue[n-1].At}
	b.Data.Subscription, b.Data.Follows, b.Data.Catalog = f.hook.ID, s.Follows, f.d.o.Base.Catalog()
	b.Data.Events = s.Queue[:n]
	b.Data.Unsubscribe = string(f.d.o.Base) + "feed/unsubscribe/" + f.hook.ID + "?" +
		url.Values{"token": {secret.Token(f.hook.ID)}}.Encode()
	text, err := json.Marshal(b)
	if err != nil {
		return err
	}
	s.Pending = &message{ID: notify.NewMessageID(), Body: text, Next: f.d.o.Now()}
	s.Queue = s.Queue[n:]
	return nil
}

// errGone says that a receiver wants no more.
var errGone = errors.New("the receiver answered 410 Gone")

// send makes one attempt.
func (f *follower) send(ctx context.Context, m *message, secret notify.Secret) error {
	session, err := f.d.o.Client.Session(fetch.SessionOptions{Origin: f.hook.URL, Policy: fetch.Policy{
		Robots: "ignore", Timeout: sendTime, MaxBytes: maxAnswer, MaxPages: maxMessage, Retries: -1,
		Rate: fetch.Rate{Every: sendEvery}}})
	if err != nil {
		return err
	}
	defer session.Close()
	resp, err := session.Send(ctx, http.MethodPost, f.hook.URL, fetch.Request{Accept: "*/*", Body: m.Body,
		ContentType: "application/json", Header: secret.Headers(m.ID, f.d.o.Now(), m.Body)})
	switch {
	case err != nil:
		return err
	case resp.Status == http.StatusGone:
		return errGone
	case resp.Status/100 != 2:
		return fmt.Errorf("the receiver answers %d %s: it has to answer 2xx to what it has taken, and 410 to end the "+
			"subscription", resp.Status, http.StatusText(resp.Status))
	}
	return nil
}

// pause is how long to wait after some attempts that failed.
func (d *Dispatcher) pause(tries int) time.Duration {
	p := d.pauses[min(tries, len(d.pauses))-1]
	return time.Duration(float64(p) * (0.9 + rand.Float64()/5))
}
