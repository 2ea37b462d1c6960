package text

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/quick"

	"fincat/sparql"
	"fincat/sparql/exec"
	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab"
	"fincat/vocab/term"
)

func openStore(t testing.TB, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func openIndex(t testing.TB, s *store.Store, dir string) *Index {
	t.Helper()
	x, err := Open(Options{Store: s, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

// title is a quad with the literal as title, in a graph of its own.
func title(n int, literal term.Term) term.Quad {
	s := fmt.Sprintf("http://e/%d", n)
	return term.Quad{Subject: term.NewIRI(s), Predicate: term.NewIRI(vocab.DCTTitle), Object: literal,
		Graph: term.NewIRI(s + "/graph")}
}

func commit(t testing.TB, s *store.Store, c store.Change) uint64 {
	t.Helper()
	done, err := s.Commit(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return done.Seq
}

// find returns the lexical forms of what a search yields, in its order.
func find(t testing.TB, x *Index, seq uint64, q exec.TextQuery) []string {
	t.Helper()
	var out []string
	for m, err := range x.Search(context.Background(), seq, q) {
		if err != nil {
			t.Fatalf("Search(%+v): %v", q, err)
		}
		out = append(out, m.Literal.Value())
	}
	return out
}

var titles = []term.Term{
	term.NewLangString("人身保險業務統計", "zh-Hant-TW"),
	term.NewLangString("財產保險業概況", "zh-Hant-TW"),
	term.NewLangString("保證金融業務", "zh-Hant-TW"),
	term.NewLangString("Insurance statistics", "en"),
	term.NewLangString("Insured banks, ＡＢＣ", "en-GB"),
	term.NewString("本國銀行逾放等財務資料 CSV"),
	term.NewLangString("上市公司 ESG 揭露", "zh"),
	term.NewDirLangString("insurance of ships", "en", term.LTR),
	term.NewLiteral("保險", "http://e/code"), // no text for people
}

func TestSearch(t *testing.T) {
	s := openStore(t, "")
	var c store.Change
	for i, l := range titles {
		c.Add = append(c.Add, title(i, l))
	}
	seq := commit(t, s, c)
	x := openIndex(t, s, "")
	tests := []struct {
		text, lang string
		want       []string
	}{
		{"保險", "", []string{"人身保險業務統計", "財產保險業概況"}},
		{"保險業", "", []string{"人身保險業務統計", "財產保險業概況"}},
		{"保險業務", "", []string{"人身保險業務統計"}},
		{"險", "", []string{"人身保險業務統計", "財產保險業概況"}},
		{"計", "", []string{"人身保險業務統計"}},
		{"險保", "", nil},
		{"銀行 AND csv", "", []string{"本國銀行逾放等財務資料 CSV"}},
		{"銀行 AND json", "", nil},
		{"+業務 -保險", "", []string{"保證金融業務"}},
		{"業務 NOT 保險", "", []string{"保證金融業務"}},
		{"(人身 OR 財產) AND 概況", "", []string{"財產保險業概況"}},
		{"概況　統計", "", []string{"人身保險業務統計", "財產保險業概況"}}, // ideographic space
		{"INSURANCE", "", []string{"Insurance statistics", "insurance of ships"}},
		{"insur*", "", []string{"Insurance statistics", "Insured banks, ＡＢＣ", "insurance of ships"}},
		{"保*", "", []string{"人身保險業務統計", "保證金融業務", "財產保險業概況"}},
		{"abc", "", []string{"Insured banks, ＡＢＣ"}},
		{`"insurance statistics"`, "", []string{"Insurance statistics"}},
		{`"statistics insurance"`, "", nil},
		{"esg", "", []string{"上市公司 ESG 揭露"}},
		{"業務 業", "zh", []string{"人身保險業務統計", "保證金融業務", "財產保險業概況"}},
		{"insur*", "en", []string{"Insurance statistics", "Insured banks, ＡＢＣ", "insurance of ships"}},
		{"insur*", "EN-gb", []string{"Insured banks, ＡＢＣ"}},
		{"insur*", "zh", nil},
		{"銀行", "none", []string{"本國銀行逾放等財務資料 CSV"}},
		{"銀行", "zh", nil},
	}
	for _, tt := range tests {
		t.Run(tt.text+"@"+tt.lang, func(t *testing.T) {
			got := find(t, x, seq, exec.TextQuery{Text: tt.text, Lang: tt.lang})
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("Search(%q, %q) = %q, want %q", tt.text, tt.lang, got, tt.want)
			}
		})
	}
}

func TestSearchGivesTheLiteral(t *testing.T) {
	s := openStore(t, "")
	long := term.NewLangString(strings.Repeat("保險\x01\u202e𠮷\n", 100_000), "zh-Hant-TW")
	want := append(slices.Clone(titles[:8]), long)
	var c store.Change
	for i, l := range want {
		c.Add = append(c.Add, title(i, l))
	}
	x := openIndex(t, s, "")
	var got []term.Term
	for m, err := range x.Search(context.Background(), commit(t, s, c), exec.TextQuery{Text: "保 業 insur* 銀行 揭露"}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m.Literal)
	}
	slices.SortFunc(got, term.Compare)
	slices.SortFunc(want, term.Compare)
	if !slices.Equal(got, want) {
		t.Errorf("Search yields %d literals, want %d equal ones", len(got), len(want))
	}
}

func TestSearchLimit(t *testing.T) {
	s := openStore(t, "")
	var c store.Change
	for i := range 2500 {
		c.Add = append(c.Add, title(i, term.NewLangString(fmt.Sprintf("資料集 %d", i), "zh")))
	}
	seq := commit(t, s, c)
	x := openIndex(t, s, "")
	for _, limit := range []int{1, 1000, 1001, 2499, 2500, 3000, 0} {
		got := find(t, x, seq, exec.TextQuery{Text: "資料", Limit: limit})
		want := 2500
		if limit > 0 {
			want = min(limit, want)
		}
		slices.Sort(got)
		if n := len(slices.Compact(got)); n != want {
			t.Errorf("limit %d yields %d distinct literals, want %d", limit, n, want)
		}
	}
	for _, limit := range []int{-1, MaxLimit + 1} {
		for _, err := range x.Search(context.Background(), seq, exec.TextQuery{Text: "資料", Limit: limit}) {
			if err == nil {
				t.Errorf("limit %d is accepted", limit)
			}
		}
	}
}

// TestFollow compares what is found with what was committed, commit by commit,
// and after the index was closed, deleted and opened again.
func TestFollow(t *testing.T) {
	s := openStore(t, "")
	dir := t.TempDir() + "/text"
	x := openIndex(t, s, dir)
	check := func(seq uint64, text string, want ...string) {
		t.Helper()
		got := find(t, x, seq, exec.TextQuery{Text: text})
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("at %d: Search(%q) = %q, want %q", seq, text, got, want)
		}
	}
	check(0, "保險")
	check(commit(t, s, store.Change{Add: []term.Quad{title(1, term.NewString("保險一"))}}), "保險", "保險一")
	check(commit(t, s, store.Change{Add: []term.Quad{title(2, term.NewString("保險一")),
		title(3, term.NewString("保險二"))}}), "保險", "保險一", "保險二")
	g := title(4, term.Term{}).Graph
	seq := commit(t, s, store.Change{Replace: map[term.Term][]term.Quad{g: {title(4, term.NewString("保險三"))}}})
	check(seq, "保險", "保險一", "保險二", "保險三")
	def := title(5, term.NewString("保險四"))
	def.Graph = term.Term{}
	check(commit(t, s, store.Change{Add: []term.Quad{def}}), "保險", "保險一", "保險二", "保險三", "保險四")
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	seq = commit(t, s, store.Change{Add: []term.Quad{title(6, term.NewString("保險五"))}})
	x = openIndex(t, s, dir)
	if c, err := x.Cursor(t.Context()); err != nil || c.Seq != seq-1 {
		t.Errorf("a reopened index is at %d, %v, want %d", c.Seq, err, seq-1)
	}
	check(seq, "保險", "保險一", "保險二", "保險三", "保險四", "保險五")
	x.Close()
	x = openIndex(t, s, t.TempDir()+"/other")
	check(seq, "保險", "保險一", "保險二", "保險三", "保險四", "保險五")
}

func TestFollowBackground(t *testing.T) {
	s := openStore(t, "")
	x := openIndex(t, s, "")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		x.Following().Run(ctx, nil)
		done <- ctx.Err()
	}()
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range 10 {
				want := fmt.Sprintf("資料 w%dx%d", i, j)
				seq := commit(t, s, store.Change{Add: []term.Quad{title(i*100+j, term.NewString(want))}})
				if got := find(t, x, seq, exec.TextQuery{Text: fmt.Sprintf("w%dx%d", i, j)}); !slices.Equal(got,
					[]string{want}) {
					t.Errorf("after commit %d: %q, want %q", seq, got, want)
				}
			}
		})
	}
	wg.Wait()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Follow ended with %v, want %v", err, context.Canceled)
	}
}

