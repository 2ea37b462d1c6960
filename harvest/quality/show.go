package quality

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Results returns what is known of the datasets of a scope, see [Runner.Run]. Datasets that
// were not checked yet are left out unless all is set.
func Results(ctx context.Context, sn *store.Snapshot, base dcat.Base, scope []string, all bool) iter.Seq2[*Result,
	error] {
	return ResultsAfter(ctx, sn, base, scope, all, "")
}

// ResultsAfter returns what [Results] does, from the dataset on that comes after the one with an
// IRI; all for none. Datasets come in the order of their IRIs.
func ResultsAfter(ctx context.Context, sn *store.Snapshot, base dcat.Base, scope []string, all bool,
	after string) iter.Seq2[*Result, error] {
	return func(yield func(*Result, error) bool) {
		c := &catalogue{sn, base}
		graphs, err := c.graphs(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		used := map[string]bool{}
		for _, g := range graphs {
			if iri, _, _ := base.DatasetOf(g); iri <= after {
				continue
			}
			s, err := c.result(ctx, g, scope, used, all)
			if err != nil {
				yield(nil, err)
				return
			}
			if s == nil {
				continue
			}
			if len(s.Resources) > 0 { // readers that know files only see them too
				s.Resources[0].Findings = append(s.Resources[0].Findings, s.Findings...)
			}
			if !yield(&s.Result, nil) {
				return
			}
		}
		for _, name := range scope {
			if !used[name] && after == "" {
				yield(nil, fmt.Errorf("%s: %w", name, errNoDataset))
				return
			}
		}
	}
}

// result returns what is known of the dataset of a graph, nil when it is not wanted. The
// record itself is read only where it decides: reading all takes longer than all results.
func (c *catalogue) result(ctx context.Context, graph string, scope []string, used map[string]bool, all bool) (
	*state, error) {
	iri, source, _ := c.base.DatasetOf(graph)
	whole := len(scope) == 0 || slices.Contains(scope, source)
	var s *state
	var err error
	if whole {
		used[source] = true
		if s, err = readState(c.sn, iri); err != nil || s == nil && !all {
			return nil, err
		}
		if s != nil {
			if there, err := c.titled(ctx, graph, iri); err != nil || !there {
				return nil, err
			}
			return s, nil
		}
	}
	d, err := c.dataset(ctx, graph)
	if err != nil || d == nil || !d.within(c.base, scope, used) {
		return nil, err
	}
	if s, err = readState(c.sn, d.d.IRI); s == nil && err == nil && all {
		s = &state{Result: unchecked(d)}
	}
	return s, err
}

// titled reports whether a graph has the title of its dataset, which tombstones have not.
func (c *catalogue) titled(ctx context.Context, graph, dataset string) (bool, error) {
	var p store.Pattern
	for _, x := range []struct {
		iri  string
		into *store.ID
	}{{graph, &p.G}, {dataset, &p.S}, {vocab.DCTTitle, &p.P}} {
		id, ok, err := c.sn.Lookup(term.NewIRI(x.iri))
		if err != nil || !ok {
			return false, err
		}
		*x.into = id
	}
	for _, err := range c.sn.Match(ctx, p, store.GSPO) {
		return err == nil, err
	}
	return false, nil
}

// ResultOf returns what is known of one dataset, nil when it was not checked.
func ResultOf(sn *store.Snapshot, dataset string) (*Result, error) {
	s, err := readState(sn, dataset)
	if err != nil || s == nil {
		return nil, err
	}
	return &s.Result, nil
}

// unchecked is the result of a dataset that nobody has looked at.
func unchecked(d *dataset) Result {
	r := Result{Dataset: d.d.IRI, Identifier: d.d.Identifier, Source: d.source, Title: first(d.d.Title),
		Publisher: first(d.d.Publisher.Name), Badge: None, Indicators: map[string]Indicator{}, Resources: []Resource{},
		OAS: OAS{Findings: []Finding{}, Why: "not checked yet"}, Licence: d.licence(), Portal: d.portal}
	for _, name := range allIndicators {
		r.Indicators[name] = Indicator{Is: Unknown, Why: "not checked yet"}
	}
	return r
}
