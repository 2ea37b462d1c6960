package harvest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"fincat/harvest/history"
	"fincat/vocab"
	"fincat/vocab/term"
)

// rename makes the portal show datasets under other identifiers: renamed
// by their number, the others as before.
func (p *portal) rename(renamed map[int]string) {
	p.set(func() {
		p.ids = func(i int) string {
			if id := renamed[i]; id != "" {
				return id
			}
			return fmt.Sprintf("id-%05d", i)
		}
	})
}

func objectOf(triples []term.Triple, s, p string) string {
	for _, t := range triples {
		if t.Subject.Value() == s && t.Predicate.Value() == p {
			return t.Object.Value()
		}
	}
	return ""
}

func TestRename(t *testing.T) {
	p, s := newPortal(t, 10), openStore(t)
	h := newHarvester(t, s, p.config(t, ""))
	mustRun(t, h, "bb")
	first := valueOf(graphOf(t, s, testBase+"graph/bb/id-00003"), vocab.DCTIssued)
	before := content(t, s)
	now := h.now().Add(time.Hour)
	h.now = func() time.Time { return now }
	p.rename(map[int]string{3: "neu-3"})

	var preview []history.RecordChange
	dry, err := h.Run(t.Context(), "bb", RunOptions{DryRun: true, Changed: func(c history.RecordChange) {
		preview = append(preview, c)
	}})
	renamed := history.RecordChange{Record: testBase + "dataset/bb/neu-3", What: "renamed", Title: "資料集3",
		Was: testBase + "dataset/bb/id-00003"}
	if err != nil || dry.Renamed != 1 || dry.New != 0 || !slices.Contains(preview, renamed) {
		t.Errorf("dry run: %s, %v, %v", dry, err, preview)
	}
	rep := mustRun(t, h, "bb")
	if got := rep.String(); got != "bb: 0 new, 0 changed, 9 unchanged, 0 missing, 0 removed, 0 failed; 1 renamed" ||
		!rep.OK() || rep.Total() != 10 {
		t.Errorf("run: %s", got)
	}
	if got := changesOf(t, h, rep.Run); len(got) != 1 || got[0] != renamed {
		t.Errorf("ChangesOf = %v, want %v", got, renamed)
	}
	if kept, err := h.history.RunByID(t.Context(), rep.Run); err != nil || kept.Renamed != 1 {
		t.Errorf("the run in the store: %v, %v", kept, err)
	}
	old, is := graphOf(t, s, testBase+"graph/bb/id-00003"), graphOf(t, s, testBase+"graph/bb/neu-3")
	if valueOf(old, vocab.PROVInvalidatedAtTime) == "" ||
		objectOf(old, renamed.Was, vocab.DCTIsReplacedBy) != renamed.Record ||
		objectOf(old, renamed.Was, vocab.RDFType) != "" {
		t.Errorf("the old record: %v", old)
	}
	if got := objectOf(is, testBase+"record/bb/neu-3", vocab.DCTIssued); got != first ||
		objectOf(is, renamed.Record, vocab.DCTTitle) != "資料集3" {
		t.Errorf("the new record was first seen %q, want %q: %v", got, first, is)
	}

	want(t, mustRun(t, h, "bb"), "0 new, 0 changed, 10 unchanged, 0 missing, 0 removed, 0 failed")
	p.rename(map[int]string{3: "neu-3b"}) // a chain
	if rep := mustRun(t, h, "bb"); rep.Renamed != 1 || rep.New+rep.Removed+rep.Missing > 0 {
		t.Errorf("renamed again: %s", rep)
	}
	p.rename(nil) // and back to the first name
	last := mustRun(t, h, "bb")
	if last.Renamed != 1 || last.New+last.Removed+last.Missing > 0 {
		t.Errorf("renamed back: %s", last)
	}
	back := graphOf(t, s, testBase+"graph/bb/id-00003")
	if valueOf(back, vocab.PROVInvalidatedAtTime) != "" ||
		objectOf(back, renamed.Was, vocab.DCTIsReplacedBy) != "" || objectOf(back, testBase+"record/bb/id-00003",
		vocab.DCTIssued) != first {
		t.Errorf("the record under its first name again: %v", back)
	}
	runs, err := h.history.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs[:4] {
		if _, err := h.Undo(t.Context(), r.Run); err != nil {
			t.Fatal(err)
		}
	}
	if got := content(t, s); !slices.Equal(got, before) {
		t.Error("undoing the renames did not bring back the state before")
	}
}

