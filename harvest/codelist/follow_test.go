package codelist

import (
	"slices"
	"strings"
	"testing"

	"fincat/store"
	"fincat/store/follow/followtest"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// dataset changes the record of a dataset; without a title it goes.
func dataset(id, title, description string) store.Change {
	g := term.NewIRI(testBase.Graph("s", id))
	if title == "" {
		return followtest.Replace(g, nil)
	}
	d := &dcat.Dataset{Title: []dcat.Text{dcat.ZH(title)}, Description: []dcat.Text{dcat.ZH(description)}}
	d.Assign(testBase, "s", id)
	return followtest.Replace(g, d.Triples())
}

// list changes a code list.
func list(t *testing.T, c Config, text string) store.Change {
	t.Helper()
	return followtest.Replace(term.NewIRI(testBase.CodeListGraph(c.ID)), mustRead(t, c, text).Triples(testBase))
}

// linked returns what the follower says, as lines.
func linked(t *testing.T, s *store.Store, f *Follower) string {
	t.Helper()
	var b strings.Builder
	short := strings.NewReplacer(string(testBase), "", vocab.SCHEMANS, "", vocab.OWLNS, "", vocab.FincatNS, "")
	for _, q := range followtest.Written(t, s, f, testBase.RelationsGraph()) {
		b.WriteString(short.Replace(q.Triple().String()) + "\n")
	}
	return b.String()
}

// TestFollower follows lists and datasets, and asks each time that finding everything
// anew gives the same, and makes no commit.
func TestFollower(t *testing.T) {
	s := followtest.Open(t)
	base := func() (dcat.Base, error) { return testBase, nil }
	f := NewFollower(s, base)
	banks := Config{ID: "banks", Of: "institution", File: "x",
		Columns: map[string]string{"bank-code": "code", "name": "name"}}
	const (
		about    = "<dataset/s/1> <about> <entity/bank-code/803> .\n"
		mentions = "<dataset/s/1> <mentions> <entity/bank-code/803> .\n"
		same     = "<entity/bank-code/803> <sameAs> <entity/stock-code/2838> .\n" +
			"<entity/stock-code/2838> <sameAs> <entity/bank-code/803> .\n"
		company = "<dataset/s/1> <about> <entity/stock-code/2838> .\n"
	)
	for _, step := range []struct {
		name   string
		change store.Change
		want   string
	}{
		{"a dataset without lists", dataset("1", "聯邦商業銀行利率", ""), ""},
		{"a list comes", list(t, banks, "code,name\n803,聯邦商業銀行\n004,臺灣銀行\n"), about},
		{"the title changes", dataset("1", "各銀行利率", "含聯邦商業銀行。"), mentions},
		{"both name it", dataset("1", "聯邦商業銀行利率", "聯邦商業銀行之利率"), about},
		{"somebody drops it", store.Change{Drop: []term.Term{term.NewIRI(testBase.EntitiesGraph("s/1"))}}, about},
		{"another dataset", dataset("2", "信用卡", "無"), about},
		{"another list", list(t, companies, csvText+"2838,聯邦商業銀行股份有限公司,聯邦銀,86380802,\n"),
			about + company + same},
		{"somebody drops the relations", store.Change{Drop: []term.Term{term.NewIRI(testBase.RelationsGraph())}},
			about + company + same},
		{"the bank is renamed", list(t, banks, "code,name\n803,聯邦國際商業銀行\n004,臺灣銀行\n"), company},
		{"the dataset goes", dataset("1", "", ""), ""},
		{"and comes back", dataset("1", "臺灣銀行利率", ""), "<dataset/s/1> <about> <entity/bank-code/004> .\n"},
		{"the list goes", store.Change{Drop: []term.Term{term.NewIRI(testBase.CodeListGraph("banks"))}}, ""},
	} {
		followtest.Commit(t, s, step.change)
		got := linked(t, s, f)
		if sorted(got) != sorted(step.want) {
			t.Fatalf("%s:\n%s\nwant\n%s", step.name, got, step.want)
		}
		seq := s.Seq()
		if again := linked(t, s, NewFollower(s, base)); again != got || s.Seq() != seq {
			t.Fatalf("%s: followed by another one, commits %d to %d\n%s", step.name, seq, s.Seq(), again)
		}
		put := map[string][]byte{"fincat/" + Name: {rulesState + 1}} // by other rules
		followtest.Commit(t, s, store.Change{Put: put})
		if again := linked(t, s, NewFollower(s, base)); again != got {
			t.Fatalf("%s: linked anew\n%s\nwant\n%s", step.name, again, got)
		}
		f.Release()
	}
}

func sorted(lines string) string {
	l := strings.SplitAfter(lines, "\n")
	slices.Sort(l)
	return strings.Join(l, "")
}
