package link

import (
	"bufio"
	"compress/gzip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"fincat/vocab/dcat"
)

// rows reads a table of testdata without its first line.
func rows(t testing.TB, name string) [][]string {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in *bufio.Scanner
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		in = bufio.NewScanner(z)
	} else {
		in = bufio.NewScanner(f)
	}
	in.Buffer(nil, 1<<20)
	var out [][]string
	for in.Scan() {
		out = append(out, strings.Split(in.Text(), "\t"))
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return out[1:]
}

func directory(t testing.TB) *dcat.Directory {
	t.Helper()
	d, err := dcat.NewDirectory()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// portal holds the records of the portal, which take time to read.
var portal struct {
	once sync.Once
	list []*Record
}

// portalRecords returns the records of the whole national catalogue. They are
// shared by all tests and must stay as they are.
func portalRecords(t testing.TB) []*Record {
	t.Helper()
	portal.once.Do(func() { portal.list = readPortal(t) })
	return slices.Clone(portal.list)
}

func readPortal(t testing.TB) []*Record {
	t.Helper()
	dir := directory(t)
	var out []*Record
	provider := ""
	for _, r := range rows(t, "portal.tsv.gz") {
		if r[2] != "" {
			provider = r[2]
		}
		rec := &Record{
			IRI: "portal/" + r[0], Source: "portal", ID: r[0], Portal: r[0], Titles: []string{r[1]},
			Addresses: strings.Fields(r[4]),
		}
		if o, ok := dir.ByName(provider); ok {
			rec.Publisher = o.ID
		} else {
			rec.Name = provider
		}
		out = append(out, rec)
	}
	return out
}

// publishers are the organisations whose sources are in testdata.
var publishers = map[string]string{"twse": "twse", "taifex": "taifex", "fsc-stat": "fsc"}

func sourceRecords(t testing.TB) []*Record {
	t.Helper()
	var out []*Record
	for _, r := range rows(t, "sources.tsv") {
		rec := &Record{
			IRI: r[0] + r[1], Source: r[0], ID: r[1], Titles: []string{r[2]}, Addresses: []string{r[3]},
			Publisher: publishers[r[0]], Text: r[4],
		}
		if r[5] != "" {
			rec.Fields = strings.Fields(r[5])
		}
		out = append(out, rec)
	}
	return out
}

// linked links records and returns the linker too.
func linked(t testing.TB, lists ...[]*Record) (*Linker, []Link) {
	t.Helper()
	l := NewLinker(directory(t), DefaultThresholds)
	for _, list := range lists {
		for _, r := range list {
			l.Put(r)
		}
	}
	return l, l.Links()
}
