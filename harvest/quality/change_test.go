package quality

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/sparql"
)

// TestChanges checks a dataset whose file gets worse and better: each change of its badge is in
// the log once, and the first badge is none.
func TestChanges(t *testing.T) {
	f := serveFiles(t)
	s := openStore(t, "")
	defer s.Close()
	now := time.Date(2026, 7, 10, 0, 0, 0, 0, time.UTC)
	catalogueOf(t, s, f.URL, 3)
	check := func() {
		t.Helper()
		now = now.Add(time.Hour)
		if _, err := runnerOf(t, s, now, Config{}).Run(t.Context(), nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	log := func(after uint64) (out []string) {
		t.Helper()
		sn, err := s.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		defer sn.Close()
		list, err := Changes(t.Context(), sn, after, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			out = append(out, strings.TrimPrefix(c.Dataset, string(base)+"dataset/a/")+" "+c.Before+" "+c.Badge)
		}
		return out
	}
	check()
	if got := log(0); got != nil {
		t.Errorf("the first badges are changes: %q", got)
	}
	f.answer("/1001.csv", "")
	check()
	check()
	f.answer("/1001.csv", "年月,件數\r\n11508,9\r\n")
	f.answer("/1002.csv", "<html><title>x</title><body>x")
	check()
	want := []string{"1001 白金 無", "1001 無 白金", "1002 白金 無"}
	slices.Sort(want[1:])
	got := log(0)
	slices.Sort(got[min(1, len(got)):])
	if !slices.Equal(got, want) {
		t.Errorf("changes %q, want %q", got, want)
	}
	if got := log(2); len(got) != 1 {
		t.Errorf("after the second %q, want one", got)
	}
}

// TestRatingsStored leads with SPARQL from the points of the published metrics to the bytes.
func TestRatingsStored(t *testing.T) {
	f := serveFiles(t)
	s := openStore(t, "")
	defer s.Close()
	catalogueOf(t, s, f.URL, 1)
	if _, err := runnerOf(t, s, noon, Config{}).Run(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	e, err := sparql.New(sparql.Options{Store: s})
	if err != nil {
		t.Fatal(err)
	}
	found, err := e.Query(t.Context(), `PREFIX dqv: <http://www.w3.org/ns/dqv#> PREFIX pv: <https://piveau.eu/ns/voc#>
PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX fincat: <https://w3id.org/fincat/ns#>
SELECT ?sum (SUM(?points) AS ?points) (COUNT(?metric) AS ?n) (SUM(?most) AS ?of) (SAMPLE(?hash) AS ?digest) {
  ?dataset dqv:hasQualityMeasurement ?m .
  ?m dqv:isMeasurementOf pv:score ; dqv:value ?sum ; prov:wasDerivedFrom ?x .
  ?x dqv:isMeasurementOf ?metric ; fincat:points ?points . ?metric pv:trueScore ?most
  OPTIONAL { ?x prov:wasDerivedFrom/fincat:digest ?hash }
} GROUP BY ?sum`, sparql.QueryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for sol, err := range found.Solutions() {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if sol[0].Value() != sol[1].Value() || sol[2].Value() != "23" || sol[3].Value() != "405" ||
			!strings.HasPrefix(sol[4].Value(), "sha256:") {
			t.Errorf("solution %v", sol)
		}
	}
	if n != 1 {
		t.Errorf("%d solutions, want one", n)
	}
	rated := 0
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	c := &catalogue{sn, base}
	list, err := c.triples(t.Context(), graphOf(base, base.Dataset("a", "1000")))
	for _, x := range list {
		name := x.Subject.Value() + " " + x.Object.Value()
		if strings.Contains(name, "#mqa") || strings.Contains(name, "#star") {
			rated++
		}
	}
	// a metric has type, subject, metric, value, points and the link to the sum, and a reason
	// where it is not so
	if err != nil || rated == 0 || rated > 23*7+5*6+20 {
		t.Errorf("%d of %d statements about a dataset are about its ratings: %v", rated, len(list), err)
	}
	r := results(t, s)[0]
	if r.MQA == nil || r.MQA.Of != 405 || r.MQA.Points != 20+30 || r.Stars == nil || len(r.Stars.Each) != 5 {
		t.Errorf("rated %+v and %+v", r.MQA, r.Stars)
	}
}
