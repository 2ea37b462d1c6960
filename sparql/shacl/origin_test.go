package shacl

import (
	"strings"
	"testing"

	"fincat/store"
	"fincat/vocab/rdfio"
)

// TestOriginBesideRecords checks whose the nodes of a record's graph are, and of the
// catalogue's own graph beside it: things that the source speaks of are the source's to
// mend, with their place there, whatever the catalogue says that they are. What is left
// of a removed record is not validated, and counted.
func TestOriginBesideRecords(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	quads, err := rdfio.ReadAll(t.Context(), strings.NewReader(`@prefix f: <https://w3id.org/fincat/ns#> . @prefix : <http://e/> .
		:graph { :dataset a :D ; :page :page . :record a :R ; f:digest "1" ; f:place "line 7" . }
		<http://e/graph#own> { :page a :P . } :other { :thing a :T . }
		:gone { :removed a :R ; f:digest "2" ; <http://www.w3.org/ns/prov#invalidatedAtTime> "then" . }`), rdfio.ReadOptions{Format: rdfio.TriG})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), store.Change{Add: quads}); err != nil {
		t.Fatal(err)
	}
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	shapes, err := rdfio.ReadAll(t.Context(), strings.NewReader(`@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <http://e/> .
		:S a sh:NodeShape ; sh:targetClass :D, :R, :P, :T ; sh:property [ sh:path :none ; sh:minCount 1 ] .`),
		rdfio.ReadOptions{Format: rdfio.Turtle})
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := Compile(shapes, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][3]string{"http://e/dataset": {OriginSource, "line 7", "http://e/graph"},
		"http://e/record": {OriginCatalogue, "line 7", "http://e/graph"},
		"http://e/page":   {OriginSource, "line 7", "http://e/graph"},
		"http://e/thing":  {OriginCatalogue, "", "http://e/other"}}
	var stats Stats
	for r, err := range Validate(t.Context(), sn, compiled, Options{Stats: &stats}) {
		if err != nil {
			t.Fatal(err)
		}
		if got := [3]string{r.Origin, r.Place, r.Graph.Value()}; got != want[r.Focus.Value()] {
			t.Errorf("%s is of %q, want %q", r.Focus, got, want[r.Focus.Value()])
		}
		delete(want, r.Focus.Value())
	}
	if len(want) > 0 || stats.Removed != 1 || stats.Results != 4 {
		t.Errorf("no result at %v; %+v", want, stats)
	}
}
