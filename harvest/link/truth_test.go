package link

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// A truth is what people decided about the records of testdata.
type truth struct {
	label map[[2]string]string // source record, portal record → label
	same  map[[2]string]bool
}

func labels(t testing.TB) truth {
	t.Helper()
	tr := truth{map[[2]string]string{}, map[[2]string]bool{}}
	for _, r := range rows(t, "labels.tsv") {
		if r[2] == "" {
			continue
		}
		pair := [2]string{r[0] + r[1], "portal/" + r[2]}
		tr.label[pair] = r[3]
		if r[3] == "same" {
			tr.same[pair] = true
		}
	}
	return tr
}

// A score counts how links agree with what people decided.
type score struct {
	right, wrong, same int // accepted links; pairs there are
	found, proposed    int // of the pairs, those that are links of any state; all links that are not accepted
	sources            int
	editions, badEd    int
}

func (s score) precision() float64 { return float64(s.right) / float64(max(1, s.right+s.wrong)) }
func (s score) recall() float64    { return float64(s.right) / float64(max(1, s.same)) }
func (s score) any() float64       { return float64(s.found) / float64(max(1, s.same)) }

// mean is how many proposals of the same dataset a source record has.
func (s score) mean() float64 {
	return float64(s.found+s.proposed+s.wrong) / float64(max(1, s.sources))
}

func (s score) String() string {
	return fmt.Sprintf("precision %.4f recall %.4f (%d right, %d wrong of %d), "+
		"with candidates %.4f at %.2f a record; editions %d labelled, %d not",
		s.precision(), s.recall(), s.right, s.wrong, s.same, s.any(), s.mean(), s.editions, s.badEd)
}

var verbose = os.Getenv("LINK_VERBOSE") != ""

func titlesOf(lists ...[]*Record) map[string]string {
	m := map[string]string{}
	for _, l := range lists {
		for _, r := range l {
			m[r.IRI] = r.Titles[0]
		}
	}
	return m
}

// judge counts the links of the records of testdata whose source is in sources.
func (tr truth) judge(t testing.TB, links []Link, names map[string]string, sources ...string) score {
	var s score
	in := func(iri string) bool {
		return slices.ContainsFunc(sources, func(p string) bool { return strings.HasPrefix(iri, p+"/") })
	}
	for p := range tr.same {
		if in(p[0]) {
			s.same++
		}
	}
	hit := map[[2]string]bool{}
	for _, l := range links {
		p := [2]string{l.Subject, l.Object}
		if !in(p[0]) || !strings.HasPrefix(p[1], "portal/") {
			continue
		}
		if l.Kind == Edition {
			if tr.label[p] == "edition" {
				s.editions++
			} else {
				s.badEd++
				if verbose {
					t.Logf("EDITION? %s %s | %s | %s | %s", l.State, tr.label[p], p, names[p[0]], names[p[1]])
				}
			}
			continue
		}
		if l.State == Accepted && tr.same[p] {
			s.right++
		}
		if l.State == Accepted && !tr.same[p] {
			s.wrong++
			if verbose {
				t.Logf("WRONG %s | %s | %s | %s %v", tr.label[p], p, names[p[0]], names[p[1]], short(l.Evidence))
			}
		}
		if tr.same[p] {
			s.found++
			hit[p] = true
			if verbose && l.State != Accepted {
				t.Logf("ONLY CANDIDATE | %s | %s | %s %v", p, names[p[0]], names[p[1]], short(l.Evidence))
			}
		} else if l.State != Accepted {
			s.proposed++
		}
	}
	for p := range tr.same {
		if verbose && in(p[0]) && !hit[p] {
			t.Logf("MISSED %s | %s | %s", p, names[p[0]], names[p[1]])
		}
	}
	all := map[string]bool{}
	for p := range tr.label {
		if in(p[0]) {
			all[p[0]] = true
		}
	}
	s.sources = len(all)
	return s
}

func short(list []Evidence) []string {
	var out []string
	for _, e := range list {
		out = append(out, fmt.Sprintf("%s:%s %.1f %s", e.About, e.Level, e.Bits, e.Seen))
	}
	return out
}

// blanked returns records without their addresses.
func blanked(list []*Record) []*Record {
	var out []*Record
	for _, r := range list {
		c := *r
		c.Addresses = nil
		out = append(out, &c)
	}
	return out
}

var allSources = slices.Sorted(maps.Keys(publishers))

// want fails where a score is below what is asked for.
func (s score) want(t *testing.T, precision, recall float64) {
	t.Helper()
	if s.precision() < precision {
		t.Errorf("precision %.4f, want %.3f: %v", s.precision(), precision, s)
	}
	if s.recall() < recall {
		t.Errorf("recall %.4f, want %.3f: %v", s.recall(), recall, s)
	}
}

