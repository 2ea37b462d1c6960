package algebra

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"fincat/sparql/syntax"
	"fincat/vocab/w3ctest"
)

var sparqlTests = w3ctest.Suite{
	Dir:  "../../testdata/w3c/rdf-tests/sparql",
	Base: "https://w3c.github.io/rdf-tests/sparql/",
}

const (
	qtQuery   = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#query"
	utRequest = "http://www.w3.org/2009/sparql/tests/test-update#request"
)

// TestW3C parses every query and update of the suites that is not a negative
// test, prints and parses it again to the same tree, and translates it.
func TestW3C(t *testing.T) {
	for name, want := range map[string]int{
		"sparql10/manifest-syntax.ttl":         149,
		"sparql10/manifest-evaluation.ttl":     283,
		"sparql10/sort/extended-manifest.ttl":  1,
		"sparql11/manifest-sparql11-query.ttl": 288, "sparql11/manifest-sparql11-update.ttl": 136,
		"sparql11/service/manifest.ttl": 7, "sparql11/syntax-fed/manifest.ttl": 3,
		"sparql11/csv-tsv-res/manifest.ttl": 6, "sparql11/json-res/manifest.ttl": 4,
		"sparql12/manifest.ttl": 186,
	} {
		t.Run(name, func(t *testing.T) {
			m, err := sparqlTests.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			var entries []w3ctest.Entry
			for _, e := range m.Entries {
				if !strings.HasPrefix(e.Kind(), "Negative") {
					entries = append(entries, e)
				}
			}
			w3ctest.Run(t, entries, want, nil, runTranslateTest)
		})
	}
}

func runTranslateTest(e w3ctest.Entry) error {
	file := e.Action
	for _, p := range []string{qtQuery, utRequest} {
		if f := e.Graph.Object(e.Action, p); !f.IsZero() {
			file = f
		}
	}
	text, err := sparqlTests.ReadFile(file.Value())
	if err != nil {
		return err
	}
	if strings.HasSuffix(file.Value(), ".ru") {
		return translateUpdateAgain(string(text), file.Value())
	}
	q, err := syntax.ParseQuery(string(text), syntax.Options{Base: file.Value()})
	if err != nil {
		return err
	}
	again, err := syntax.ParseQuery(q.String(), syntax.Options{})
	if err != nil {
		return fmt.Errorf("printed query: %w\n%v", err, q)
	}
	if !reflect.DeepEqual(q, again) {
		return fmt.Errorf("parse, print, parse gives another tree:\n%v\n%v", q, again)
	}
	a, err := Translate(q, Options{})
	if err != nil {
		return err
	}
	if a.Op.String() == "" {
		return errors.New("the algebra prints as nothing")
	}
	return nil
}

func translateUpdateAgain(text, base string) error {
	u, err := syntax.ParseUpdate(text, syntax.Options{Base: base})
	if err != nil {
		return err
	}
	again, err := syntax.ParseUpdate(u.String(), syntax.Options{Base: base})
	if err != nil {
		return fmt.Errorf("printed update: %w\n%v", err, u)
	}
	if !reflect.DeepEqual(u, again) {
		return fmt.Errorf("parse, print, parse gives another tree:\n%v\n%v", u, again)
	}
	_, err = TranslateUpdate(u, Options{})
	return err
}
