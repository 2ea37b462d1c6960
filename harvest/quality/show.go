package quality

import (
	"context"
	"fmt"
	"iter"

	"fincat/store"
	"fincat/vocab/dcat"
)

// Results returns what is known of the datasets of a scope, see [Runner.Run]. Datasets that
// were not checked yet are left out unless all is set.
func Results(ctx context.Context, sn *store.Snapshot, base dcat.Base, scope []string, all bool) iter.Seq2[*Result,
	error] {
	return func(yield func(*Result, error) bool) {
		c := &catalogue{sn, base}
		graphs, err := c.graphs(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		used := map[string]bool{}
		for _, g := range graphs {
			d, err := c.dataset(ctx, g)
			if err != nil {
				yield(nil, err)
				return
			}
			if d == nil || !d.within(base, scope, used) {
				continue
			}
			s, err := readState(sn, d.d.IRI)
			if err != nil {
				yield(nil, err)
				return
			}
			if s == nil && all {
				s = &state{Result: unchecked(d)}
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
			if !used[name] {
				yield(nil, fmt.Errorf("%s: %w", name, errNoDataset))
				return
			}
		}
	}
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
