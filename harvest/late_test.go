package harvest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"fincat/vocab"
)

// TestLateMembers checks what a stream shows after newer members were seen: a
// dataset that nobody knows is taken, and an older version of a known one is not.
func TestLateMembers(t *testing.T) {
	var members []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/turtle")
		fmt.Fprint(w, `@prefix tree: <https://w3id.org/tree#> . @prefix ldes: <https://w3id.org/ldes#> .
			@prefix dct: <http://purl.org/dc/terms/> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
			@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix as: <https://www.w3.org/ns/activitystreams#> .
			<c> a ldes:EventStream ; ldes:timestampPath dct:created ; ldes:versionOfPath dct:isVersionOf ; tree:view <> .
			`+strings.Join(members, "\n"))
	}))
	defer srv.Close()
	version := func(d, at, title string) {
		id := fmt.Sprintf("<m%d>", len(members))
		members = append(members, fmt.Sprintf(`<c> tree:member %s . %s a dcat:Dataset ; dct:isVersionOf <http://d.ex/%s> ;
			dct:created "%s"^^xsd:dateTime ; dct:title "%s" .`, id, id, d, at, title))
	}
	s := openStore(t)
	cfg, err := ParseConfig(strings.NewReader(fmt.Sprintf("base: %s\nharvest: {allow_private_addresses: true}\n"+
		"sources: [{id: st, kind: ldes, url: '%s/f', rate: 1000/s, retries: 0}]\n", testBase, srv.URL)))
	if err != nil {
		t.Fatal(err)
	}
	h := newHarvester(t, s, cfg)
	version("a", "2026-01-02T00:00:00Z", "second of a")
	version("b", "2026-01-02T00:00:00Z", "b")
	if rep := mustRun(t, h, "st"); rep.New != 2 {
		t.Fatalf("at first: %s", rep)
	}
	version("a", "2026-01-01T00:00:00Z", "first of a")
	version("c", "2026-01-01T00:00:00Z", "c")
	version("b", "2026-01-01T23:30:00Z", "b of the same hour")
	if rep := mustRun(t, h, "st"); rep.New != 1 || rep.Changed != 0 || !rep.Partial {
		t.Errorf("late members: %s, want c alone", rep)
	}
	var titles []string
	for _, id := range []string{"a", "b", "c"} {
		titles = append(titles, valueOf(graphOf(t, s, h.base.Graph("st", "http://d.ex/"+id)), vocab.DCTTitle))
	}
	if want := []string{"second of a", "b", "c"}; !slices.Equal(titles, want) {
		t.Errorf("the titles are %q, want %q", titles, want)
	}
	version("b", "2026-01-02T00:00:00Z", "b at the same time")
	version("a", "2026-01-03T00:00:00Z", "third of a")
	if rep := mustRun(t, h, "st"); rep.Changed != 1 {
		t.Errorf("a newer member: %s", rep)
	}
}
