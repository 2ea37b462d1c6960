package link

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// decisions are what people decided about pairs of datasets.
type decisions struct {
	byPair   map[[2]string]*Mapping // by what the datasets are called now
	partners map[string][]string
}

func newDecisions() *decisions {
	return &decisions{byPair: map[[2]string]*Mapping{}, partners: map[string][]string{}}
}

func orderedPair(a, b string) [2]string {
	if b < a {
		a, b = b, a
	}
	return [2]string{a, b}
}

// of returns the decision about two datasets, nil when there is none.
func (d *decisions) of(a, b string) *Mapping { return d.byPair[orderedPair(a, b)] }

// add takes in a decision about datasets that may have been renamed since. Of
// two about the same pair the later one holds.
func (d *decisions) add(m *Mapping, replaced map[string]string) {
	a, b := currentName(m.Subject, replaced), currentName(m.Object, replaced)
	if a == b {
		return
	}
	pair := orderedPair(a, b)
	if old := d.byPair[pair]; old != nil {
		if old.Date > m.Date || old.Date == m.Date && old.IRI > m.IRI {
			return
		}
	} else {
		d.partners[a] = append(d.partners[a], b)
		d.partners[b] = append(d.partners[b], a)
	}
	d.byPair[pair] = m
}

// currentName follows renames to the last one.
func currentName(iri string, replaced map[string]string) string {
	for range 100 { // a circle ends somewhere
		next, ok := replaced[iri]
		if !ok {
			break
		}
		iri = next
	}
	return iri
}

