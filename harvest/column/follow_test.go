package column

import (
	"strings"
	"testing"

	"fincat/store"
	"fincat/store/follow/followtest"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const testBase = dcat.Base("http://cat.example/")

// record returns the graph of a record with a description of its fields.
func record(id, title, fields string) store.Change {
	d := &dcat.Dataset{Identifier: id, Title: dcat.Texts(title), Fields: dcat.Texts(fields)}
	d.Assign(testBase, "s", id)
	return followtest.Replace(term.NewIRI(testBase.Graph("s", id)), d.Triples())
}

// described returns the graphs of columns as lines.
func described(t *testing.T, s *store.Store, f *Follower) string {
	t.Helper()
	var b strings.Builder
	for _, q := range followtest.Written(t, s, f, testBase.ColumnsGraph("")) {
		b.WriteString(q.String() + "\n")
	}
	return b.String()
}

// TestFollower follows a record from its first description to its removal, and asks each
// time that describing everything anew gives the same.
func TestFollower(t *testing.T) {
	s := followtest.Open(t)
	base := func() (dcat.Base, error) { return testBase, nil }
	f := NewFollower(s, base)
	dataset := testBase.Dataset("s", "1")
	joins := "<" + dataset + "> <" + vocab.FincatJoinsOn + "> <" + testBase.Identifier("stock-code") + ">"
	drop := store.Change{Drop: []term.Term{term.NewIRI(testBase.Graph("s", "1"))}}
	other := store.Change{Drop: []term.Term{term.NewIRI(testBase.ColumnsGraph("s/1"))}}
	for _, step := range []struct {
		name    string
		change  store.Change
		columns int
		joins   bool
	}{
		{"no fields", record("1", "上市公司名冊", ""), 0, false},
		{"fields come", record("1", "上市公司名冊", "公司代號、公司名稱"), 2, true},
		{"another record", record("2", "a", "b、c、d"), 5, true},
		{"the title changes", record("1", "名冊", "公司代號、公司名稱"), 5, false},
		{"and back", record("1", "上市公司名冊", "公司代號、公司名稱"), 5, true},
		{"somebody drops the columns", other, 5, true},
		{"fields go", record("1", "上市公司名冊", ""), 3, false},
		{"and come", record("1", "上市公司名冊", "公司代號"), 4, true},
		{"the record goes", drop, 3, false},
	} {
		followtest.Commit(t, s, step.change)
		got := described(t, s, f)
		if n := strings.Count(got, vocab.CSVWTitles); n != step.columns || strings.Contains(got, joins) != step.joins {
			t.Fatalf("%s: %d columns, joins: %v\n%s", step.name, n, strings.Contains(got, joins), got)
		}
		seq := s.Seq()
		if again := described(t, s, NewFollower(s, base)); again != got || s.Seq() != seq {
			t.Fatalf("%s: followed by another one, commits %d to %d\n%s\nwant\n%s",
				step.name, seq, s.Seq(), again, got)
		}
		put := map[string][]byte{"fincat/" + Name: {rulesState + 1}} // by other rules
		followtest.Commit(t, s, store.Change{Put: put})
		if again := described(t, s, NewFollower(s, base)); again != got {
			t.Fatalf("%s: described anew\n%s\nwant\n%s", step.name, again, got)
		}
	}
}
