package link

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// A ContradictionError says that decisions of people cannot all be true: two datasets of
// which somebody said that they are not linked would be the same through other ones.
type ContradictionError struct {
	Refused *Mapping
	Same    []*Mapping // confirmed, from one of the two datasets to the other
	base    dcat.Base
}

// Error says which decisions contradict each other, and how to go on.
func (e *ContradictionError) Error() string {
	short := func(iri string) string { return strings.TrimPrefix(iri, string(e.base)+"dataset/") }
	say := func(m *Mapping, verb string) string {
		text := fmt.Sprintf("%s and %s (%s by %s on %s", short(m.Subject), short(m.Object), verb, m.Author, m.Date)
		if m.Comment != "" {
			text += ": " + m.Comment
		}
		return text + ")"
	}
	var way []string
	for _, m := range e.Same {
		way = append(way, say(m, "confirmed"))
	}
	one := e.Same[0]
	return fmt.Sprintf("decisions contradict each other: %s are not linked, but would be the same through %s; "+
		"nothing was kept: first take one of them back, by `fincat link confirm %s %s`, or by `fincat link refuse` "+
		"with a confirmed pair such as %s %s", say(e.Refused, "refused"), strings.Join(way, " and "),
		short(e.Refused.Subject), short(e.Refused.Object), short(one.Subject), short(one.Object))
}

// contradiction returns an error when decisions in a list contradict each other, or those
// that the state has. What contradicted itself before is no fault of the list.
func contradiction(ctx context.Context, sn *store.Snapshot, base dcat.Base, list []*Mapping) error {
	before, err := readMappings(ctx, sn, string(base)+"decision/")
	if err != nil {
		return fmt.Errorf("read decisions: %w", err)
	}
	after := slices.DeleteFunc(slices.Clone(before), func(m *Mapping) bool {
		return slices.ContainsFunc(list, func(n *Mapping) bool { return n.IRI == m.IRI })
	})
	after = append(after, list...)
	replaced, err := renames(ctx, sn, after)
	if err != nil {
		return err
	}
	known := decisionsOf(before, replaced).contradictions()
	found := decisionsOf(after, replaced).contradictions()
	for _, pair := range slices.SortedFunc(maps.Keys(found), comparePairs) {
		if known[pair] == nil {
			found[pair].base = base
			return found[pair]
		}
	}
	return nil
}

func comparePairs(a, b [2]string) int { return slices.Compare(a[:], b[:]) }

func decisionsOf(list []*Mapping, replaced map[string]string) *decisions {
	d := newDecisions()
	for _, m := range list {
		d.add(m, replaced)
	}
	return d
}

// contradictions returns the refused pairs whose datasets are the same by what was
// confirmed, with the shortest way from one to the other.
func (d *decisions) contradictions() map[[2]string]*ContradictionError {
	out := map[[2]string]*ContradictionError{}
	for pair, m := range d.byPair {
		if m.State != Refused {
			continue
		}
		if way := d.way(pair[0], pair[1]); way != nil {
			out[pair] = &ContradictionError{Refused: m, Same: way}
		}
	}
	return out
}

// way returns the confirmed decisions that lead from a dataset to another one, the fewest
// there are; nil when none do.
func (d *decisions) way(from, to string) (way []*Mapping) {
	came := map[string]string{from: ""}
	for next := []string{from}; len(next) > 0 && came[to] == ""; next = next[1:] {
		partners := slices.Sorted(slices.Values(d.partners[next[0]]))
		for _, other := range partners {
			m := d.of(next[0], other)
			if _, seen := came[other]; !seen && m.State == Confirmed && m.Kind == Same {
				came[other] = next[0]
				next = append(next, other)
			}
		}
	}
	if came[to] == "" {
		return nil
	}
	for at := to; at != from; at = came[at] {
		way = append(way, d.of(came[at], at))
	}
	slices.Reverse(way)
	return way
}

// confirmed returns a dataset with those that were confirmed to be the same.
func (d *decisions) confirmed(iri string) map[string]bool {
	out := map[string]bool{iri: true}
	for next := []string{iri}; len(next) > 0; next = next[1:] {
		for _, other := range d.partners[next[0]] {
			if m := d.of(next[0], other); !out[other] && m.State == Confirmed && m.Kind == Same {
				out[other] = true
				next = append(next, other)
			}
		}
	}
	return out
}

// apart reports whether somebody has refused that two datasets, or others that were confirmed
// to be the same as they, are linked.
func (d *decisions) apart(a, b string) bool {
	if len(d.partners[a]) == 0 || len(d.partners[b]) == 0 {
		return false
	}
	others := d.confirmed(b)
	for iri := range d.confirmed(a) {
		for _, partner := range d.partners[iri] {
			if others[partner] && d.of(iri, partner).State == Refused {
				return true
			}
		}
	}
	return false
}

// renames returns by what datasets of decisions were replaced.
func renames(ctx context.Context, sn *store.Snapshot, list []*Mapping) (map[string]string, error) {
	out := map[string]string{}
	var names []string
	for _, m := range list {
		names = append(names, m.Subject, m.Object)
	}
	seen := map[string]bool{}
	for ; len(names) > 0; names = names[1:] {
		if seen[names[0]] {
			continue
		}
		seen[names[0]] = true
		name := term.NewIRI(names[0])
		pat, ok, err := sn.PatternOf(name, term.NewIRI(vocab.DCTIsReplacedBy), term.Term{}, term.Term{})
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		for q, err := range sn.Match(ctx, pat, store.SPOG) {
			if err != nil {
				return nil, err
			}
			if to := q.Object.Value(); to != names[0] {
				out[names[0]] = to
				names = append(names, to)
			}
		}
	}
	return out, nil
}
