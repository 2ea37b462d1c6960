package publish

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"fincat/harvest/feed"
	"fincat/harvest/link"
	"fincat/store"
	"fincat/vocab/dcat"
)

// Action says what is to be done with a dataset.
type Action string

// The actions. Held and Kept are none: a person has to do something first, or the portal has the
// dataset through another record.
const (
	Create    Action = "create"
	Update    Action = "update"
	Withdraw  Action = "withdraw"
	Held      Action = "held"
	Kept      Action = "at the portal"
	Unchanged Action = "unchanged"
)

// An Item is what is to be done with one dataset, and what came of it.
type Item struct {
	Action     Action       `json:"action"`
	Dataset    string       `json:"dataset"` // its IRI
	Identifier string       `json:"identifier"`
	ID         string       `json:"datasetId,omitempty"` // at the portal
	Title      string       `json:"title,omitempty"`
	Changes    []Difference `json:"changes,omitempty"`
	Why        []string     `json:"why,omitempty"` // it is held, kept or withdrawn
	// Done and Error say what came of the action: none of both means that nothing was sent.
	Done  string `json:"done,omitempty"`
	Error string `json:"error,omitempty"`

	body map[string]any
}

// A Plan is what is to be done at the portal.
type Plan struct {
	Portal string  `json:"portal"`
	Items  []*Item `json:"items"`
	// Confirm stands for just those datasets that are to be withdrawn, "" for none.
	Confirm string `json:"confirm,omitempty"`
}

// Count returns how many items have an action.
func (p *Plan) Count(a Action) (n int) {
	for _, i := range p.Items {
		if i.Action == a {
			n++
		}
	}
	return n
}

// confirm makes the code of what is to be withdrawn.
func (p *Plan) confirm() {
	h := sha256.New()
	fmt.Fprintln(h, p.Portal)
	n := 0
	for _, i := range p.Items {
		if i.Action == Withdraw {
			fmt.Fprintln(h, i.Dataset, i.ID)
			n++
		}
	}
	if p.Confirm = ""; n > 0 {
		p.Confirm = fmt.Sprintf("%d-%s", n, hex.EncodeToString(h.Sum(nil)[:4]))
	}
}

// Plan compares what the configuration names with what was published before, and says what is to
// be done. The portal is not asked.
func (p *Publisher) Plan(ctx context.Context) (*Plan, error) {
	j, err := openJournal(ctx, p.o.Store, p.o.Config.URL, p.o.Author)
	if err != nil {
		return nil, err
	}
	return p.plan(ctx, j)
}

func (p *Publisher) plan(ctx context.Context, j *journal) (*Plan, error) {
	sn, err := p.o.Store.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	standings, err := link.Standings(ctx, sn, p.o.Base)
	if err != nil {
		return nil, err
	}
	out, named := &Plan{Portal: p.o.Config.URL}, map[string]bool{}
	choice, err := p.choice(standings)
	if err != nil {
		return nil, err
	}
	for i := range standings {
		s := &standings[i]
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if !choice(s) {
			continue
		}
		named[s.Dataset] = true
		item, err := p.item(ctx, sn, s, j.entries[s.Dataset])
		if err != nil {
			return nil, err
		}
		if item != nil {
			out.Items = append(out.Items, item)
		}
	}
	there := map[string]bool{}
	for _, s := range standings {
		there[s.Dataset] = true
	}
	for _, e := range j.all() {
		if named[e.Dataset] || !e.live() {
			continue
		}
		why := "the configuration does not name it any more"
		if !there[e.Dataset] {
			why = "it is not in the catalogue any more"
		}
		title, _ := e.Sent["title"].(string)
		out.Items = append(out.Items, &Item{Action: Withdraw, Dataset: e.Dataset, Identifier: e.Identifier, ID: e.ID,
			Title: title, Why: []string{why}})
	}
	slices.SortFunc(out.Items, func(a, b *Item) int { return strings.Compare(a.Dataset, b.Dataset) })
	out.confirm()
	return out, nil
}

