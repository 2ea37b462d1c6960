package subscribe

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// state is what is kept of a subscription, in the file ID.json.
type state struct {
	Follows string    `json:"follows"` // of what: a change of it begins anew
	After   time.Time `json:"after"`   // the log was read up to this change
	Members []string  `json:"members,omitempty"`
	Badges  *uint64   `json:"badges,omitempty"` // number of the last change of a badge that was read
	Queue   []Event   `json:"queue,omitempty"`  // happened, and is in no message yet
	Pending *message  `json:"pending,omitempty"`

	Delivered int       `json:"delivered"` // messages
	Last      time.Time `json:"last,omitzero"`
	Error     string    `json:"error,omitempty"` // of the last attempt or reading

	Cancelled time.Time `json:"cancelled,omitzero"`
	Why       string    `json:"why,omitempty"`
}

// message is one that is to be sent, the same each time.
type message struct {
	ID    string          `json:"id"`
	Body  json.RawMessage `json:"body"`
	Tries int             `json:"tries"`
	Next  time.Time       `json:"next"` // attempt
}

// Event is one change in a message.
type Event struct {
	Type    string    `json:"type"` // dataset.created, dataset.updated, dataset.deleted or dataset.badge
	Dataset string    `json:"dataset"`
	At      time.Time `json:"at"`

	Badge  string `json:"badge,omitempty"`  // of dataset.badge
	Before string `json:"before,omitempty"` // the badge before
}

// files keeps states in a directory, or in memory when it has none.
type files struct {
	dir string

	mu     sync.Mutex
	memory map[string][]byte
}

// load returns the state of a subscription; not ok for a new one.
func (f *files) load(id string) (s state, ok bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	text, ok := f.memory[id]
	if f.dir != "" {
		text, err = os.ReadFile(f.name(id))
		if ok = err == nil; errors.Is(err, os.ErrNotExist) {
			return s, false, nil
		}
	}
	if err == nil && ok {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return s, false, fmt.Errorf("the state of the subscription %s: %w", id, err)
	}
	return s, ok, nil
}

// save keeps the state of a subscription; after a crash the file has this state or the one
// before.
func (f *files) save(id string, s *state) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	text, err := json.Marshal(s)
	if err == nil && f.dir == "" {
		f.memory[id] = text
		return nil
	}
	if err == nil {
		err = os.MkdirAll(f.dir, 0o755)
	}
	if err == nil {
		err = replace(f.name(id), text)
	}
	if err != nil {
		return fmt.Errorf("keep the state of the subscription %s: %w", id, err)
	}
	return nil
}

func (f *files) name(id string) string { return filepath.Join(f.dir, id+".json") }

// replace writes a file anew and forces it to disk.
func replace(name string, text []byte) error {
	w, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(w.Name()) // gone after the renaming
	_, err = w.Write(text)
	if err = errors.Join(err, w.Sync(), w.Close()); err != nil {
		return err
	}
	if err := os.Rename(w.Name(), name); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
