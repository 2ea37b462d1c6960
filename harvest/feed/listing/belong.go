package listing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fincat/harvest/feed/events"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// belonging is where a dataset belongs. The log keeps it of those that were removed, since
// then nothing else tells whose followers have to be told.
type belonging struct {
	Sources    []string `json:"sources,omitempty"`
	Publishers []string `json:"publishers,omitempty"`
	Owners     []string `json:"owners,omitempty"`
	Themes     []string `json:"themes,omitempty"`
	Formats    []string `json:"formats,omitempty"`
}

// belongs writes down where a dataset belongs.
func (d *Dataset) belongs() ([]byte, error) {
	return json.Marshal(belonging{d.Sources, d.Publishers, d.Owners, d.Themes, d.Formats})
}

// belong has a removed dataset belong where the log says that it did. A log of earlier
// versions does not say it.
func (f *Follower) belong(d *Dataset, was string) error {
	if was == "" {
		return nil
	}
	var b belonging
	if err := json.Unmarshal([]byte(was), &b); err != nil {
		return fmt.Errorf("feed log: what %s was: %w", d.IRI, err)
	}
	n := f.naming
	d.inherit(&Dataset{Sources: n.shared(b.Sources), Publishers: n.shared(b.Publishers), Owners: n.shared(b.Owners),
		Themes: n.shared(b.Themes), Formats: n.shared(b.Formats)})
	return nil
}

// remember has the removed datasets of a listing belong where they did: those that the log
// knows to be removed as it says, others as of the commit that the log has come to, if the
// history reaches back so far. Very many belong where their last change says, since looking back
// at them would take much memory; owners that links have found are not in it.
func (f *Follower) remember(ctx context.Context, sn *store.Snapshot, l *Listing, log *events.Log) error {
	var now []*Dataset
	for _, d := range l.All {
		x, known := log.Latest(d.IRI)
		switch {
		case !d.Removed || !known:
		case !x.Deleted:
			now = append(now, d)
		default:
			if err := f.belong(d, x.Was); err != nil {
				return err
			}
		}
	}
	switch {
	case len(now) == 0:
		return nil
	case len(now) > manyDatasets:
		return f.told(ctx, now, log)
	}
	if gap, err := sn.Gap(log.Cursor(), false); gap || err != nil {
		return err
	}
	past, err := f.o.Store.SnapshotAt(ctx, log.Cursor().Seq)
	if errors.Is(err, store.ErrHistory) {
		return nil
	}
	if err != nil {
		return err
	}
	defer past.Close()
	was, err := f.before(ctx, past, now)
	if err != nil {
		return err
	}
	for _, d := range now {
		if before := was.Find(d.IRI); before != nil && !before.Removed {
			d.inherit(before)
		}
	}
	return nil
}

// told has datasets belong where the log says last.
func (f *Follower) told(ctx context.Context, list []*Dataset, log *events.Log) error {
	of := make(map[string]*Dataset, len(list))
	for _, d := range list {
		of[d.IRI] = d
	}
	for _, fr := range log.Fragments() {
		_, changes, err := log.Read(ctx, fr.Number)
		if err != nil {
			return err
		}
		for _, c := range changes {
			d := of[c.IRI]
			if d == nil || c.Kind == events.Delete {
				continue
			}
			quads, err := c.Quads(ctx)
			if err != nil {
				return err
			}
			f.said(d, quads)
		}
	}
	return nil
}

// said has a dataset belong where its description says.
func (f *Follower) said(d *Dataset, quads []term.Quad) {
	was := &Dataset{Sources: d.Sources}
	for _, q := range quads {
		var into *[]string
		switch p := q.Predicate.Value(); {
		case p == vocab.DCTFormat:
			into = &was.Formats
		case q.Subject.Value() != d.IRI:
		case p == vocab.DCTPublisher:
			into = &was.Publishers
		case p == vocab.DCTCreator:
			into = &was.Owners
		case p == vocab.DCATTheme:
			into = &was.Themes
		}
		if into != nil && q.Object.IsIRI() {
			*into = append(*into, strings.Clone(q.Object.Value()))
		}
	}
	for _, l := range []*[]string{&was.Formats, &was.Publishers, &was.Owners, &was.Themes} {
		slices.Sort(*l)
		*l = f.naming.shared(slices.Compact(*l))
	}
	d.inherit(was)
}

// before lists some datasets as they were.
func (f *Follower) before(ctx context.Context, sn *store.Snapshot, some []*Dataset) (*Listing, error) {
	n := newNaming()
	w, err := lookUp(sn)
	if err != nil {
		return nil, err
	}
	r, drafts := reader{sn, w}, []*draft(nil)
	for _, d := range some {
		id, known, err := sn.Lookup(term.NewIRI(d.IRI))
		if err != nil {
			return nil, err
		}
		if !known {
			continue
		}
		was, err := r.one(ctx, id)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, was)
	}
	all, err := n.datasets(ctx, sn, drafts)
	return &Listing{All: all}, err
}
