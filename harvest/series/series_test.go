package series

import (
	"slices"
	"strings"
	"testing"

	"fincat/harvest/link"
	"fincat/store"
	"fincat/store/follow"
	"fincat/store/follow/followtest"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const base = dcat.Base("https://data.example.tw/")

func TestStem(t *testing.T) {
	for _, tt := range []struct{ title, want string }{
		{"上市公司資產負債表(金融業)", "上市公司資產負債表"},
		{"上市公司資產負債表（金融業）", "上市公司資產負債表"},
		{"公發公司資產負債表-一般業", "公發公司資產負債表"},
		{"財務報表 > 公發公司資產負債表 － 一般業", "公發公司資產負債表"},
		{"三大法人-區分各選擇權契約-依日期", "三大法人-區分各選擇權契約"},
		{"台灣銀行113年度會計月報", "臺灣銀行會計月報"},
		{"民國112年第1季保險業統計", "保險業統計"},
		{"臺灣土地銀行114年度1月至12月會計月報", "臺灣土地銀行會計月報"},
		{"統計(一)", ""},
		{"個股日成交資訊", ""},
		{"(金融業)", ""},
		{"", ""},
	} {
		if got := stem(tt.title); got != tt.want {
			t.Errorf("stem(%q) = %q, want %q", tt.title, got, tt.want)
		}
	}
}

// FuzzStem asks that a stem is shorter than its title and never in two parts of words.
func FuzzStem(f *testing.F) {
	f.Add("a > 上市公司資產負債表(金融業)")
	f.Fuzz(func(t *testing.T, title string) {
		if s := stem(title); s != "" && len([]rune(s)) < shortestStem {
			t.Errorf("stem(%q) = %q", title, s)
		}
	})
}

// edition is an accepted link between editions, or of another kind or state.
func edition(a, b string, kind link.Kind, state link.State) *link.Mapping {
	return &link.Mapping{Subject: a, Object: b, Kind: kind, State: state}
}

// TestFind asks for groups of editions.
func TestFind(t *testing.T) {
	titles := map[string]string{
		"a1": "每月報表-期貨", "a2": "每月報表-選擇權", "a3": "每月報表-股票", "a4": "每月報表(期貨)", "b1": "年度報表-期貨",
		"c1": "日行情表-期貨", "c2": "日行情表-選擇權", "d1": "無關資料", "x": "每月報表-債券",
	}
	same, ed := link.Same, link.Edition
	for _, tt := range []struct {
		name string
		list []*link.Mapping
		want string
	}{
		{"none", nil, ""},
		{"two", []*link.Mapping{edition("a1", "a2", ed, link.Accepted)}, ""},
		{"three", []*link.Mapping{edition("a1", "a2", ed, link.Accepted), edition("a2", "a3", ed, link.Accepted)},
			"每月報表 a1 a2 a3"},
		{"two datasets in three records", []*link.Mapping{edition("a1", "a2", ed, link.Accepted),
			edition("a1", "a4", same, link.Accepted)}, ""},
		{"three in four", []*link.Mapping{edition("a1", "a2", ed, link.Accepted),
			edition("a1", "a4", same, link.Accepted), edition("a4", "a3", ed, link.Accepted)}, "每月報表 a1 a2 a3 a4"},
		{"other stems are left out", []*link.Mapping{edition("a1", "a2", ed, link.Accepted),
			edition("a2", "a3", ed, link.Accepted), edition("a3", "b1", ed, link.Accepted),
			edition("b1", "d1", ed, link.Accepted)}, "每月報表 a1 a2 a3"},
		{"what no link connects is no table", []*link.Mapping{edition("a1", "a2", ed, link.Accepted),
			edition("a3", "x", ed, link.Accepted)}, ""},
		{"a record that is gone", []*link.Mapping{edition("a1", "a2", ed, link.Accepted),
			edition("a2", "gone", ed, link.Accepted)}, ""},
	} {
		var got []string
		for _, g := range find(tt.list, titles) {
			if g.count() >= Least {
				got = append(got, g.stem+" "+strings.Join(g.members, " "))
			}
		}
		if s := strings.Join(got, ", "); s != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, s, tt.want)
		}
	}
}

