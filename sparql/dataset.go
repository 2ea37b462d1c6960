package sparql

import (
	"fincat/sparql/exec"
	"fincat/sparql/plan"
	"fincat/sparql/syntax"
	"fincat/store"
	"fincat/vocab/term"
)

// datasetOf returns the RDF dataset of a request: that of the protocol's
// parameters when there are any (SPARQL 1.1 Protocol §2.1.4), otherwise that of
// the query; nil when neither names one.
func datasetOf(query *syntax.Dataset, defaults, named []string) *syntax.Dataset {
	if len(defaults)+len(named) > 0 {
		return &syntax.Dataset{Default: defaults, Named: named}
	}
	return query
}

// dataset turns an RDF dataset into graph IDs (SPARQL 1.1 §13.2). Graphs that
// the store does not hold are empty.
func dataset(env *exec.Env, d *syntax.Dataset, mode DefaultGraphMode) (plan.Dataset, error) {
	if d == nil {
		if mode == Strict {
			return plan.Dataset{Default: plan.Graphs{Mode: plan.OneGraph, ID: store.DefaultGraph}}, nil
		}
		return plan.Dataset{Default: plan.Graphs{Mode: plan.AllGraphs}}, nil
	}
	defaults, err := graphIDs(env, d.Default)
	if err != nil {
		return plan.Dataset{}, err
	}
	named, err := graphIDs(env, d.Named)
	if err != nil {
		return plan.Dataset{}, err
	}
	out := plan.Dataset{Named: named, Listed: true}
	if len(defaults) == 1 {
		out.Default = plan.Graphs{Mode: plan.OneGraph, ID: defaults[0]}
	} else {
		out.Default = plan.Graphs{Mode: plan.SomeGraphs, List: defaults}
	}
	return out, nil
}

func graphIDs(env *exec.Env, iris []string) ([]store.ID, error) {
	ids := make([]store.ID, len(iris))
	for i, iri := range iris {
		id, err := env.ID(term.NewIRI(iri))
		if err != nil {
			return nil, err
		}
		ids[i] = id
	}
	return ids, nil
}
