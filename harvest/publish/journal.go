package publish

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"fincat/store"
)

// State is what is known of a dataset at the portal.
type State string

// The states. The first three are those of a call that was begun; what came of it is not known
// until the next state is noted.
const (
	Creating    State = "creating"
	Updating    State = "updating"
	Withdrawing State = "withdrawing"
	Published   State = "published"
	Withdrawn   State = "withdrawn" // by us, for good
	Gone        State = "gone"      // the portal does not have it any more, and we did not withdraw it
)

// An Entry of the journal is what is known of one dataset at the portal.
type Entry struct {
	Dataset    string         `json:"dataset"`    // its IRI here
	Identifier string         `json:"identifier"` // 資料集編號, which we give
	ID         string         `json:"datasetId,omitempty"`
	State      State          `json:"state"`
	At         time.Time      `json:"at"`
	Sent       map[string]any `json:"sent,omitempty"`    // the fields that are there
	Pending    map[string]any `json:"pending,omitempty"` // those of a call of which nothing is known
	Error      string         `json:"error,omitempty"`   // of the last call
}

// live reports whether the dataset is or may be at the portal.
func (e *Entry) live() bool { return e.State != Withdrawn && e.State != Gone }

// A journal holds the entries of one portal, by dataset.
type journal struct {
	store   *store.Store
	prefix  string // of the keys of the store's named values
	author  string
	entries map[string]*Entry
}

// journalKey begins the keys.
const journalKey = "publish/"

// maxEntries bounds a journal.
const maxEntries = 200_000

// openJournal reads the journal of a portal.
func openJournal(ctx context.Context, s *store.Store, address, author string) (*journal, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	j := &journal{store: s, prefix: journalKey + u.Host + u.Path + "/", author: author, entries: map[string]*Entry{}}
	sn, err := s.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	for key, err := range s.List(j.prefix) {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil && len(j.entries) >= maxEntries {
			err = fmt.Errorf("the journal of %s has more than %d entries", address, maxEntries)
		}
		if err != nil {
			return nil, err
		}
		text, ok, err := sn.Get(key)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		e := &Entry{}
		if err := json.Unmarshal(text, e); err != nil {
			return nil, fmt.Errorf("the journal of %s, %s: %w", address, strings.TrimPrefix(key, j.prefix), err)
		}
		j.entries[e.Dataset] = e
	}
	return j, nil
}

// all returns the entries by dataset.
func (j *journal) all() []*Entry {
	var out []*Entry
	for _, iri := range slices.Sorted(maps.Keys(j.entries)) {
		out = append(out, j.entries[iri])
	}
	return out
}

// put notes an entry; it is in the store when put returns, also when ctx has ended.
func (j *journal) put(ctx context.Context, e Entry) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := j.commit(ctx, e.Dataset, text); err != nil {
		return err
	}
	j.entries[e.Dataset] = &e
	return nil
}

// forget removes the entry of a dataset.
func (j *journal) forget(ctx context.Context, dataset string) error {
	if err := j.commit(ctx, dataset, nil); err != nil {
		return err
	}
	delete(j.entries, dataset)
	return nil
}

func (j *journal) commit(ctx context.Context, dataset string, text []byte) error {
	_, err := j.store.Commit(context.WithoutCancel(ctx), store.Change{
		Put: map[string][]byte{j.prefix + dataset: text}, Note: store.Note{Author: j.author, Follower: "publish"}})
	if err != nil {
		return fmt.Errorf("note in the journal what is done with %s at the portal: %w", dataset, err)
	}
	return nil
}