// TestNoRename lists what is removal and addition all the same.
func TestNoRename(t *testing.T) {
	same := func(int) (string, string, string) { return "資料集", "檔案", "https://files.example.tw/a.csv" }
	tests := []struct {
		name    string
		dataset func(i int) (title, file, url string)
		rename  map[int]string
		change  func(p *portal)
		want    string
	}{
		{"two alike", same, map[int]string{3: "neu-3", 4: "neu-4"}, nil,
			"bb: 2 new, 0 changed, 8 unchanged, 2 missing, 0 removed, 0 failed"},
		{"one of two alike comes", same, map[int]string{3: "neu-3"}, func(p *portal) { p.n-- },
			"bb: 1 new, 0 changed, 8 unchanged, 2 missing, 0 removed, 0 failed"},
		{"other content", nil, map[int]string{3: "neu-3"}, func(p *portal) {
			before := p.dataset
			p.dataset = func(i int) (string, string, string) {
				title, file, url := before(i)
				return title + "（新）", file, url
			}
		}, "bb: 1 new, 9 changed, 0 unchanged, 1 missing, 0 removed, 0 failed"},
		{"without data", func(i int) (string, string, string) { return fmt.Sprint("資料集", i), "", "" },
			map[int]string{3: "neu-3"}, nil, "bb: 1 new, 0 changed, 9 unchanged, 1 missing, 0 removed, 0 failed"},
		{"incomplete gathering", nil, map[int]string{3: "neu-3"}, func(p *portal) { p.fail = true },
			"bb: 1 new, 0 changed, 9 unchanged, 0 missing, 0 removed, 0 failed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, s := newPortal(t, 10), openStore(t)
			if tt.dataset != nil {
				p.dataset = tt.dataset
			}
			h := newHarvester(t, s, p.config(t, ""))
			mustRun(t, h, "bb")
			p.rename(tt.rename)
			if tt.change != nil {
				p.set(func() { tt.change(p) })
			}
			rep := mustRun(t, h, "bb")
			want(t, rep, tt.want[4:])
			if rep.Renamed > 0 {
				t.Errorf("run: %s", rep)
			}
		})
	}
}

// TestRenameOfAll gives every dataset another identifier, which is no removal at
// all, while half of those that are really gone are held back.
func TestRenameOfAll(t *testing.T) {
	p, s := newPortal(t, 300), openStore(t)
	h := newHarvester(t, s, p.config(t, ", tombstone_after: 1"))
	mustRun(t, h, "bb")
	all := map[int]string{}
	for i := range 300 {
		all[i] = fmt.Sprintf("neu-%d", i)
	}
	p.rename(all)
	if rep := mustRun(t, h, "bb"); rep.Renamed != 300 || rep.New+rep.Missing+rep.Removed+rep.Held > 0 {
		t.Errorf("all renamed: %s", rep)
	}
	want(t, mustRun(t, h, "bb"), "0 new, 0 changed, 300 unchanged, 0 missing, 0 removed, 0 failed")
	p.rename(nil)
	p.set(func() { p.n = 100 })
	rep := mustRun(t, h, "bb")
	if rep.Renamed != 100 || rep.Held != 200 || rep.New+rep.Missing+rep.Removed > 0 {
		t.Errorf("a third renamed back, the others gone: %s", rep)
	}
	p.set(func() { p.n = 150 })
	rep = mustRun(t, h, "bb")
	if rep.Renamed != 50 || rep.Held != 150 || rep.Unchanged != 100 {
		t.Errorf("some of those held back come under their first names: %s", rep)
	}
	if rep, err := h.Approve(t.Context(), rep.Run); err != nil || rep.Removed != 150 {
		t.Errorf("Approve = %v, %v", rep, err)
	}
	want(t, mustRun(t, h, "bb"), "0 new, 0 changed, 150 unchanged, 0 missing, 0 removed, 0 failed")
}

// TestHeldDeletions checks that removals which the source itself asks for wait
// for approval too, when they are too many, and are made by it.
func TestHeldDeletions(t *testing.T) {
	s := openStore(t)
	m, h := newMutable(t, s)
	m.set(200, "application/json", manifest(10))
	mustRun(t, h, "bb")
	list := "資料集識別碼,資料集名稱,資料集變動狀態\n"
	for i := range 5 {
		list += fmt.Sprintf("%d,資料集,刪除\n", 1000+i)
	}
	m.set(200, "text/csv", list)
	rep := mustRun(t, h, "bb")
	if rep.Held != 5 || rep.Removed != 0 || rep.Status != history.Held {
		t.Fatalf("run: %s", rep)
	}
	m.set(200, "text/csv", "資料集識別碼,資料集名稱,資料集變動狀態\n1000,資料集0,修改\n") // it is there after all
	if again := mustRun(t, h, "bb"); !again.Partial || again.Changed != 1 {
		t.Fatalf("run: %s", again)
	}
	if got, err := h.Approve(t.Context(), rep.Run); err != nil || got.Removed != 4 {
		t.Errorf("Approve = %v, %v, want 4 removed", got, err)
	}
	for id, gone := range map[string]bool{"1000": false, "1001": true, "1004": true, "1005": false} {
		if got := valueOf(graphOf(t, s, testBase+"graph/bb/"+id), vocab.PROVInvalidatedAtTime) != ""; got != gone {
			t.Errorf("record %s is a tombstone: %v, want %v", id, got, gone)
		}
	}
}
