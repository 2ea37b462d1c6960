package coverage

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/harvest/link"
	"fincat/store"
	"fincat/store/follow"
	"fincat/store/follow/followtest"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const base = dcat.Base("https://data.example.tw/")

// record changes a record; without a title it goes.
func record(source, id, title string) store.Change {
	g := term.NewIRI(base.Graph(source, id))
	if title == "" {
		return followtest.Replace(g, nil)
	}
	d := &dcat.Dataset{Title: []dcat.Text{dcat.ZH(title)}, Identifier: id}
	d.Assign(base, source, id)
	if source == "portal" {
		d.LandingPage = []string{"https://data.gov.tw/dataset/" + id}
		d.Publisher = dcat.Agent{IRI: base.Org("securities-futures-bureau")}
		d.Creator = dcat.Agent{IRI: base.Org("twse")}
	} else {
		d.Publisher = dcat.Agent{IRI: base.Org(source)}
	}
	return followtest.Replace(g, d.Triples())
}

func taipei(s string) time.Time {
	at, err := time.ParseInLocation("2006-01-02 15:04", s, time.FixedZone("", 8*3600))
	if err != nil {
		panic(err)
	}
	return at
}

// TestFollower goes through three quarters, and asks each time that another follower
// that reads everything has the same.
func TestFollower(t *testing.T) {
	s := followtest.Open(t)
	bases := func() (dcat.Base, error) { return base, nil }
	var now time.Time
	clock := func() time.Time { return now }
	f, err := link.NewFollower(link.Options{Store: s, Base: bases})
	if err != nil {
		t.Fatal(err)
	}
	links, counts := follow.New(s, f), follow.New(s, NewFollower(s, bases, clock))
	for _, step := range []struct {
		name, at string
		change   store.Change
		want     string // own, linked, portal and unshown of twse in each quarter
	}{
		{"nothing", "2026-03-31 23:59", store.Change{}, ""},
		{"an own one", "2026-03-31 23:59", record("twse", "a", "上市公司每日收盤行情彙總表"), "2026Q1 1/0/0/0"},
		{"another", "2026-03-31 23:59", record("twse", "b", "集中市場融資融券餘額統計表"), "2026Q1 2/0/0/0"},
		{"one of the portal", "2026-04-01 00:00", record("portal", "11001", "上市公司每日收盤行情彙總表"),
			"2026Q1 2/0/0/0, 2026Q2 2/1/1/0"},
		{"one that nobody shows", "2026-06-30 12:00", record("portal", "11002", "上市公司董事酬金分派明細表"),
			"2026Q1 2/0/0/0, 2026Q2 2/1/2/1"},
		{"one goes", "2026-07-01 00:00", record("portal", "11001", ""),
			"2026Q1 2/0/0/0, 2026Q2 2/1/2/1, 2026Q3 2/0/1/1"},
		{"somebody drops the quarter", "2026-07-02 00:00",
			store.Change{Drop: []term.Term{term.NewIRI(base.CoverageGraph("2026Q3"))}},
			"2026Q1 2/0/0/0, 2026Q2 2/1/2/1, 2026Q3 2/0/1/1"},
		{"a quarter begins", "2026-10-01 00:00", // with a commit that is about something else
			store.Change{Drop: []term.Term{term.NewIRI("https://example.tw/none")},
				Replace: map[term.Term][]term.Quad{term.NewIRI("https://example.tw/g"): {{
					Subject: term.NewIRI("https://example.tw/s"), Predicate: term.NewIRI("https://example.tw/p"),
					Object: term.NewString("o"), Graph: term.NewIRI("https://example.tw/g")}}}},
			"2026Q1 2/0/0/0, 2026Q2 2/1/2/1, 2026Q3 2/0/1/1, 2026Q4 2/0/1/1"},
	} {
		now = taipei(step.at)
		followtest.Commit(t, s, step.change)
		for _, w := range []*follow.Following{links, counts} {
			if err := w.Reach(t.Context(), s.Seq()); err != nil {
				t.Fatal(err)
			}
		}
		if got := told(t, s); got != step.want {
			t.Fatalf("%s: %s, want %s", step.name, got, step.want)
		}
		seq := s.Seq()
		if err := follow.New(s, NewFollower(s, bases, clock)).Reach(t.Context(), seq); err != nil {
			t.Fatal(err)
		}
		if got := told(t, s); got != step.want || s.Seq() != seq {
			t.Fatalf("%s: counted anew: %s in %d commits, want %s", step.name, got, s.Seq()-seq, step.want)
		}
	}
}

// TestOnlyThePortal has a store in which no institution has records of its own, so that the
// quarter has no graph: a step that changes no record reads none all the same.
func TestOnlyThePortal(t *testing.T) {
	s := followtest.Open(t)
	f := NewFollower(s, func() (dcat.Base, error) { return base, nil },
		func() time.Time { return taipei("2026-03-31 23:59") })
	w := follow.New(s, f)
	reach := func(c store.Change) {
		t.Helper()
		followtest.Commit(t, s, c)
		if err := w.Reach(t.Context(), s.Seq()); err != nil {
			t.Fatal(err)
		}
	}
	reach(record("portal", "11001", "上市公司每日收盤行情彙總表"))
	f.Release()
	elsewhere := term.NewIRI("https://example.tw/g")
	reach(store.Change{Replace: map[term.Term][]term.Quad{elsewhere: {{Subject: elsewhere, Predicate: elsewhere,
		Object: term.NewString("o"), Graph: elsewhere}}}})
	if f.count != nil {
		t.Error("the records were read although none changed")
	}
	reach(record("twse", "a", "上市公司每日收盤行情彙總表"))
	if got := told(t, s); !strings.HasPrefix(got, "2026Q1 1/") {
		t.Errorf("after a record of its own: %q", got)
	}
}

// told returns the rows of the exchange.
func told(t *testing.T, s *store.Store) string {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	rows, err := Rows(t.Context(), sn, base)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range rows {
		if r.Kind == Organisation && r.ID == "twse" {
			out = append(out, fmt.Sprintf("%s %d/%d/%d/%d", r.Quarter, r.Own, r.OnPortal, r.Portal, r.Unshown))
		}
		if r.Kind == All && r.Own > 0 && r.Share != float64(r.OnPortal)/float64(r.Own) {
			t.Errorf("in %s the share of all is %g of %d", r.Quarter, r.Share, r.Own)
		}
	}
	return strings.Join(out, ", ")
}

// TestTable puts rows of several quarters side by side.
func TestTable(t *testing.T) {
	row := func(quarter, kind, id string, own int) Row {
		return Row{Quarter: quarter, Kind: kind, ID: id, Coverage: link.Coverage{Own: own}}
	}
	names, lines := Table([]Row{
		row("2025Q3", Organisation, "a", 1), row("2025Q4", Organisation, "a", 2), row("2026Q1", Organisation, "a", 3),
		row("2026Q1", Organisation, "b", 4), row("2025Q3", Organisation, "c", 5), row("2025Q4", All, "", 6),
	}, 2)
	if want := []string{"2025Q4", "2026Q1"}; !slices.Equal(names, want) {
		t.Errorf("the quarters are %q, want %q", names, want)
	}
	var got []string
	for _, l := range lines {
		s := l.Kind + " " + l.ID
		for _, r := range l.Rows {
			if r == nil {
				s += " -"
			} else {
				s += fmt.Sprintf(" %d", r.Own)
			}
		}
		got = append(got, s)
	}
	if want := []string{"organisation a 2 3", "organisation b - 4", "all  6 -"}; !slices.Equal(got, want) {
		t.Errorf("the lines are %q, want %q", got, want)
	}
}
