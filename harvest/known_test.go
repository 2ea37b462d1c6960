package harvest

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"

	"fincat/harvest/problem"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// TestKnownTable checks the table of a large source: what it finds, in which
// sequence it yields, and what it costs.
func TestKnownTable(t *testing.T) {
	const records = 500_000
	record := func(i int) string { return fmt.Sprintf("%srecord/national/%d", testBase, i) }
	before := heap()
	table := &knownTable{seed: 7, at: map[xxh3.Uint128]uint32{}}
	for i := range records {
		table.add(record(i)).id = store.ID(2*i + 2)
	}
	each := float64(heap()-before) / records
	t.Logf("%.0f bytes for each of %d records", each, records)
	if each > 100 {
		t.Errorf("a known record takes %.0f bytes, want at most 100", each)
	}
	for _, i := range []int{0, 1023, 1024, records - 1} {
		if k := table.find(record(i)); k == nil || k.id != store.ID(2*i+2) || table.byID(k.id) != k {
			t.Errorf("find(%q) = %v", record(i), k)
		}
	}
	if k := table.find(record(records)); k != nil {
		t.Errorf("find(%q) = %v, want nil", record(records), k)
	}
	if k := table.byID(3); k != nil {
		t.Errorf("byID(3) = %v, want nil", k)
	}
	n := 0
	for k := range table.all {
		if n++; k.id != store.ID(2*n) {
			t.Fatalf("row %d has ID %d", n-1, k.id)
		}
	}
	if n != records {
		t.Errorf("all yields %d records, want %d", n, records)
	}
}

// heap returns the bytes in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestDigest(t *testing.T) {
	d := digest{1, 2, 0xFF}
	for _, test := range []struct {
		text string
		want digest
	}{
		{d.String(), d},
		{d.String() + "00", d},
		{"", digest{0: 1}},
		{"0102", digest{0: 1}},
		{"zz" + d.String()[2:], digest{0: 1}},
	} {
		if got := parseDigest(test.text); got != test.want {
			t.Errorf("parseDigest(%q) = %v, want %v", test.text, got, test.want)
		}
	}
}

// TestKnownRecords reads the state of records of which several graphs speak.
func TestKnownRecords(t *testing.T) {
	s := openStore(t)
	h := newHarvester(t, s, Config{Base: testBase})
	record := func(source string, i int) string { return fmt.Sprintf("%srecord/%s/%d", testBase, source, i) }
	say := func(graph, subject, property string, object term.Term) {
		t.Helper()
		q := term.Quad{
			Subject: term.NewIRI(subject), Predicate: term.NewIRI(property), Object: object,
			Graph: term.NewIRI(testBase + graph),
		}
		if _, err := s.Commit(t.Context(), store.Change{Add: []term.Quad{q}}); err != nil {
			t.Fatal(err)
		}
	}
	sum := digest{1, 2, 3}
	catalog := testBase + "catalog/a"
	for i := range 5 {
		for g := range 3 {
			say(fmt.Sprintf("graph/a/%d-%d", i, g), catalog, vocab.DCATRecord, term.NewIRI(record("a", i)))
		}
	}
	say("graph/b/0", testBase+"catalog/b", vocab.DCATRecord, term.NewIRI(record("b", 0)))
	for _, r := range []string{record("a", 1), record("b", 0)} {
		say("graph/x", r, vocab.FincatDigest, term.NewString(sum.String()))
	}
	say("graph/x", record("a", 2), vocab.FincatMissingRuns, term.NewLiteral("2", vocab.XSDInteger))
	say("graph/x", record("a", 4), vocab.PROVInvalidatedAtTime, term.NewString("2026-01-01"))
	table, err := h.knownRecords(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range table.all {
		n++
	}
	if n != 5 || table.find(record("b", 0)) != nil || table.find(record("a", 5)) != nil {
		t.Errorf("%d records are known, want 5", n)
	}
	for i := range 5 {
		k := table.find(record("a", i))
		if k == nil || !k.digest.isZero() != (i == 1) || k.missing != []int32{0, 0, 2, 0, 0}[i] ||
			k.removed != (i == 4) || k.seen {
			t.Errorf("record %d is %+v", i, k)
		}
	}
	if table.shown() {
		t.Error("a record is shown before the run began")
	}
	if table, err = h.knownRecords(t.Context(), "c"); err != nil || table.find(record("a", 1)) != nil {
		t.Errorf("of a source without records is known %v, %v", table, err)
	}
}

// TestEmptySourceSays asserts what the error of an empty source says: whether records
// are known, and whether the filter is the reason.
func TestEmptySourceSays(t *testing.T) {
	for _, tt := range []struct {
		known, filtered int
		want, remedy    string
	}{
		{0, 0, "the source shows no record", "look at the address"},
		{1, 0, "the source shows no record, but the catalogue has 1 of it", "look at the address"},
		{0, 1, "the filter leaves out all 1 record of the source", "compare the filter"},
		{7, 2, "the filter leaves out all 2 records of the source", "compare the filter"},
	} {
		var e *problem.Error
		err := emptySource("https://e.tw/", tt.known, tt.filtered)
		if !errors.As(err, &e) || e.Err.Error() != tt.want ||
			!strings.HasPrefix(e.Remedy, tt.remedy) || e.Rule != "empty" || e.Place.URL != "https://e.tw/" {
			t.Errorf("emptySource of %d known and %d filtered = %+v, want %q", tt.known, tt.filtered, e, tt.want)
		}
	}
}