// readMappings reads the mappings whose IRIs begin with a prefix.
func readMappings(ctx context.Context, sn *store.Snapshot, prefix string) ([]*Mapping, error) {
	pat, ok, err := sn.PatternOf(term.Term{}, term.NewIRI(vocab.OWLAnnotatedSource), term.Term{}, term.Term{})
	if err != nil || !ok {
		return nil, err
	}
	var subjects []store.ID
	for b, err := range sn.Batches(ctx, pat, store.ScanOptions{Order: store.POSG, Columns: store.ColumnS}) {
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, b.S[:b.N]...)
	}
	var out []*Mapping
	for _, id := range subjects {
		t, err := sn.Term(id)
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(t.Value(), prefix) {
			continue
		}
		m, err := readMapping(ctx, sn, id, t.Value())
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// readMapping reads one mapping with its evidence.
func readMapping(ctx context.Context, sn *store.Snapshot, id store.ID, iri string) (*Mapping, error) {
	m := &Mapping{IRI: iri}
	var nodes []term.Term
	for q, err := range sn.Match(ctx, store.Pattern{S: id}, store.SPOG) {
		if err != nil {
			return nil, err
		}
		switch v := q.Object.Value(); q.Predicate.Value() {
		case vocab.OWLAnnotatedSource:
			m.Subject = v
		case vocab.OWLAnnotatedTarget:
			m.Object = v
		case vocab.OWLAnnotatedProperty:
			m.Kind = kindOf(v)
		case vocab.FincatState:
			m.State = State(v)
		case vocab.SSSOMConfidence:
			m.Confidence = parseDecimal(v)
		case vocab.SSSOMAuthorLabel:
			m.Author = v
		case vocab.SSSOMMappingDate:
			m.Date = v
		case vocab.SSSOMComment:
			m.Comment = v
		case vocab.FincatEvidence:
			nodes = append(nodes, q.Object)
		}
	}
	for _, n := range nodes {
		pat, ok, err := sn.PatternOf(n, term.Term{}, term.Term{}, term.Term{})
		if err != nil || !ok {
			return nil, err
		}
		var e Evidence
		for q, err := range sn.Match(ctx, pat, store.SPOG) {
			if err != nil {
				return nil, err
			}
			switch v := q.Object.Value(); q.Predicate.Value() {
			case vocab.FincatRule:
				e.About, e.Level, _ = strings.Cut(v, " ")
			case vocab.FincatBits:
				e.Bits = parseDecimal(v)
			case vocab.RDFSComment:
				e.Why = v
			case vocab.FincatSeen:
				e.Seen = v
			}
		}
		m.Evidence = append(m.Evidence, e)
	}
	sortEvidence(m.Evidence)
	return m, nil
}

// A Decision is what a person says of two datasets.
type Decision struct {
	Subject, Object string // IRIs of datasets
	Kind            Kind
	State           State  // Confirmed or Refused
	By, Why         string // who decided, and for which reason
	Author          string // of the commit; default By
	At              string // when, as xsd:dateTime
}

// decideTries is how often decisions are made anew because something else was committed.
const decideTries = 20

// Decide keeps decisions in graphs of their own, each in the place of an earlier one
// about the same datasets. No harvest and no rule changes them. When they contradict each
// other, or others, none is kept, and the error is a [ContradictionError].
func Decide(ctx context.Context, s *store.Store, base dcat.Base, list ...Decision) (store.Commit, error) {
	c := store.Change{Replace: map[term.Term][]term.Quad{}}
	made := map[string]*Mapping{}
	for _, d := range list {
		if d.State != Confirmed && d.State != Refused {
			return store.Commit{}, fmt.Errorf("a decision is %s or %s, not %q", Confirmed, Refused, d.State)
		}
		if d.Subject == d.Object {
			return store.Commit{}, fmt.Errorf("%s cannot be linked with itself", d.Subject)
		}
		c.Note.Author = cmp.Or(d.Author, d.By)
		g := term.NewIRI(decisionGraph(base, d.Subject, d.Object))
		m := &Mapping{
			IRI: decisionIRI(base, d.Subject, d.Object), Subject: d.Subject, Object: d.Object, Kind: d.Kind,
			State: d.State, Confidence: 1, Author: d.By, Date: d.At, Comment: d.Why,
		}
		made[m.IRI] = m // of several about the same pair the last one holds
		st := &statements{}
		st.axiom(m.IRI, *m)
		var quads []term.Quad
		for _, t := range st.sorted() {
			quads = append(quads, t.In(g))
		}
		c.Replace[g] = quads
	}
	for i := 1; ; i++ {
		done, err := decideOnce(ctx, s, base, c, slices.Collect(maps.Values(made)))
		if !errors.Is(err, store.ErrConflict) || i == decideTries {
			return done, err
		}
	}
}

// decideOnce commits decisions that go with the newest state.
func decideOnce(ctx context.Context, s *store.Store, base dcat.Base, c store.Change,
	list []*Mapping) (store.Commit, error) {
	sn, err := s.Snapshot()
	if err != nil {
		return store.Commit{}, err
	}
	defer sn.Close()
	if err := contradiction(ctx, sn, base, list); err != nil {
		return store.Commit{}, err
	}
	seq := sn.Seq()
	c.Expect = &seq
	return s.Commit(ctx, c)
}

// Mappings returns all links of a store, those that the program found and those
// that people decided, sorted by subject and object.
func Mappings(ctx context.Context, sn *store.Snapshot, base dcat.Base) ([]*Mapping, error) {
	found, err := readMappings(ctx, sn, string(base)+"link/")
	if err != nil {
		return nil, err
	}
	decided, err := readMappings(ctx, sn, string(base)+"decision/")
	if err != nil {
		return nil, err
	}
	out := append(found, decided...)
	slices.SortFunc(out, func(a, b *Mapping) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Object, b.Object), cmp.Compare(a.IRI, b.IRI))
	})
	return out, nil
}

// Titles returns what the datasets of mappings are called.
func Titles(ctx context.Context, sn *store.Snapshot, list []*Mapping) (map[string]string, error) {
	out := map[string]string{}
	for _, m := range list {
		for _, iri := range []string{m.Subject, m.Object} {
			if _, ok := out[iri]; ok {
				continue
			}
			title, err := titleOf(ctx, sn, iri)
			if err != nil {
				return nil, err
			}
			out[iri] = title
		}
	}
	return out, nil
}

// titleOf returns a title of a dataset, "" when it has none.
func titleOf(ctx context.Context, sn *store.Snapshot, iri string) (string, error) {
	pat, ok, err := sn.PatternOf(term.NewIRI(iri), term.NewIRI(vocab.DCTTitle), term.Term{}, term.Term{})
	if err != nil || !ok {
		return "", err
	}
	var titles []string
	for q, err := range sn.Match(ctx, pat, store.SPOG) {
		if err != nil {
			return "", err
		}
		titles = appendTitle(titles, q.Object)
	}
	if len(titles) == 0 {
		return "", nil
	}
	return titles[0], nil
}
