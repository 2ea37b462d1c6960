package sparql

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"

	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

// endpoints plays remote endpoints with engines of their own.
type endpoints map[string]*Engine

func (e endpoints) Select(
	ctx context.Context,
	endpoint, query string,
) ([]string, iter.Seq2[[]term.Term, error], error) {
	engine, ok := e[endpoint]
	if !ok {
		return nil, nil, fmt.Errorf("no endpoint %s", endpoint)
	}
	res, err := engine.Query(ctx, query, QueryOptions{})
	if err != nil {
		return nil, nil, err
	}
	return res.Vars(), func(yield func([]term.Term, error) bool) {
		defer res.Close()
		for s, err := range res.Solutions() {
			if !yield(s, err) {
				return
			}
		}
	}, nil
}

func TestSPARQL11Service(t *testing.T) {
	m, err := suite.Load("sparql/sparql11/service/manifest.ttl")
	if err != nil {
		t.Fatal(err)
	}
	entries := slices.DeleteFunc(m.Entries, func(e w3ctest.Entry) bool { return e.Kind() != "QueryEvaluationTest" })
	w3ctest.Run(t, entries, 7, nil, func(e w3ctest.Entry) error {
		ctx := t.Context()
		remote := endpoints{}
		for _, d := range e.Graph.Objects(e.Action, qt+"serviceData") {
			data, err := testData(e, d)
			if err != nil {
				return err
			}
			s, err := memoryStore(ctx, data)
			if err != nil {
				return err
			}
			defer s.Close()
			engine, err := New(Options{Store: s, Services: remote})
			if err != nil {
				return err
			}
			remote[e.Graph.Object(d, qt+"endpoint").Value()] = engine
		}
		return queryTest(ctx, inProcess{}, e, remote)
	})
}
