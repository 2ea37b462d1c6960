package report

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/harvest/quality"
	"fincat/store"
	"fincat/vocab"
)

// statements are those of a store, by subject and predicate.
type statements map[string]map[string][]string

func statementsOf(t *testing.T, s *store.Store) statements {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	out := statements{}
	for q, err := range sn.Match(t.Context(), store.Pattern{}, store.SPOG) {
		if err != nil {
			t.Fatal(err)
		}
		subject := q.Subject.Value()
		if out[subject] == nil {
			out[subject] = map[string][]string{}
		}
		p := q.Predicate.Value()
		if !slices.Contains(out[subject][p], q.Object.Value()) {
			out[subject][p] = append(out[subject][p], q.Object.Value())
		}
	}
	return out
}

// one is the only value of a property, or nothing.
func (s statements) one(subject, p string) string { return strings.Join(s[subject][p], " and ") }

func (s statements) datasets() (out []string) {
	for _, x := range slices.Sorted(maps.Keys(s)) {
		if slices.Contains(s[x][vocab.RDFType], vocab.DCATDataset) {
			out = append(out, x)
		}
	}
	return out
}

// share counts, statement by statement, the datasets on which a metric had one of some values.
func (s statements) share(t *testing.T, metric string, at time.Time, values ...string) (met []string, of int) {
	t.Helper()
	value, since := map[string]string{}, map[string]time.Time{}
	for m, x := range s {
		if !slices.Contains(x[vocab.DQVIsMeasurementOf], base.Metric(metric)) {
			continue
		}
		dataset := s.one(m, vocab.DQVComputedOn)
		from, err := time.Parse(time.RFC3339, s.one(m, vocab.FincatFirstSeen))
		if err != nil {
			t.Fatalf("%s of %s: %v", metric, dataset, err)
		}
		if !from.After(at) && (value[dataset] == "" || from.After(since[dataset])) {
			value[dataset], since[dataset] = s.one(m, vocab.DQVNS+"value"), from
		}
	}
	for _, d := range s.datasets() {
		if value[d] == "" {
			continue
		}
		if of++; slices.Contains(values, value[d]) {
			met = append(met, d)
		}
	}
	return met, of
}

// fresh counts the datasets that are new in a year up to a day, by the rule of the target: each
// group of linked datasets is as old as what is known of its oldest, and counts once.
func (s statements) fresh(year, until string) (out []string) {
	seen, begun := map[string]string{}, ""
	for _, x := range s {
		if at := strings.Join(x[vocab.DCTIssued], ""); len(x[vocab.FOAFPrimaryTopic]) == 1 && at != "" {
			seen[x[vocab.FOAFPrimaryTopic][0]] = at
			if begun == "" || at < begun {
				begun = at
			}
		}
	}
	group := map[string]string{} // by the least of its members, for pairs
	for _, d := range s.datasets() {
		group[d] = d
	}
	for d, x := range s {
		for _, o := range x[vocab.OWLSameAs] {
			group[max(o, d)] = min(o, d)
		}
	}
	for _, d := range s.datasets() {
		if group[d] != d {
			continue
		}
		first, unknown, known := "9999", false, ""
		for o, g := range group {
			if g != d {
				continue
			}
			at := s.one(o, vocab.DCTIssued)
			if at == "" {
				at = seen[o][:10]
				unknown = unknown || seen[o] == begun
			}
			if first = min(first, at[:10]); at[:10] == first {
				known = o
			}
		}
		if first >= year+"-01-01" && first <= until && (!unknown || seen[known] != begun) {
			out = append(out, d)
		}
	}
	return out
}

// standards are the government data standards that datasets and their files follow, and who
// follows them.
func (s statements) standards() (names, who []string) {
	for _, d := range s.datasets() {
		for _, about := range append([]string{d}, s[d][vocab.DCATNS+"distribution"]...) {
			for _, iri := range s[about][vocab.DCTConformsTo] {
				u, err := url.Parse(iri)
				if err != nil {
					continue
				}
				for _, host := range []string{"schema.gov.tw", "schemas.gov.tw", "schema.data.gov.tw",
					"schemas.data.gov.tw"} {
					if u.Hostname() == host || strings.HasSuffix(u.Hostname(), "."+host) {
						names, who = append(names, iri), append(who, d)
					}
				}
			}
		}
	}
	for _, list := range []*[]string{&names, &who} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return names, who
}

