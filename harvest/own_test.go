package harvest

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fincat/harvest/mapping"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/document"
	"fincat/vocab/term"
)

// TestOnlyWhatTheSourceSays harvests every recorded source: the graph of a record has
// what the mapping made of the source, the dcat:CatalogRecord and its links from the
// catalogue, and nothing else.
func TestOnlyWhatTheSourceSays(t *testing.T) {
	folders, err := filepath.Glob("../testdata/harvest/*/source.yaml")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	for _, f := range folders {
		t.Run(filepath.Base(filepath.Dir(f)), func(t *testing.T) {
			_, cfg, id := loadRecording(t, filepath.Dir(f))
			s := openStore(t)
			h := newHarvester(t, s, cfg)
			mapped, _ := h.Preview(t.Context(), id, 1<<20) // recordings of what is wrong end with an error
			mustRun(t, h, id)
			for _, rec := range mapped {
				if rec.Dataset == nil {
					continue
				}
				said := legible(&mapping.Record{}, rec.Dataset.Triples())
				got := graphOf(t, s, string(h.base.Graph(id, rec.ID)))
				if len(got) == 0 {
					continue // a record with a violation
				}
				ours := []string{h.base.Record(id, rec.ID), h.base.SourceCatalog(id)}
				got = slices.DeleteFunc(got, func(x term.Triple) bool {
					return slices.Contains(ours, x.Subject.Value()) && !slices.Contains(said, x)
				})
				slices.SortFunc(said, term.CompareTriples)
				if said = slices.Compact(said); !slices.Equal(got, said) {
					t.Errorf("record %q has %v\nwhere its mapping has %v", rec.ID, got, said)
				}
			}
			checkOwn(t, s)
		})
	}
}

// checkOwn checks every own graph of a store: it stands beside a record that is there,
// and repeats nothing; every record whose distributions say nothing of their
// availability has one. It returns how many there are.
func checkOwn(t *testing.T, s *store.Store) int {
	t.Helper()
	graphs := map[string]map[term.Triple]bool{}
	for q, err := range allQuads(t, s) {
		if err != nil {
			t.Fatal(err)
		}
		g := graphs[q.Graph.Value()]
		if g == nil {
			g = map[term.Triple]bool{}
			graphs[q.Graph.Value()] = g
		}
		g[q.Triple()] = true
	}
	n := 0
	for name, triples := range graphs {
		record, own := dcat.OwnGraphOf(name)
		beside := graphs[record]
		if !own {
			beside = graphs[dcat.OwnGraph(name)]
		}
		live, offers := false, false
		for x := range triples {
			if own && beside[x] {
				t.Errorf("%s repeats %v", name, x)
			}
			live = live || x.Predicate.Value() == vocab.FincatDigest
			offers = offers || x.Predicate.Value() == vocab.DCATDistributionProperty
		}
		switch {
		case own:
			n++
			dead := slices.ContainsFunc(keys(beside), func(x term.Triple) bool {
				return x.Predicate.Value() == vocab.PROVInvalidatedAtTime
			})
			if dead || len(beside) == 0 {
				t.Errorf("%s is an orphan", name)
			}
		case live && offers && len(beside) == 0:
			t.Errorf("%s has no own graph beside it", name)
		}
	}
	return n
}

func keys(m map[term.Triple]bool) (out []term.Triple) {
	for k := range m {
		out = append(out, k)
	}
	return out
}

// TestOwnGraphFollows leads records through their whole life: what the catalogue
// states itself follows them, is taken back with a run, and counts as no change.
func TestOwnGraphFollows(t *testing.T) {
	p, s := newPortal(t, 10), openStore(t)
	h := newHarvester(t, s, p.config(t, ", tombstone_after: 1"))
	states := [][]term.Quad{content(t, s)}
	var runs []string
	step := func(name, counts string, own int, change func()) {
		t.Helper()
		if change != nil {
			p.set(change)
		}
		before := content(t, s)
		dry, err := h.Run(t.Context(), "bb", RunOptions{DryRun: true})
		if err != nil || !slices.Equal(content(t, s), before) {
			t.Errorf("%s: a dry run changed the store: %v, %v", name, dry, err)
		}
		rep := mustRun(t, h, "bb")
		if got := rep.String(); got != "bb: "+counts {
			t.Errorf("%s: %s, want %s", name, got, counts)
		}
		if got := checkOwn(t, s); got != own {
			t.Errorf("%s: %d own graphs, want %d", name, got, own)
		}
		shown := changesOf(t, h, rep.Run)
		if n := rep.New + rep.Changed + rep.Removed + rep.Renamed; len(shown) != n {
			t.Errorf("%s: %d changes are shown, want %d: %v", name, len(shown), n, shown)
		}
		states, runs = append(states, content(t, s)), append(runs, rep.Run)
	}
	step("first", "10 new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed", 10, nil)
	file := p.dataset
	step("another file", "0 new, 1 changed, 9 unchanged, 0 missing, 0 removed, 0 failed", 10, func() {
		p.dataset = func(i int) (string, string, string) {
			if i == 4 {
				return "資料集4", "檔案4", "https://other.example.tw/4.csv"
			}
			return file(i)
		}
	})
	if own := fmt.Sprint(graphOf(t, s, dcat.OwnGraph(testBase+"graph/bb/id-00004"))); strings.Count(own,
		vocab.DCATAPAvailability) != 1 {
		t.Errorf("a file was replaced by another, and the catalogue states %s", own)
	}
	step("gone", "0 new, 0 changed, 9 unchanged, 0 missing, 1 removed, 0 failed", 9, func() { p.n = 9 })
	step("back", "1 new, 0 changed, 9 unchanged, 0 missing, 0 removed, 0 failed", 10, func() { p.n = 10 })
	step("renamed", "0 new, 0 changed, 9 unchanged, 0 missing, 0 removed, 0 failed; 1 renamed", 10, func() {
		ids := p.ids
		p.ids = func(i int) string { return strings.Replace(ids(i), "id-00003", "neu-3", 1) }
	})
	step("same", "0 new, 0 changed, 10 unchanged, 0 missing, 0 removed, 0 failed", 10, nil)
	for i, run := range slices.Backward(runs) {
		if _, err := h.Undo(t.Context(), run); err != nil {
			t.Fatalf("undo %s: %v", run, err)
		}
		checkOwn(t, s)
		if got := content(t, s); !slices.Equal(got, states[i]) {
			t.Errorf("%d statements after the undoing of step %d, want %d", len(got), i, len(states[i]))
		}
	}
}