func TestSyntaxErrors(t *testing.T) {
	x := openIndex(t, openStore(t, ""), "")
	tests := []struct {
		in     string
		offset int
	}{
		{"", 0}, {"  ", 0}, {"保險)", 6}, {"(保險", 0}, {`a "保險`, 2}, {"-保險", 0}, {"保險 AND", 10},
		{"保險 +", 8}, {"，。", 0}, {"*", 0}, {"()", 1}, {strings.Repeat("(", 1000), maxDepth + 1},
		{strings.Repeat("a", maxQuery+1), 0}, {"a NOT", 5},
	}
	for _, tt := range tests {
		for _, err := range x.Search(context.Background(), 0, exec.TextQuery{Text: tt.in}) {
			var se *SyntaxError
			if !errors.As(err, &se) || se.Offset != tt.offset {
				t.Errorf("Search(%.20q) gives %v, want a *SyntaxError at %d", tt.in, err, tt.offset)
			}
		}
		if _, err := parse(tt.in, x.mapping.AnalyzerNamed(wanted)); err == nil {
			t.Errorf("parse(%.20q) finds no mistake", tt.in)
		}
	}
}

// TestFindsEveryPart: any part of a Chinese text is found, and nothing else.
func TestFindsEveryPart(t *testing.T) {
	s := openStore(t, "")
	x := openIndex(t, s, "")
	han := []rune("保險銀行證券期貨")
	var c store.Change
	var all []string
	for i := range 200 {
		var b strings.Builder
		for j := range 2 + i%9 {
			b.WriteRune(han[(i*i+j*j*3+i*j)%len(han)])
		}
		all = append(all, b.String())
		c.Add = append(c.Add, title(i, term.NewString(b.String())))
	}
	seq := commit(t, s, c)
	slices.Sort(all)
	all = slices.Compact(all)
	f := func(pick, from, n uint16) bool {
		text := []rune(all[int(pick)%len(all)])
		lo := int(from) % len(text)
		part := string(text[lo : lo+1+int(n)%(len(text)-lo)])
		var want []string
		for _, a := range all {
			if strings.Contains(a, part) {
				want = append(want, a)
			}
		}
		got := find(t, x, seq, exec.TextQuery{Text: part})
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Logf("Search(%q) = %q, want %q", part, got, want)
		}
		return slices.Equal(got, want)
	}
	if err := quick.Check(f, &quick.Config{MaxCount: 300}); err != nil {
		t.Error(err)
	}
}

