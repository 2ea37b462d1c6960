package standard

import (
	"strings"
	"testing"

	"fincat/harvest/column"
	"fincat/store"
	"fincat/store/follow"
	"fincat/store/follow/followtest"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const testBase = dcat.Base("http://cat.example/")

// register is one standard with two fields that are asked for.
func register(field string) Register {
	return Register{{ID: "card", Name: "信用卡資料標準", Adopted: "2026-03-01", Fields: []Field{
		{Name: "機構代號", NameEN: "institution_code"}, {Name: field, Also: []string{"卡數"}},
		{Name: "備註", Optional: true}}}}
}

func commit(t *testing.T, s *store.Store, r Register) {
	t.Helper()
	graph := term.NewIRI(Graph(testBase, ""))
	quads := []term.Quad{}
	for _, x := range r.Triples(testBase) {
		quads = append(quads, x.In(graph))
	}
	followtest.Commit(t, s, store.Change{Replace: map[term.Term][]term.Quad{graph: quads}})
}

// record puts a dataset whose fields are described, and what files have where columns says so.
func record(t *testing.T, s *store.Store, id, fields, columns string) {
	t.Helper()
	d := &dcat.Dataset{Identifier: id, Title: dcat.Texts("資料"), Fields: dcat.Texts(fields)}
	d.Assign(testBase, "s", id)
	followtest.Commit(t, s, followtest.Replace(term.NewIRI(testBase.Graph("s", id)), d.Triples()))
	if columns == "" {
		return
	}
	var out []term.Triple
	iri := term.NewIRI
	for i, name := range strings.Split(columns, ",") {
		c := iri("http://cat.example/c/" + id + "/" + string(rune('a'+i)))
		out = append(out, term.Triple{Subject: iri("http://cat.example/t/" + id),
			Predicate: iri(vocab.CSVWColumnProperty), Object: c},
			term.Triple{Subject: c, Predicate: iri(vocab.CSVWTitles), Object: term.NewString(name)})
	}
	followtest.Commit(t, s, followtest.Replace(iri(string(testBase)+"graph/quality/s/"+id), out))
}

// TestFollower: who has all fields follows a standard, by whatever name; what is in the file counts
// more than what is described of it; and everything follows the register and the columns.
func TestFollower(t *testing.T) {
	s := followtest.Open(t)
	base := func() (dcat.Base, error) { return testBase, nil }
	columns, f := column.NewFollower(s, base), NewFollower(s, base)
	state := func() (follows, near int, text string) {
		t.Helper()
		followtest.Written(t, s, columns, testBase.ColumnsGraph(""))
		for _, q := range followtest.Written(t, s, f, Graph(testBase, "")+"/") {
			text += q.String() + "\n"
		}
		again := ""
		for _, q := range followtest.Written(t, s, NewFollower(s, base), Graph(testBase, "")+"/") {
			again += q.String() + "\n"
		}
		if again != text {
			t.Fatalf("derived anew:\n%s\nwant\n%s", again, text)
		}
		return strings.Count(text, "<"+vocab.DCTConformsTo+">"), strings.Count(text, "<"+vocab.EARLFailed+">"), text
	}
	record(t, s, "1", "機構代號、流通卡數", "")
	record(t, s, "2", "INSTITUTION CODE、卡數、其他", "")
	record(t, s, "3", "機構代號、其他", "")
	record(t, s, "4", "備註、其他", "")
	record(t, s, "5", "機構代號、流通卡數", "機構代號,別的")
	for _, step := range []struct {
		name          string
		do            func()
		follows, near int
	}{
		{"no register", func() {}, 0, 0},
		{"a standard comes", func() { commit(t, s, register("流通卡數")) }, 2, 2},
		{"its field is called otherwise", func() { commit(t, s, register("停卡數")) }, 1, 3},
		{"and back", func() { commit(t, s, register("流通卡數")) }, 2, 2},
		{"a file is put right", func() { record(t, s, "5", "機構代號、流通卡數", "機構代號,流通卡數") }, 3, 1},
		{"a record goes", func() {
			followtest.Commit(t, s, store.Change{Drop: []term.Term{term.NewIRI(testBase.Graph("s", "1"))}})
		}, 2, 1},
		{"the standard goes", func() { commit(t, s, nil) }, 0, 0},
	} {
		step.do()
		follows, near, text := state()
		if follows != step.follows || near != step.near {
			t.Fatalf("%s: %d follow, %d nearly, want %d and %d\n%s", step.name, follows, near, step.follows,
				step.near, text)
		}
		if near > 0 && !strings.Contains(text, vocab.FincatFieldMissing) {
			t.Errorf("%s: what is missing is not said\n%s", step.name, text)
		}
	}
}

var _ follow.Follower = (*Follower)(nil)

// TestValidate: each mistake is named with what to write instead.
func TestValidate(t *testing.T) {
	known := func(id string) bool { return id == "fsc" }
	good := Standard{ID: "a", Name: "甲", Fields: []Field{{Name: "b"}}}
	if err := (Register{good}).Validate(known); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(s *Standard){
		"id \"A b\"":          func(s *Standard) { s.ID = "A b" },
		"name is missing":     func(s *Standard) { s.Name = " " },
		"organisation":        func(s *Standard) { s.Publisher = "nobody" },
		"no date":             func(s *Standard) { s.Adopted = "1 March" },
		"address \"x\"":       func(s *Standard) { s.Address = "x" },
		"oas \"ftp:\"":        func(s *Standard) { s.OAS = "ftp:" },
		"give 1 to 500":       func(s *Standard) { s.Fields = nil },
		"a name of its own":   func(s *Standard) { s.Fields = append(s.Fields, s.Fields[0]) },
		"datatype \"number\"": func(s *Standard) { s.Fields = []Field{{Name: "b", Datatype: "number"}} },
		"code_list \"codes\"": func(s *Standard) { s.Fields = []Field{{Name: "b", CodeList: "codes"}} },
		"one must not be":     func(s *Standard) { s.Fields = []Field{{Name: "b", Optional: true}} },
	} {
		s := good
		change(&s)
		if err := (Register{s}).Validate(known); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if err := (Register{good, good}).Validate(known); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("the same id twice: %v", err)
	}
}