// choice returns which datasets the configuration names. A name that is none of the catalogue's
// own records is an error, so that a slip of the pen withdraws nothing.
func (p *Publisher) choice(standings []link.Standing) (func(*link.Standing) bool, error) {
	c := &p.o.Config
	all := map[string]bool{}
	for _, s := range standings {
		all[s.Dataset] = true
	}
	single, except := map[string]bool{}, map[string]bool{}
	for _, list := range []struct {
		key   string
		names []string
		into  map[string]bool
	}{{"datasets", c.Datasets, single}, {"except", c.Except, except}} {
		for _, name := range list.names {
			iri := p.IRI(name)
			if !all[iri] && list.key == "datasets" {
				return nil, fmt.Errorf("publish: datasets: there is no dataset %s of a source other than the portal: "+
					"take it out of the list, or harvest its source", name)
			}
			list.into[iri] = true
		}
	}
	return func(s *link.Standing) bool {
		return !except[s.Dataset] && (single[s.Dataset] || slices.Contains(c.Sources, s.Source) ||
			slices.Contains(c.Missing, s.Organisation))
	}, nil
}

// IRI is that of a dataset that is named by its IRI or as source/identifier.
func (p *Publisher) IRI(name string) string { return dcat.Named(p.o.Base, name) }

// identifier is how the portal calls a dataset: as our own /api/v1/rest/dataset does.
func (p *Publisher) identifier(dataset string) string {
	return strings.Replace(strings.TrimPrefix(dataset, string(p.o.Base)+"dataset/"), "/", "__", 1)
}

// item says what is to be done with a dataset that the configuration names; nil when it has no
// title.
func (p *Publisher) item(ctx context.Context, sn *store.Snapshot, s *link.Standing, e *Entry) (*Item, error) {
	fields, g, err := feed.V2(ctx, sn, p.o.Base, s.Dataset)
	if err != nil || fields == nil {
		return nil, err
	}
	item := &Item{Dataset: s.Dataset, Identifier: p.identifier(s.Dataset), Title: s.Title}
	body, lacks := p.maker.body(fields, g, s.Dataset, item.Identifier, s.Organisation)
	item.body = normal(body)
	hold := func(why ...string) (*Item, error) {
		item.Action, item.Why = Held, why
		return item, nil
	}
	if e != nil {
		item.ID, item.Identifier = e.ID, e.Identifier
		item.body[fieldIdentifier] = e.Identifier
	}
	short := func(iri string) string { return strings.TrimPrefix(iri, string(p.o.Base)+"dataset/") }
	switch {
	case e == nil && len(s.Linked) > 0:
		item.Action, item.Why = Kept, []string{"as " + short(s.Linked[0])}
	case e == nil && len(s.Candidates) > 0:
		return hold(fmt.Sprintf("it may be there as %s: decide with fincat link confirm or refuse first",
			short(s.Candidates[0])))
	case e != nil && !e.live():
		return hold(fmt.Sprintf("the portal withdrew it for good (dataset %s): to publish it there once more, as "+
			"another dataset, say fincat publish --forget %s; otherwise name it under publish: except:", e.ID,
			short(s.Dataset)))
	case len(lacks) > 0:
		return hold(lacks...)
	case e == nil || e.State == Creating:
		item.Action, item.Changes = Create, differences(nil, item.body)
	case text(e.Sent[fieldOID]) != "" && text(e.Sent[fieldOID]) != text(item.body[fieldOID]):
		return hold(fmt.Sprintf("publisherOID is %v there, which can never change: give this one under publish: "+
			"organisations: instead of %v", e.Sent[fieldOID], item.body[fieldOID]))
	default:
		item.Action, item.Changes = Update, differences(e.Sent, item.body)
		if len(item.Changes) == 0 && e.State == Published {
			item.Action = Unchanged
		}
	}
	return item, nil
}
