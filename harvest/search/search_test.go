package search

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/harvest/feed/listing"
	"fincat/sparql"
	"fincat/sparql/enginetest"
	"fincat/store"
	"fincat/store/follow/followtest"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

const base = dcat.Base("https://data.example.tw/")

const prefixes = `@base <https://data.example.tw/> .
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix fincat: <https://w3id.org/fincat/ns#> . @prefix dqv: <http://www.w3.org/ns/dqv#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
`

// setting is a store with what is followed in it.
type setting struct {
	s *store.Store
	l *listing.Follower
	f *Follower
	e *sparql.Engine
}

func newSetting(t testing.TB) *setting {
	t.Helper()
	s, e := enginetest.New(t)
	l, f := following(t, s)
	return &setting{s, l, f, e}
}

func following(t testing.TB, s *store.Store) (*listing.Follower, *Follower) {
	t.Helper()
	l, err := listing.Open(listing.Options{Store: s, Describe: func(_ context.Context, _ *store.Snapshot,
		list []*listing.Dataset) ([][]byte, error) {
		return make([][]byte, len(list)), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(Options{Store: s, Listing: l, Base: base})
	if err != nil {
		t.Fatal(err)
	}
	return l, f
}

func (x *setting) put(t testing.TB, graph, turtle string) {
	t.Helper()
	quads, err := rdfio.ReadAll(t.Context(), strings.NewReader(prefixes+turtle),
		rdfio.ReadOptions{Format: rdfio.Turtle})
	if err != nil {
		t.Fatal(err)
	}
	g := map[term.Term][]term.Quad{term.NewIRI(string(base) + "graph/" + graph): quads}
	if _, err := x.s.Commit(t.Context(), store.Change{Replace: g}); err != nil {
		t.Fatal(err)
	}
}

func (x *setting) table(t testing.TB) *Table {
	t.Helper()
	sn, table, err := x.f.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sn.Close()
	return table
}

// titles are those of what a query finds.
func titles(t testing.TB, table *Table, q Query) (out []string) {
	t.Helper()
	q.Most = 100
	r, err := table.Find(q)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range r.Found {
		out = append(out, x.Titles[0].Value())
	}
	return out
}

// TestWords looks for words of every kind in every field.
func TestWords(t *testing.T) {
	x := newSetting(t)
	x.put(t, "org", `<org/twse> skos:prefLabel "臺灣證券交易所" , "Taiwan Stock Exchange"@en .`)
	x.put(t, "one/1", `<dataset/one/1> a dcat:Dataset ; dct:title "上市公司每月營業收入" ; dcat:keyword "營收" ;
 fincat:fieldDescription "出表日期、公司代號、營業收入-當月營收" ; dct:publisher <org/twse> ; dcat:distribution <d/1> .
<d/1> dcat:accessURL <https://openapi.twse.com.tw/v1/opendata/t187ap37_L> ; dct:title "權證" .`)
	x.put(t, "one/110689", `<dataset/one/110689> a dcat:Dataset ; dct:title "營收 Insurance statistics" ;
 dct:description "與公司代號10689無關。ＡＢＣ公司" .`)
	x.put(t, "one/10689", `<dataset/one/10689> a dcat:Dataset ; dct:title "台北市公車" .`)
	const a, b, c = "上市公司每月營業收入", "營收 Insurance statistics", "台北市公車"
	table := x.table(t)
	for text, want := range map[string][]string{
		"營業收入":              {a},
		"營收":                {b, a}, // in the title before a keyword
		"公司代號":              {a, b}, // field before description
		"公司 代號":             {a, b},
		"司公":                nil,
		"t187ap37_L":        {a},
		"T187AP37_l":        {a},
		"t187ap37":          {a},
		"187ap37":           nil,
		"10689":             {c, b},
		"1068":              nil,
		"110689":            {b},
		"insur":             {b},
		"nsurance":          nil,
		"insurance stat":    {b},
		"\"statistics 營\"":  nil,
		"“insurance stati”": {b},
		"TWSE":              {a},
		"證券交易所":             {a},
		"taiwan stock":      {a},
		"臺灣證券交易所 權證":        {a},
		"臺北":                {c},
		"台北市公車":             {c},
		"abc":               {b},
		"ａｂｃ公":              {b},
		"車":                 {c},
		"openapi.twse":      {a},
		"https://openapi.twse.com.tw/v1/opendata/t187ap37_L": {a},
		"": {a, c, b},
	} {
		if got := titles(t, table, Query{Text: text, Order: ByRelevance}); !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"a b c d e f g h i", strings.Repeat("a", 201)} {
		if _, err := table.Find(Query{Text: text}); err == nil {
			t.Errorf("%.20q is not refused", text)
		}
	}
	if got := table.Similar("公司月營收", 3); !slices.Equal(got, []string{"營收"}) {
		t.Errorf("similar words = %q", got)
	}
	if r, err := table.Find(Query{Text: "營收"}); err != nil || r.Total != 2 || r.Titled != 1 {
		t.Errorf("%d found, %d by title, %v", r.Total, r.Titled, err)
	}
	r, err := table.Find(Query{Text: "出表日期", Most: 1})
	if err != nil || r.Found[0].Where != Column {
		t.Errorf("found in %v, %v; want in the columns", r.Found[0].Where, err)
	}
	// The name of an organisation changes, and nothing else.
	x.put(t, "org", `<org/twse> skos:prefLabel "證交所" .`)
	if got := titles(t, x.table(t), Query{Text: "證交所"}); !slices.Equal(got, []string{a}) {
		t.Errorf("after a new name: %q", got)
	}
}

// TestMark marks what was found.
func TestMark(t *testing.T) {
	show := func(text string, most int, q string) (out string) {
		for _, p := range NewMarker(q).Mark(text, most) {
			if p.Mark {
				p.Text = "[" + p.Text + "]"
			}
			out += p.Text
		}
		return out
	}
	for _, x := range []struct {
		text, q string
		most    int
		want    string
	}{
		{"台北 ＡＢＣ abcd", "臺北 abc", 50, "[台北] [ＡＢＣ] [abc]d"},
		{strings.Repeat("一", 100) + "保險" + strings.Repeat("二", 100), "保險", 20, "…一一一一一[保險]二二二二二二二二二二二二二…"},
		{"abab ab", "ab", 50, "[ab]ab [ab]"},
		{"保保險", "保險 保保", 50, "[保保險]"},
		{"", "x", 5, ""},
	} {
		if got := show(x.text, x.most, x.q); got != x.want {
			t.Errorf("%q in %q: %q, want %q", x.q, x.text, got, x.want)
		}
	}
}

// record is one that chance made.
func record(rng *rand.Rand, id int) string {
	some := func(list ...string) string { return list[rng.IntN(len(list))] }
	var b strings.Builder
	fmt.Fprintf(&b, `<dataset/one/%[1]d> a dcat:Dataset ; dct:title "%[2]s %[3]s %[1]d" ;
 dct:description "%[4]s" ; dcat:keyword "%[5]s" .
<catalog/%[6]s> dcat:dataset <dataset/one/%[1]d> . <record/one/%[1]d> foaf:primaryTopic <dataset/one/%[1]d> ;
 dct:issued "2025-01-01T00:00:00Z"^^xsd:dateTime ; dct:modified "2025-01-%02[7]dT00:00:00Z"^^xsd:dateTime .
`, id, some("保險", "銀行", "證券"), some("統計", "名單"), some("每月公布", "每日公布"), some("a1", "b2", "風險"), some("one", "two"), 1+rng.IntN(28))
	maybe := func(format string, values ...string) {
		for _, v := range values {
			if rng.IntN(3) == 0 {
				fmt.Fprintf(&b, format+"\n", id, v)
			}
		}
	}
	maybe(`<dataset/one/%d> dct:publisher <org/%s> .`, "a", "b", "c")
	maybe(`<dataset/one/%d> dct:creator <org/%s> .`, "a", "d")
	maybe(`<dataset/one/%d> dcat:theme <theme/%s> .`, "1", "2")
	maybe(`<dataset/one/%d> dct:license <licence/%s> .`, "1", "2")
	maybe(`<dataset/one/%d> dct:accrualPeriodicity <frequency/%s> .`, "1", "2")
	maybe(`<dataset/one/%[1]d> dcat:distribution <d/%[1]d/%[2]s> . <d/%[1]d/%[2]s> dct:format
 <format/%[2]s> .`, "1", "2")
	maybe(`<service/%[2]s> dcat:servesDataset <dataset/one/%[1]d> .`, "s")
	return b.String()
}

// disturb changes something by chance.
func (x *setting) disturb(t testing.TB, rng *rand.Rand, n int) {
	id := rng.IntN(n)
	switch rng.IntN(8) {
	case 0:
		x.put(t, fmt.Sprintf("one/%d", id), "")
	case 1:
		links := ""
		for range rng.IntN(4) {
			links += fmt.Sprintf("<dataset/one/%d> owl:sameAs <dataset/one/%d> .\n", rng.IntN(n), rng.IntN(n))
		}
		x.put(t, "links", links)
	case 2:
		x.put(t, "org", fmt.Sprintf(`<org/a> fincat:sector <sector/%d> ; skos:prefLabel "甲%d" . <org/d> fincat:sector
 <sector/%d>, <sector/9> . <org/b> fincat:sector <sector/9> .`, rng.IntN(2), rng.IntN(3), rng.IntN(2)))
	case 3, 4:
		x.put(t, fmt.Sprintf("quality/one/%d", id), fmt.Sprintf(`<quality/one/%[1]d#badge> dqv:computedOn
 <dataset/one/%[1]d> ; dqv:isMeasurementOf <metric/badge> ; dqv:value "%[2]s" .`, id, []string{"金", "銀", "無"}[rng.IntN(3)]))
	default:
		x.put(t, fmt.Sprintf("one/%d", id), record(rng, id))
	}
}

// answers runs a query for pairs.
func (x *setting) answers(t testing.TB, where string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	r, err := x.e.Query(t.Context(), `BASE <https://data.example.tw/>
PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX foaf: <http://xmlns.com/foaf/0.1/> PREFIX fincat: <https://w3id.org/fincat/ns#>
PREFIX dqv: <http://www.w3.org/ns/dqv#>
SELECT DISTINCT ?d ?v { ?d a dcat:Dataset . `+where+` }`, sparql.QueryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for row, err := range r.Solutions() {
		if err != nil {
			t.Fatal(err)
		}
		out[row[0].Value()] = append(out[row[0].Value()], row[1].Value())
	}
	return out
}

// byHand is what SPARQL and simple means say of a state.
type byHand struct {
	all    []string
	values [facets]map[string][]string
	texts  map[string][]string
	group  map[string]string
}

func (x *setting) byHand(t testing.TB) *byHand {
	h := &byHand{group: map[string]string{}}
	for f, where := range [facets]string{"?d (dct:publisher|dct:creator)/fincat:sector ?v",
		"?d dct:publisher|dct:creator ?v",
		"?v dcat:dataset ?d", "?d dcat:distribution/dct:format ?v", "?d dct:license ?v", "?d dcat:theme ?v",
		"?d dct:accrualPeriodicity ?v",
		"OPTIONAL { ?m dqv:computedOn ?d ; dqv:isMeasurementOf <metric/badge> ; dqv:value ?b } " +
			`BIND(COALESCE(?b, "unchecked") AS ?v)`,
		`FILTER EXISTS { ?s dcat:servesDataset ?d } BIND("yes" AS ?v)`} {
		h.values[f] = x.answers(t, where)
	}
	h.texts = x.answers(t, "?d dct:title|dct:description|dcat:keyword ?v")
	h.all = slices.Sorted(maps.Keys(h.texts))
	for _, d := range h.all {
		h.group[d] = d
	}
	same := x.answers(t, "?d owl:sameAs ?v . ?v a dcat:Dataset")
	for range h.all { // until nothing changes
		for a, list := range same {
			for _, b := range list {
				least := min(h.group[a], h.group[b])
				h.group[a], h.group[b] = least, least
			}
		}
	}
	return h
}

// find answers a query without any index.
func (h *byHand) find(q Query) (found []string, counts [facets]map[string]int) {
	seen := map[string]bool{}
	for f := range counts {
		counts[f] = map[string]int{}
	}
	count := func(what, d string) bool {
		if !q.Apart {
			d = h.group[d]
		}
		was := seen[what+d]
		seen[what+d] = true
		return !was
	}
	for _, d := range h.all {
		text := true
		for w := range strings.FieldsSeq(q.Text) {
			text = text && strings.Contains(strings.Join(h.texts[d], "\n"), w)
		}
		var missing []Facet
		for f := range facets {
			if len(q.Chosen[f]) > 0 && !slices.ContainsFunc(q.Chosen[f], func(v string) bool {
				return slices.Contains(h.values[f][d], v)
			}) {
				missing = append(missing, f)
			}
		}
		if !text || len(missing) > 1 {
			continue
		}
		if len(missing) == 0 && count("", d) {
			found = append(found, d)
		}
		for f := range facets {
			if len(missing) == 1 && missing[0] != f {
				continue
			}
			for _, v := range h.values[f][d] {
				if count(f.String()+v, d) {
					counts[f][v]++
				}
			}
		}
	}
	return found, counts
}

// chance makes a query.
func (h *byHand) chance(rng *rand.Rand) Query {
	q := Query{Text: []string{"", "", "保險", "統計 銀行", "每月", "風險", "公布 保"}[rng.IntN(7)], Apart: rng.IntN(2) == 0,
		Order: Order(rng.IntN(4)), Most: 1000}
	if q.Order == orders {
		q.Order = ByRelevance
	}
	for f := range facets {
		if rng.IntN(4) > 0 {
			continue
		}
		var known []string
		for _, list := range h.values[f] {
			known = append(known, list...)
		}
		slices.Sort(known)
		for range 1 + rng.IntN(2) {
			if len(known) > 0 {
				q.Chosen[f] = append(q.Chosen[f], known[rng.IntN(len(known))])
			}
		}
	}
	return q
}

// countsOf are the counts of a result that are not zero.
func countsOf(r *Result) (out [facets]map[string]int) {
	for f, list := range r.Counts {
		out[f] = map[string]int{}
		for _, c := range list {
			if c.N > 0 {
				out[f][c.Value] = c.N
			}
		}
	}
	return out
}

// TestAgainstSPARQL compares what is found and counted, after changes by chance, with what
// SPARQL says, and the table with one that is made anew.
func TestAgainstSPARQL(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 4))
	x := newSetting(t)
	const n = 25
	for i := range n {
		x.put(t, fmt.Sprintf("one/%d", i), record(rng, i))
	}
	for round := range 60 {
		for range 1 + rng.IntN(3) {
			x.disturb(t, rng, n)
		}
		table, h := x.table(t), x.byHand(t)
		var anew *Table
		if round%10 == 9 {
			_, f := following(t, x.s)
			anew = (&setting{s: x.s, f: f}).table(t)
		}
		for range 8 {
			q := h.chance(rng)
			r, err := table.Find(q)
			if err != nil {
				t.Fatal(err)
			}
			found, counts := h.find(q)
			if got := countsOf(r); r.Total != len(found) || len(r.Found) != len(found) ||
				!maps.EqualFunc(index(got), index(counts), maps.Equal[map[string]int]) {
				t.Fatalf("round %d, %+v:\n%d found, want %d\n%v\n%v", round, q, r.Total, len(found), got, counts)
			}
			for _, d := range r.Found {
				same := func(f string) bool { return h.group[f] == h.group[d.IRI] }
				if !q.Apart && !slices.ContainsFunc(found, same) || q.Apart && !slices.Contains(found, d.IRI) {
					t.Fatalf("round %d, %+v: %s is found", round, q, d.IRI)
				}
			}
			if anew == nil {
				continue
			}
			again, err := anew.Find(q)
			if err != nil || q.Order != ByRecency && !slices.EqualFunc(r.Found, again.Found, func(a, b Found) bool {
				return a.IRI == b.IRI && a.Where == b.Where && len(a.Others) == len(b.Others) && a.Badge == b.Badge
			}) || fmt.Sprint(r.Counts) != fmt.Sprint(again.Counts) {
				t.Fatalf("round %d, %+v: a table that is made anew says something else, %v", round, q, err)
			}
		}
	}
}

func index(list [facets]map[string]int) map[Facet]map[string]int {
	out := map[Facet]map[string]int{}
	for f, x := range list {
		out[Facet(f)] = x
	}
	return out
}

// TestOrder looks at the sequence and the parts of results, and at the time of change.
func TestOrder(t *testing.T) {
	x := newSetting(t)
	for i, badge := range []string{"銀", "白金", "無", "金"} {
		x.put(t, fmt.Sprintf("one/%d", i), fmt.Sprintf(`<dataset/one/%[1]d> a dcat:Dataset ; dct:title "題%[1]d" .`, i))
		x.put(t, fmt.Sprintf("quality/one/%d", i), fmt.Sprintf(`<quality/one/%d#badge> dqv:value "%s" .`, i, badge))
	}
	x.put(t, "one/9", `<dataset/one/9> a dcat:Dataset ; dct:title "題9" .`)
	table := x.table(t)
	for o, want := range map[Order][]string{ByTitle: {"題0", "題1", "題2", "題3", "題9"},
		ByQuality: {"題1", "題3", "題0", "題2", "題9"}} {
		if got := titles(t, table, Query{Order: o}); !slices.Equal(got, want) {
			t.Errorf("order %d: %q, want %q", o, got, want)
		}
	}
	time.Sleep(1100 * time.Millisecond)
	since := time.Now()
	x.put(t, "one/2", `<dataset/one/2> a dcat:Dataset ; dct:title "新題2" .`)
	table = x.table(t)
	if got := titles(t, table, Query{Order: ByRecency}); got[0] != "新題2" {
		t.Errorf("what changed last: %q", got)
	}
	r, err := table.Find(Query{Since: since.Truncate(time.Second), First: 0, Most: 5}, since.Truncate(time.Second),
		time.Unix(0, 0))
	if err != nil || r.Total != 1 || !slices.Equal(r.Since, []int{1, 5}) {
		t.Errorf("since a time: %+v, %v", r, err)
	}
	r, err = table.Find(Query{First: 3, Most: 2})
	if err != nil || len(r.Found) != 2 || r.Found[1].Titles[0].Value() != "題9" || r.Found[0].Where.String() != "" {
		t.Errorf("the second part: %+v, %v", r, err)
	}
}

// TestBesideCommits searches while commits come: each answer is that of one state.
func TestBesideCommits(t *testing.T) {
	x := newSetting(t)
	stop := make(chan struct{})
	go func() {
		defer close(stop)
		for i := range 150 {
			x.put(t, fmt.Sprintf("one/%d", i%50),
				fmt.Sprintf(`<dataset/one/%d> a dcat:Dataset ; dct:title "保險 %d" .`, i%50, i))
		}
	}()
	for last := 0; ; {
		select {
		case <-stop:
			if table := x.table(t); len(titles(t, table, Query{Text: "保險 149"})) != 1 || len(table.titled) != 50 {
				t.Errorf("at the end: %d datasets", len(table.titled))
			}
			return
		default:
		}
		r, err := x.table(t).Find(Query{Text: "保險", Most: 100, Order: ByRelevance})
		if err != nil || r.Total < last || len(r.Found) != r.Total {
			t.Fatalf("%d found, %d before, %v", r.Total, last, err)
		}
		last = r.Total
	}
}

// TestEmptyStore: a store without a commit has nothing to find, and is not waited for.
func TestEmptyStore(t *testing.T) {
	_, f := following(t, followtest.Open(t))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	sn, table, err := f.Current(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	if n := len(table.titled); n != 0 {
		t.Errorf("%d datasets in an empty store", n)
	}
}