func TestRanges(t *testing.T) {
	tests := []struct {
		in   string
		want []string
	}{
		{"", []string{"none"}}, {"zh", []string{"zh"}}, {"zh-Hant-TW", []string{"zh", "zh-hant", "zh-hant-tw"}},
	}
	for _, tt := range tests {
		if got := ranges(tt.in); !slices.Equal(got, tt.want) {
			t.Errorf("ranges(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// TestQuery runs text:query through the engine, in every form.
func TestQuery(t *testing.T) {
	s := openStore(t, "")
	var c store.Change
	for i, l := range titles {
		c.Add = append(c.Add, title(i, l))
	}
	note := title(1, term.NewString("保險備註"))
	note.Predicate = term.NewIRI(vocab.RDFSComment)
	c.Add = append(c.Add, note)
	commit(t, s, c)
	e, err := sparql.New(sparql.Options{Store: s, Text: openIndex(t, s, "")})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		where string
		want  []string // of ?s, without http://e/
	}{
		{`?s text:query "保險"`, []string{"0", "1", "1"}},
		{`?s text:query (dct:title "保險")`, []string{"0", "1"}},
		{`?s text:query (dct:title rdfs:comment "保險")`, []string{"0", "1", "1"}},
		{`?s text:query (rdfs:comment "保險")`, []string{"1"}},
		{`?s text:query (dct:title "insur*" "lang:en-gb")`, []string{"4"}},
		{`(?s ?score ?lit) text:query (dct:title "人身 保險" 1) FILTER(?score > 0 && CONTAINS(?lit, "人身"))`,
			[]string{"0"}},
		{`GRAPH <http://e/0/graph> { ?s text:query "保險" }`, []string{"0"}},
		{`?s dct:title ?x . OPTIONAL { ?s text:query (rdfs:comment "保險") } FILTER(CONTAINS(?x, "保險"))`,
			[]string{"0", "1"}},
	}
	for _, tt := range tests {
		t.Run(tt.where, func(t *testing.T) {
			text := `PREFIX text: <http://jena.apache.org/text#> PREFIX dct: <http://purl.org/dc/terms/>
				PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> SELECT ?s WHERE { ` + tt.where + ` }`
			r, err := e.Query(context.Background(), text, sparql.QueryOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			var got []string
			for sol, err := range r.Solutions() {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, strings.TrimPrefix(sol[0].Value(), "http://e/"))
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"保險", "a AND (b OR -c*)", `"x y" +z`, `\"`, "((", "a\\"} {
		f.Add(s)
	}
	m, err := newMapping()
	if err != nil {
		f.Fatal(err)
	}
	a := m.AnalyzerNamed(wanted)
	f.Fuzz(func(t *testing.T, s string) {
		q, err := parse(s, a)
		if (q == nil) == (err == nil) {
			t.Errorf("parse(%q) = %v, %v", s, q, err)
		}
	})
}

func BenchmarkSearch(b *testing.B) {
	s := openStore(b, "")
	var c store.Change
	for i := range 50_000 {
		c.Add = append(c.Add, title(i, term.NewLangString(fmt.Sprintf("第%d號保險業務統計資料", i), "zh-Hant-TW")))
	}
	seq := commit(b, s, c)
	x := openIndex(b, s, "")
	if err := x.following.Reach(context.Background(), seq); err != nil {
		b.Fatal(err)
	}
	for _, text := range []string{"保險", "第49999號"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				find(b, x, seq, exec.TextQuery{Text: text, Limit: 100})
			}
		})
	}
}

// TestTrimmedLog searches after the log no longer reaches back to what is
// indexed, which once failed until the index was deleted.
func TestTrimmedLog(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{History: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	x := openIndex(t, s, t.TempDir()+"/text")
	seq := commit(t, s, store.Change{Add: []term.Quad{title(1, term.NewString("保險一"))}})
	if got := find(t, x, seq, exec.TextQuery{Text: "保險"}); !slices.Equal(got, []string{"保險一"}) {
		t.Fatalf("found %q", got)
	}
	for i := 2; i < 5; i++ {
		seq = commit(t, s, store.Change{Add: []term.Quad{title(i, term.NewString("保險"+fmt.Sprint(i)))}})
	}
	if _, err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, err := range s.Log(t.Context(), 1) {
		if !errors.Is(err, store.ErrHistory) {
			t.Fatalf("the log still reaches back: %v", err)
		}
	}
	if got := find(t, x, seq, exec.TextQuery{Text: "保險"}); len(got) != 4 {
		t.Errorf("found %q, want four", got)
	}
}

// TestSearchWhileBuiltAnew searches for a literal of an early commit while the index
// is emptied and built anew for later ones: it is found at any time.
func TestSearchWhileBuiltAnew(t *testing.T) {
	s := openStore(t, "")
	var c store.Change
	for i := range 3000 {
		c.Add = append(c.Add, title(i, term.NewString(fmt.Sprintf("zebra %04d", i))))
	}
	first := commit(t, s, c)
	x := openIndex(t, s, "")
	find(t, x, first, exec.TextQuery{Text: "2999"})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { x.Following().Run(ctx, func(_ string, err error) { t.Error(err) }) })
	running.Go(func() {
		for ctx.Err() == nil {
			n := 0
			for _, err := range x.Search(ctx, first, exec.TextQuery{Text: "2999"}) {
				if err == nil {
					n++
				}
			}
			if n != 1 && ctx.Err() == nil {
				t.Errorf("%d literals found, want 1", n)
				return
			}
		}
	})
	for i := range 5 {
		x.mu.Lock()
		x.state.full, x.state.added = 1, minGarbage+1 // most of it went out of use
		x.mu.Unlock()
		seq := commit(t, s, store.Change{Add: []term.Quad{title(5000+i, term.NewString("more"))}})
		if err := x.Following().Reach(t.Context(), seq); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	running.Wait()
	if x.state.added != 0 || x.state.full < 3000 {
		t.Errorf("state %+v: the index was not built anew", x.state)
	}
}

// TestRelease asserts that an index whose memory was given back finds what it found, goes on
// from where it was, and is built again when its files are gone meanwhile.
func TestRelease(t *testing.T) {
	s, dir := openStore(t, ""), t.TempDir()+"/text"
	seq := commit(t, s, store.Change{Add: []term.Quad{title(1, term.NewString("保險一"))}})
	for _, dir := range []string{dir, ""} {
		x := openIndex(t, s, dir)
		fs := follow.NewFollowers(s, x.Following())
		for range 2 {
			if err := fs.CatchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := find(t, x, seq, exec.TextQuery{Text: "保險"}); len(got) != 1 {
				t.Errorf("in %q, after memory was given back: %q, want one", dir, got)
			}
		}
		if c, err := x.Cursor(t.Context()); err != nil || c.Seq != seq {
			t.Errorf("the cursor is at %d, %v, want %d", c.Seq, err, seq)
		}
		if dir == "" {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := fs.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := find(t, x, seq, exec.TextQuery{Text: "保險"}); len(got) != 1 {
			t.Errorf("after the files were lost: %q, want one", got)
		}
	}
}
