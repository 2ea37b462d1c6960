package harvest

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/zeebo/xxh3"

	"fincat/store"
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
