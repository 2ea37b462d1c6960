package harvest

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"fincat/sparql/shacl"
	"fincat/store"
	"fincat/vocab"
)

// rowsOf is a table of n records; those from broken on have no description.
func rowsOf(n, broken int, text string) string {
	var b strings.Builder
	b.WriteString("id,title,text,url\n")
	for i := range n {
		description := text
		if i >= broken {
			description = ""
		}
		fmt.Fprintf(&b, "%d,資料集%d,%s,https://example.tw/%d.csv\n", i, i, description, i)
	}
	return b.String()
}

// TestValidateInHarvest checks that records are validated as they change, and only
// those; that what is found is a problem of the run as long as it holds; and that
// refused records leave what the catalogue has of them.
func TestValidateInHarvest(t *testing.T) {
	for _, mode := range []string{"off", "warn", "refuse"} {
		t.Run(mode, func(t *testing.T) {
			s := openStore(t)
			m := &mutable{}
			server := httptest.NewServer(m)
			t.Cleanup(server.Close)
			h := configured(t, s, fmt.Sprintf("base: %s\nharvest: {allow_private_addresses: true}\nsources:\n"+
				"  - {id: bb, kind: table, url: '%s/l.csv', rate: 1000/s, validate: %s, profile: dcat-ap-mandatory,\n"+
				"    table: {columns: {identifier: id, title: title, description: text, accessURL: url}}}\n",
				testBase, server.URL, mode))
			problems := func(rows string) (failed, found, of int) {
				m.set(200, "text/csv", rows)
				rep := mustRun(t, h, "bb")
				for p, err := range h.history.Problems(t.Context(), rep.Run) {
					if err != nil {
						t.Fatal(err)
					}
					if p.Rule == "profile-dcat-ap-mandatory" {
						found++
					}
				}
				return rep.Failed, found, rep.New + rep.Changed
			}
			type counts struct{ failed, found, written int }
			steps := []struct {
				name, rows string
				want       map[string]counts
			}{
				{"first", rowsOf(30, 28, "甲"), map[string]counts{"off": {0, 0, 30},
					"warn": {0, 2, 30}, "refuse": {2, 2, 28}}},
				{"same", rowsOf(30, 28, "甲"), map[string]counts{"off": {0, 0, 0},
					"warn": {0, 2, 0}, "refuse": {2, 2, 0}}},
				{"mended", rowsOf(30, 30, "甲"), map[string]counts{"off": {0, 0, 2},
					"warn": {0, 0, 2}, "refuse": {0, 0, 2}}},
				{"broken", rowsOf(30, 20, "甲"), map[string]counts{"off": {0, 0, 10}, "warn": {0, 10, 10},
					"refuse": {10, 10, 0}}},
			}
			for _, step := range steps {
				failed, found, written := problems(step.rows)
				if got := (counts{failed, found, written}); got != step.want[mode] {
					t.Errorf("%s: failed, found, written %v, want %v", step.name, got, step.want[mode])
				}
			}
		})
	}
}

// TestTenValidated checks that a run that changed ten records validates ten.
func TestTenValidated(t *testing.T) {
	s := openStore(t)
	m := &mutable{}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	text := fmt.Sprintf("base: %s\nharvest: {allow_private_addresses: true}\nsources:\n"+
		"  - {id: bb, kind: table, url: '%s/l.csv', rate: 1000/s, validate: warn,\n"+
		"    table: {columns: {identifier: id, title: title, description: text, accessURL: url}}}\n", testBase,
		server.URL)
	cfg, err := ParseConfig(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	h, err := New(Options{Store: s, Config: cfg,
		Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		rows string
		want int
	}{{rowsOf(40, 40, "甲"), 40}, {rowsOf(40, 30, "甲"), 10}, {rowsOf(40, 30, "甲"), 0}} {
		m.set(200, "text/csv", step.rows)
		mustRun(t, h, "bb")
		if want := fmt.Sprintf("records=%d\n", step.want); !strings.HasSuffix(log.String(), want) {
			t.Errorf("logged %s, want %s at the end", log.String(), want)
		}
		log.Reset()
	}
}

// ourViolations validates a store and returns what the catalogue itself has to mend.
func ourViolations(t *testing.T, s *store.Store) (out []string) {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	for _, profile := range []string{"dcat-ap", "dcat-us", "tw"} {
		quads, facts, err := shacl.Builtin(profile)
		if err != nil {
			t.Fatal(err)
		}
		shapes, err := shacl.Compile(quads, shacl.ImportBuiltin)
		if err != nil {
			t.Fatal(err)
		}
		shapes.State(facts)
		for r, err := range shacl.Validate(t.Context(), sn, shapes, shacl.Options{}) {
			if err != nil {
				t.Fatal(err)
			}
			if r.Severity.Value() == vocab.SHViolation && r.Origin != shacl.OriginSource {
				out = append(out, profile+" "+r.Focus.Value()+" "+r.Path())
			}
		}
	}
	return out
}

// TestFewDatasets checks that what the catalogue states conforms whatever the sources
// have, while some have not been harvested yet. The whole catalogue lists the datasets of
// its sources.
func TestFewDatasets(t *testing.T) {
	s := openStore(t)
	m := &mutable{}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	h := configured(t, s, fmt.Sprintf("base: %s\nharvest: {allow_private_addresses: true, removal_limit: 1, "+
		"tombstone_after: 1}\ncontact: {name: 資料小組, email: data@example.tw}\nsources:\n"+
		"  - {id: bb, kind: table, url: '%[2]s/l.csv', rate: 1000/s,\n"+
		"    table: {columns: {identifier: id, title: title, description: text, accessURL: url}}}\n"+
		"  - {id: other, kind: table, url: '%[2]s/l.csv', rate: 1000/s, table: {columns: {title: title}}}\n",
		testBase, server.URL))
	for _, step := range []struct {
		name, rows string
		listed     int
	}{
		{"no dataset", "id,title,text,url\n", 0}, {"three", rowsOf(3, 3, "甲"), 3},
		{"one", rowsOf(1, 1, "甲"), 1},
	} {
		m.set(200, "text/csv", step.rows)
		mustRun(t, h, "bb")
		if got := ourViolations(t, s); len(got) > 0 {
			t.Errorf("%s: %q", step.name, got)
		}
		whole, contact := 0, false
		for q, err := range allQuads(t, s) {
			if err != nil {
				t.Fatal(err)
			}
			contact = contact || q.Object.Value() == "mailto:data@example.tw" &&
				strings.HasPrefix(q.Subject.Value(), testBase+"catalog#")
			if q.Subject.Value() == testBase+"catalog" && q.Predicate.Value() == vocab.DCATDatasetProperty {
				whole++
			}
		}
		if !contact {
			t.Errorf("%s: the catalogue does not say whom to ask", step.name)
		}
		if whole != step.listed {
			t.Errorf("%s: the catalogue lists %d datasets, want %d", step.name, whole, step.listed)
		}
	}
}