// TestLabels compares links with those that people found, institution by
// institution.
func TestLabels(t *testing.T) {
	portal, sources, tr := portalRecords(t), sourceRecords(t), labels(t)
	_, links := linked(t, portal, sources)
	s := tr.judge(t, links, titlesOf(portal, sources), allSources...)
	t.Logf("all: %v", s)
	s.want(t, 0.995, 0.98)
	if s.any() < 0.99 || s.mean() > 3 {
		t.Errorf("with candidates: recall %.4f at %.2f a record, want 0.99 at 3", s.any(), s.mean())
	}
	for _, o := range []string{"taifex", "twse"} {
		s := tr.judge(t, links, nil, o)
		t.Logf("%s: %v", o, s)
		s.want(t, 0.995, 0.98)
	}
}

// TestLabelsWithoutAddresses leaves only titles to go by: other institutions
// have no codes in common with the portal.
func TestLabelsWithoutAddresses(t *testing.T) {
	portal, sources, tr := blanked(portalRecords(t)), sourceRecords(t), labels(t)
	_, links := linked(t, portal, sources)
	s := tr.judge(t, links, titlesOf(portal, sources), allSources...)
	t.Logf("without addresses: %v", s)
	s.want(t, 0.99, 0.93)
}

// TestMasked hides the counterparts of 40 records, so that the right answer is
// no link, with a near-identical record left in place.
func TestMasked(t *testing.T) {
	sources, tr := sourceRecords(t), labels(t)
	hidden, masked := map[string]bool{}, map[string]bool{}
	for _, r := range rows(t, "masked.tsv") {
		masked[r[0]+r[1]] = true
		for _, id := range strings.FieldsFunc(r[2], func(r rune) bool { return r < '0' || r > '9' }) {
			hidden["portal/"+id] = true
		}
	}
	portal := portalRecords(t)
	names := titlesOf(portal, sources)
	portal = slices.DeleteFunc(portal, func(r *Record) bool { return hidden[r.IRI] })
	for name, portal := range map[string][]*Record{"with addresses": portal, "without": blanked(portal)} {
		_, links := linked(t, portal, sources)
		wrong := 0
		for _, l := range links {
			if masked[l.Subject] && l.Kind == Same && l.State == Accepted && strings.HasPrefix(l.Object, "portal/") {
				wrong++
				label := tr.label[[2]string{l.Subject, l.Object}]
				t.Logf("false: %s | %s | %v %s", names[l.Subject], names[l.Object], short(l.Evidence), label)
			}
		}
		if wrong > 1 {
			t.Errorf("%s: %d false links of 40, want 1 at most", name, wrong)
		}
	}
}

// estimate makes a table of weights from what people decided about the records of
// some sources only. Each figure of the program's table counts as much as 20 pairs.
func (tr truth) estimate(l *Linker, sources []string) [levels]weight {
	var pairs [2]float64
	var seen [2][levels]float64
	for n, f := range l.x.list {
		if !slices.Contains(sources, f.rec.Source) {
			continue
		}
		for _, m := range l.x.neighbours(uint32(n)) {
			c, ok := l.x.compare(uint32(n), m)
			if !ok || l.x.list[m].rec.Portal == "" {
				continue
			}
			same := 0
			if tr.same[[2]string{f.rec.IRI, l.x.list[m].rec.IRI}] {
				same = 1
			}
			pairs[same]++
			for _, s := range c.levels {
				seen[same][s.level]++
			}
		}
	}
	const lean = 20
	table := l.x.rd.weights
	for i := range table {
		w := &table[i]
		w.m = (seen[1][i] + lean*w.m) / (pairs[1] + lean)
		w.u = (seen[0][i] + lean*w.u) / (pairs[0] + lean)
	}
	return table
}

// TestLeaveOneOut judges each institution by weights that were estimated from
// the other ones only, with and without addresses, over the financial records.
func TestLeaveOneOut(t *testing.T) {
	portal, sources, tr := portalRecords(t), sourceRecords(t), labels(t)
	portal = slices.DeleteFunc(portal, func(r *Record) bool { return r.Publisher == "" })
	for _, blank := range []bool{false, true} {
		p, recall := portal, 0.97
		if blank {
			p, recall = blanked(portal), 0.75
		}
		for _, left := range []string{"taifex", "twse"} {
			l, _ := linked(t)
			for _, r := range slices.Concat(p, sources) {
				l.Put(r)
			}
			others := slices.DeleteFunc(slices.Clone(allSources), func(s string) bool { return s == left })
			l.x.rd.weights = tr.estimate(l, others)
			s := tr.judge(t, l.Links(), titlesOf(p, sources), left)
			t.Logf("%s left out, addresses blanked %v: %v", left, blank, s)
			s.want(t, 0.99, recall)
		}
	}
}