// TestOwnGraphOfApproved checks that approved removals leave no own graph, and that it
// is back when the run is undone; and that records which are refused keep theirs.
func TestOwnGraphOfApproved(t *testing.T) {
	m, h := newRemoving(t, "", ", tombstone_after: 1, validate: refuse, profile: dcat-us")
	if rep := m.shows(t, h, 10); rep.New != 0 || rep.Failed != 10 {
		t.Fatalf("records without a description: %s", rep)
	}
	if n := checkOwn(t, h.store); n != 0 {
		t.Errorf("%d own graphs of refused records", n)
	}
	m, h = newRemoving(t, "", ", tombstone_after: 1")
	m.shows(t, h, 10)
	before := content(t, h.store)
	rep := m.shows(t, h, 4)
	if n := checkOwn(t, h.store); n != 10 || rep.Held != 6 {
		t.Errorf("%d own graphs while 6 removals wait: %s", n, rep)
	}
	if _, err := h.Approve(t.Context(), rep.Run); err != nil {
		t.Fatal(err)
	}
	if n := checkOwn(t, h.store); n != 4 {
		t.Errorf("%d own graphs after the approval, want 4", n)
	}
	if _, err := h.Undo(t.Context(), rep.Run); err != nil {
		t.Fatal(err)
	}
	if n := checkOwn(t, h.store); n != 10 || !slices.Equal(content(t, h.store), before) {
		t.Errorf("%d own graphs after the undoing, want 10 and all as before", n)
	}
}

// TestOwnIsLegible: what the catalogue adds has no more code points that are no characters
// than what the source says.
func TestOwnIsLegible(t *testing.T) {
	h := newHarvester(t, openStore(t), Config{Base: "https://data.example.tw/"})
	d := dcat.Dataset{IRI: "https://data.example.tw/dataset/s/1", LandingPage: []string{"http://e/page"},
		Title: []dcat.Text{{Value: "a\uFFFE\x00b\uFFFF"}}}
	rec := &mapping.Record{ID: "1", Dataset: &d}
	found := false
	for _, x := range h.additions(rec.Dataset, legible(rec, d.Triples())) {
		if document.Map(x.Object, document.Legible) != x.Object {
			t.Errorf("%v has what is no character", x)
		}
		found = found || x.Subject.Value() == "http://e/page" && x.Predicate.Value() == vocab.DCTTitle
	}
	if !found {
		t.Error("the page has no title")
	}
}

// TestLicenceOfFiles asks that files are stated to be under the licence of their dataset, but not
// where the source gives one of them a licence of its own, nor where the dataset has none.
func TestLicenceOfFiles(t *testing.T) {
	h := newHarvester(t, openStore(t), Config{Base: testBase})
	for name, tt := range map[string]struct {
		dataset, second string
		want            int
	}{
		"of the dataset": {dcat.OGDL, "", 2}, "one of its own": {dcat.OGDL, "https://e.tw/terms", 0},
		"none": {"", "", 0},
	} {
		d := &dcat.Dataset{Title: dcat.Texts("x"), License: tt.dataset, Distribution: []dcat.Distribution{
			{AccessURL: "https://e.tw/x"}, {AccessURL: "https://e.tw/y", License: tt.second}}}
		d.Assign(h.base, "bb", "1")
		n := 0
		for _, x := range h.additions(d, d.Triples()) {
			if x.Predicate.Value() != vocab.DCTLicense {
				continue
			}
			if n++; x.Object.Value() != tt.dataset || x.Subject.Value() == d.IRI {
				t.Errorf("%s: %v", name, x)
			}
		}
		if n != tt.want {
			t.Errorf("%s: %d licences of files are stated, want %d", name, n, tt.want)
		}
	}
}
