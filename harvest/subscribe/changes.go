package subscribe

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fincat/harvest/feed/events"
	"fincat/harvest/feed/listing"
	"fincat/harvest/quality"
	"fincat/harvest/queries"
	"fincat/harvest/queries/saved"
	"fincat/sparql"
)

// eventTypes are the types of events by what happened.
var eventTypes = map[events.Kind]string{
	events.Create: "dataset.created", events.Update: "dataset.updated", events.Delete: "dataset.deleted",
}

// maxQueue is how many events are read ahead.
const maxQueue = 1000

// read adds to a state what happened since the time it knows; changed says whether it differs.
func (f *follower) read(ctx context.Context, s *state) (changed bool, err error) {
	changed, err = f.readLog(ctx, s)
	if err == nil && !f.hook.Badges && s.Badges != nil { // it follows them no more
		s.Badges, changed = nil, true
	}
	if err != nil || !f.hook.Badges {
		return changed, err
	}
	told, err := f.readBadges(ctx, s)
	return changed || told, err
}

// readBadges adds the badges that have changed. What was before the first reading is no news.
func (f *follower) readBadges(ctx context.Context, s *state) (changed bool, err error) {
	now, err := f.d.o.Store.Snapshot()
	if err != nil {
		return false, err
	}
	defer now.Close()
	if s.Badges == nil {
		last, err := quality.LastChange(now)
		s.Badges = &last
		return err == nil, err
	}
	all, err := quality.Changes(ctx, now, *s.Badges, max(maxQueue-len(s.Queue), 0))
	if err != nil || len(all) == 0 {
		return false, err
	}
	sn, list, err := f.d.o.Listing.Current(ctx) // last, for it must know every dataset of them
	if err != nil {
		return false, err
	}
	defer sn.Close()
	filter, err := f.hook.filter(f.d.o.Base)
	if err != nil {
		return false, err
	}
	for _, c := range all {
		_, member := slices.BinarySearch(s.Members, c.Dataset)
		if f.hook.Query != "" && member || f.hook.Query == "" && f.selects(list, filter, c.Dataset) {
			s.Queue = append(s.Queue, Event{Type: badgeType, Dataset: c.Dataset, At: c.At, Badge: c.Badge,
				Before: c.Before})
		}
	}
	s.Badges = &all[len(all)-1].Number
	return true, nil
}

// badgeType is the type of events about badges.
const badgeType = "dataset.badge"

// readLog adds what happened to datasets.
func (f *follower) readLog(ctx context.Context, s *state) (changed bool, err error) {
	log, err := f.d.o.Listing.Log(ctx)
	if err != nil {
		return false, err
	}
	if f.hook.Query != "" {
		return f.readQuery(ctx, log, s)
	}
	parts := log.Fragments() // first, for the listing must know every dataset of them
	sn, list, err := f.d.o.Listing.Current(ctx)
	if err != nil {
		return false, err
	}
	defer sn.Close()
	filter, err := f.hook.filter(f.d.o.Base)
	if err != nil {
		return false, err
	}
	started := s.After
	err = since(ctx, log, parts, s.After, func(c *events.Change) bool {
		s.After = c.At
		if f.selects(list, filter, c.IRI) {
			s.Queue = append(s.Queue, Event{Type: eventTypes[c.Kind], Dataset: c.IRI, At: c.At})
		}
		return len(s.Queue) < maxQueue
	})
	return !s.After.Equal(started), err
}

// selects reports whether the webhook follows a dataset, which may have been removed.
func (f *follower) selects(list *listing.Listing, filter queries.Filter, iri string) bool {
	if f.hook.Dataset != "" {
		return iri == f.d.iri(f.hook.Dataset)
	}
	d := list.Find(iri)
	return d != nil && len(list.Filtered([]*listing.Dataset{d}, filter)) > 0
}

// since calls do with the changes of some fragments after a time, oldest first, until it has
// enough. What was added to a fragment meanwhile is left for the next time.
func since(ctx context.Context, log *events.Log, parts []events.Fragment, after time.Time,
	do func(*events.Change) bool) error {
	for _, part := range parts {
		if !part.Last.After(after) {
			continue
		}
		_, changes, err := log.Read(ctx, part.Number)
		if err != nil {
			return err
		}
		for i := range changes[:part.Changes] {
			if changes[i].At.After(after) && !do(&changes[i]) {
				return nil
			}
		}
	}
	return nil
}

// readQuery compares what the saved query selects with what it selected before. A dataset that
// it begins to select counts as created, one that it no longer does as deleted, and one that it
// still does is updated when it is in the log.
func (f *follower) readQuery(ctx context.Context, log *events.Log, s *state) (changed bool, err error) {
	kinds, started := map[string]events.Kind{}, s.After
	err = since(ctx, log, log.Fragments(), s.After, func(c *events.Change) bool {
		if s.After = c.At; c.Kind == events.Create && kinds[c.IRI] == events.Delete {
			c.Kind = events.Update // it is there as before, and may say something else
		}
		kinds[c.IRI] = c.Kind
		return true
	})
	if err != nil {
		return false, err
	}
	now, err := f.selected(ctx)
	if err != nil {
		s.After = started // what was read counts once the query has an answer
		return false, fmt.Errorf("the saved query %s: %w", f.hook.Query, err)
	}
	at := s.After
	tell := func(kind events.Kind, iri string) {
		s.Queue = append(s.Queue, Event{Type: eventTypes[kind], Dataset: iri, At: at})
	}
	before := s.Members
	for _, iri := range now {
		_, was := slices.BinarySearch(before, iri)
		switch kind := kinds[iri]; {
		case !was:
			tell(events.Create, iri)
		case kind == events.Update: // a creation was told when the query, which may be ahead, had it
			tell(events.Update, iri)
		}
	}
	for _, iri := range before {
		if _, is := slices.BinarySearch(now, iri); !is {
			tell(events.Delete, iri)
		}
	}
	s.Members = now
	return !s.After.Equal(started) || !slices.Equal(before, now), nil
}

// selected returns the datasets that the saved query selects now.
func (f *follower) selected(ctx context.Context) ([]string, error) {
	sn, err := f.d.o.Store.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	text, ok, err := saved.Followed(ctx, sn, f.d.o.Base, f.d.o.Config.Queries, nil, f.hook.Query)
	if err == nil && !ok {
		err = saved.ErrNone
	}
	if err != nil {
		return nil, err
	}
	return queries.Datasets(ctx, f.d.o.Engine, text, sparql.QueryOptions{Timeout: queryTime, Snapshot: sn})
}

// queryTime is how long a saved query may take.
const queryTime = 20 * time.Second
