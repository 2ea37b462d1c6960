package queries

import (
	"context"
	"fmt"
	"slices"

	"fincat/sparql"
)

// MaxDatasets is how many datasets a saved query may select: more are a part of the catalogue,
// for which there are filters.
const MaxDatasets = 10_000

// Datasets returns the IRIs that a SELECT query gives its variable dataset, else its first one,
// sorted, each once.
func Datasets(ctx context.Context, e *sparql.Engine, text string, o sparql.QueryOptions) ([]string, error) {
	res, err := e.Query(ctx, text, o)
	if err != nil {
		return nil, err
	}
	defer res.Close()
	if res.Form() != sparql.Select || len(res.Vars()) == 0 {
		return nil, fmt.Errorf("a saved query is a SELECT query with the variable dataset")
	}
	at := max(0, slices.Index(res.Vars(), "dataset"))
	seen := map[string]bool{}
	var out []string
	for row, err := range res.Solutions() {
		if err != nil {
			return nil, err
		}
		if !row[at].IsIRI() || seen[row[at].Value()] {
			continue
		}
		if len(out) == MaxDatasets {
			return nil, fmt.Errorf("the saved query selects more than %d datasets: narrow it down, or use a filter",
				MaxDatasets)
		}
		seen[row[at].Value()] = true
		out = append(out, row[at].Value())
	}
	slices.Sort(out)
	return out, nil
}
