package feed

import (
	"encoding/xml"
	"fmt"
	"testing"

	"fincat/harvest/feed/atom"
	"fincat/store"
)

// TestBadgesInAtom follows one dataset: the changes of its badge are entries of their own.
func TestBadgesInAtom(t *testing.T) {
	h, mux := newTestHandler(t)
	dataset := base.Dataset("one", "a")
	read := func(target string) (feed atom.Feed) {
		t.Helper()
		w := get(mux, target)
		if err := xml.Unmarshal(w.Body.Bytes(), &feed); err != nil {
			t.Fatalf("%s: %v: %s", target, err, w.Body)
		}
		return feed
	}
	if got := read("feed/atom.xml?dataset=" + dataset); len(got.Entries) != 1 {
		t.Fatalf("before the checks: %+v", got.Entries)
	}
	state := fmt.Sprintf(`{"dataset": %q, "title": "甲", "badge": "銀", "badge_why": "fields: 丁 is missing",
		"since": "2026-07-01T00:00:00Z", "checked": "2026-08-01T00:00:00Z", "history": [
		{"since": "2026-06-01T00:00:00Z", "checked": "2026-06-30T00:00:00Z", "badge": "金"},
		{"since": "2026-05-01T00:00:00Z", "checked": "2026-05-30T00:00:00Z", "badge": "金"},
		{"checked": "2026-04-30T00:00:00Z", "badge": "無"}]}`, dataset)
	put := map[string][]byte{"quality/state/" + dataset: []byte(state)}
	if _, err := h.Store.Commit(t.Context(), store.Change{Put: put}); err != nil {
		t.Fatal(err)
	}
	got := read("feed/atom.xml?dataset=" + dataset).Entries
	if len(got) != 3 {
		t.Fatalf("after the checks: %+v", got)
	}
	for i, want := range []atom.Entry{
		{ID: dataset + "#badge-2026-07-01T00:00:00Z", Title: "甲：品質標章 金 → 銀", Updated: "2026-07-01T00:00:00Z",
			Summary: "欄位描述與資料相符：缺少 丁"},
		{ID: dataset + "#badge-2026-05-01T00:00:00Z", Title: "甲：品質標章 無 → 金", Updated: "2026-05-01T00:00:00Z"},
	} {
		e := got[i+1]
		if e.ID != want.ID || e.Title != want.Title || e.Updated != want.Updated || e.Summary != want.Summary ||
			len(e.Links) != 1 || e.Links[0].Href != dataset+"#quality" {
			t.Errorf("entry %d is %+v, want %+v", i+1, e, want)
		}
	}
	for _, e := range read("feed/atom.xml").Entries { // of all: the records only
		if e.ID == got[1].ID {
			t.Errorf("the feed of all has %+v", e)
		}
	}
}