// TestRecount counts each of the five targets once more, from the statements of the store without
// a query and from what the checks kept, at the end of each quarter and at the present.
func TestRecount(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{CacheBytes: 32 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f := serveFiles(t)
	described := "統一編號、金額(新臺幣元)"
	api := func(paths ...string) string {
		var list []string
		for _, p := range paths {
			list = append(list, fmt.Sprintf(`"/%s":{"get":{"responses":{"200":{"description":"d","content":`+
				`{"text/csv":{"schema":{"type":"string"}}}}}}}`, p))
		}
		return `{"openapi":"3.0.3","info":{"title":"API","version":"1"},"servers":[{"url":"` + f.URL +
			`"}],"paths":{` + strings.Join(list, ",") + `}}`
	}
	catalogue(t, s, f, []entry{
		{id: "21", owner: "twse", recorded: "2026-01-02", file: platinumFile, fields: described, api: "/api.json",
			standard: "https://schemas.data.gov.tw/lists/1"},
		{id: "22", owner: "twse", recorded: "2026-01-02", file: platinumFile, fields: described, api: "/api.json",
			standard: "https://schemas.data.gov.tw/lists/2"},
		{id: "23", owner: "tpex", recorded: "2026-01-02", file: goldFile, fields: "甲、乙", api: "/api.json",
			standard: "https://schema.gov.tw/lists/3"},
		{id: "24", owner: "tpex", recorded: "2026-01-02", file: goldFile, fields: "甲、乙", api: "/broken.json",
			standard: "https://schema.gov.tw.example.org/lists/4"},
		{id: "25", owner: "tpex", recorded: "2026-05-04", file: goldFile, fields: "甲、丙",
			standard: "https://schemas.data.gov.tw/lists/1"},
		{id: "26", recorded: "2026-07-09", published: "2026-07-01", file: bronzeFile, fields: "甲"},
		{id: "27", recorded: "2026-07-09", file: goldFile, fields: "甲、乙", same: "26"},
		{id: "28", recorded: "2026-07-09", published: "2025-12-31", file: goldFile, fields: "甲、乙"},
		{id: "29", recorded: "2026-08-01", published: "2026-08-01", fields: "甲", same: "21"},
	})
	f.put("/api.json", api("21", "22"))
	f.put("/broken.json", `{"openapi":"3.0.3"`)
	check(t, s, "2026-02-01T00:00:00+08:00")
	f.put("/api.json", api("21", "22", "23"))
	f.put("/22", bronzeFile)
	check(t, s, "2026-05-01T00:00:00+08:00")
	f.put("/broken.json", api("24"))
	f.put("/25", "甲,丙\r\n1,2\r\n")
	f.put("/26", goldFile)
	check(t, s, "2026-08-01T00:00:00+08:00")
	want := map[string]string{"2026Q1": "new 0 gold 6 of 9 platinum 2 of 9 oas 2 of 9 standards 3",
		"2026Q2": "new 1 gold 5 of 9 platinum 1 of 9 oas 3 of 9 standards 3",
		"2026Q3": "new 2 gold 7 of 9 platinum 1 of 9 oas 4 of 9 standards 3"}
	all := statementsOf(t, s)
	for n := 1; n <= 3; n++ {
		q := Quarter{2026, n}
		r := makeReport(t, s, q, "2026-09-01T00:00:00+08:00")
		got := recounted(t, s, all, r)
		if got != want[q.String()] {
			t.Errorf("%s: %s, by hand %s", q, got, want[q.String()])
		}
	}
}

// recounted counts the targets of a report anew, says where it has another figure, and
// returns the figures.
func recounted(t *testing.T, s *store.Store, all statements, r *Report) string {
	t.Helper()
	gold, of := all.share(t, "badge", r.To, "金", "白金")
	platinum, _ := all.share(t, "badge", r.To, "白金")
	open, ofOpen := all.share(t, "open-api", r.To, "true")
	fresh := all.fresh("2026", r.To.In(taipei).Format(time.DateOnly))
	names, who := all.standards()
	for id, want := range map[string][]string{"gold": gold, "platinum": platinum, "oas": open, "new": fresh,
		"standards": who} {
		if got := slices.Sorted(slices.Values(r.Figure(id).Counted)); !slices.Equal(got, want) {
			t.Errorf("%s: %s counts %v, want %v", r.Quarter, id, got, want)
		}
	}
	if st := r.Figure("standards"); !slices.Equal(slices.Sorted(slices.Values(st.Names)), names) ||
		st.Met != len(names) || st.Value != float64(len(names)) {
		t.Errorf("%s: standards %v, want %v", r.Quarter, st.Names, names)
	}
	for id, n := range map[string]int{"gold": of, "platinum": of, "oas": ofOpen} {
		x := r.Figure(id)
		if x.Of != n || x.Met != len(x.Counted) || x.Of != len(x.Counted)+len(x.Short) ||
			!near(x.Value*float64(n), float64(x.Met)) || x.Reached != (x.Value >= x.Goal) {
			t.Errorf("%s: %s is %+v of %d", r.Quarter, id, x, n)
		}
		met := 0
		for _, p := range r.Providers {
			met += p.Figure(id).Met
		}
		if met != x.Met {
			t.Errorf("%s: %s of the providers together is %d, of all %d", r.Quarter, id, met, x.Met)
		}
	}
	keptSame(t, s, r, gold, open)
	return fmt.Sprintf("new %d gold %d of %d platinum %d of %d oas %d of %d standards %d", len(fresh), len(gold), of,
		len(platinum), of, len(open), ofOpen, len(names))
}

// keptSame compares the statements with the results that the checks kept.
func keptSame(t *testing.T, s *store.Store, r *Report, gold, open []string) {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	for x, err := range quality.Results(t.Context(), sn, base, nil, false) {
		if err != nil {
			t.Fatal(err)
		}
		then, ok := x.At(r.To)
		if !ok || (then.Badge == "金" || then.Badge == "白金") != slices.Contains(gold, x.Dataset) ||
			then.OpenAPI != slices.Contains(open, x.Dataset) {
			t.Errorf("%s: %s was kept as %+v", r.Quarter, x.Dataset, then)
		}
	}
}