// record changes a record; without a title it goes.
func record(id, title string, more ...term.Triple) store.Change {
	g := term.NewIRI(base.Graph("s", id))
	if title == "" {
		return followtest.Replace(g, nil)
	}
	d := &dcat.Dataset{Title: []dcat.Text{dcat.ZH(title)}, Identifier: id}
	d.Assign(base, "s", id)
	return followtest.Replace(g, append(d.Triples(), more...))
}

// members returns the members of each series.
func members(t *testing.T, s *store.Store, f *Follower) string {
	t.Helper()
	of := map[string][]string{}
	for _, q := range followtest.Written(t, s, f, base.SeriesGraph("")) {
		switch q.Predicate.Value() {
		case vocab.DCATInSeries:
			of[q.Graph.Value()] = append(of[q.Graph.Value()], q.Subject.Value()[len(base)+len("dataset/s/"):])
		case vocab.DCTTitle:
			of[q.Graph.Value()] = append(of[q.Graph.Value()], q.Object.Value()+":")
		}
	}
	var out []string
	for _, list := range of {
		slices.Sort(list)
		out = append(out, strings.Join(list, " "))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// TestFollower decides about editions, as people do, and asks that series follow.
func TestFollower(t *testing.T) {
	s := followtest.Open(t)
	bases := func() (dcat.Base, error) { return base, nil }
	f := NewFollower(s, bases)
	dataset := func(id string) string { return base.Dataset("s", id) }
	commit := func(c store.Change) func() { return func() { followtest.Commit(t, s, c) } }
	decide := func(a, b string, state link.State) func() {
		return func() {
			t.Helper()
			d := link.Decision{Subject: dataset(a), Object: dataset(b), Kind: link.Edition, State: state, By: "amy",
				At: "2026-01-02T03:04:05Z"}
			if _, err := link.Decide(t.Context(), s, base, d); err != nil {
				t.Fatal(err)
			}
		}
	}
	own := term.Triple{Subject: term.NewIRI(dataset("c")), Predicate: term.NewIRI(vocab.DCATInSeries),
		Object: term.NewIRI("https://example.tw/series")}
	for _, step := range []struct {
		name string
		do   func()
		want string
	}{
		{"records", func() {
			for id, title := range map[string]string{"a": "保證金一覽表-匯率類", "b": "保證金一覽表-利率類",
				"c": "保證金一覽表-商品類", "d": "保證金一覽表-股票類"} {
				commit(record(id, title))()
			}
		}, ""},
		{"two are editions", decide("a", "b", link.Confirmed), ""},
		{"three", decide("b", "c", link.Confirmed), "a b c 保證金一覽表:"},
		{"four", decide("c", "d", link.Confirmed), "a b c d 保證金一覽表:"},
		{"somebody drops it", func() {
			sn, err := s.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			defer sn.Close()
			list, err := follow.Beginning(t.Context(), sn, base.SeriesGraph(""))
			if err != nil || len(list) != 1 {
				t.Fatalf("%v, %v", list, err)
			}
			commit(store.Change{Drop: list})()
		}, "a b c d 保證金一覽表:"},
		{"one is refused", decide("c", "d", link.Refused), "a b c 保證金一覽表:"},
		{"a title changes", commit(record("a", "其他事項-匯率類")), ""},
		{"and back", commit(record("a", "保證金一覽表-匯率類")), "a b c 保證金一覽表:"},
		{"one goes", commit(record("c", "")), ""},
		{"and comes with a series of its source", commit(record("c", "保證金一覽表-商品類", own)), ""},
	} {
		step.do()
		got := members(t, s, f)
		if got != step.want {
			t.Fatalf("%s: %q, want %q", step.name, got, step.want)
		}
		seq := s.Seq()
		if again := members(t, s, NewFollower(s, bases)); again != got || s.Seq() != seq {
			t.Fatalf("%s: found anew: %q in %d commits, want %q", step.name, again, s.Seq()-seq, got)
		}
	}
}
