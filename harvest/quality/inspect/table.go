package inspect

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

func lineOf(n int) string { return fmt.Sprintf("line %d", n) }

// table takes the records of a table one after the other: it finds the header among the
// first ones, and then what its columns are.
type table struct {
	in     *inspector
	r      *Report
	width  int // cells of most records; 0 when that is not known
	first  []record
	above  int // blank records before all others
	begun  bool
	header header
	facts  *facts
	number int // of records so far
	ended  bool
	tail   []record // the last records, among which footers are looked for
	cut    bool     // the rest of the file was not fetched
	strict bool     // records of another length are faults: in text, not in sheets
}

func (in *inspector) newTable(r *Report, width int) *table {
	return &table{in: in, r: r, width: width, strict: true}
}

// add takes the next record.
func (t *table) add(rec record) {
	t.number++
	if !t.begun {
		if len(t.first) == 0 && rec.blank { // sheets may begin far below their first row
			t.above++
			return
		}
		if t.first = append(t.first, rec); len(t.first) >= sampleRecords {
			t.begin()
		}
		return
	}
	t.row(rec)
}

// end takes in that there are no more records.
func (t *table) end() {
	if !t.begun {
		t.begin()
	}
	if t.facts == nil || t.ended {
		return
	}
	t.ended = true
	for len(t.tail) > 0 {
		t.give(t.tail[0])
		t.tail = t.tail[1:]
	}
	t.facts.end(t.r)
	if t.r.Rows == 0 && !t.cut {
		t.r.found("no-rows", "", "there is a header and nothing below it")
	}
}

// begin finds the header among the first records.
func (t *table) begin() {
	t.begun = true
	if i := slices.IndexFunc(t.first, func(r record) bool { return !r.blank }); i >= 0 {
		t.r.First = t.first[i].cells
	} else {
		return
	}
	if t.width == 0 {
		t.width = usualWidth(t.first)
	}
	t.header = findHeader(t.first, t.width, t.in.description)
	h := t.header
	t.r.Fields = h.names[t.margin():]
	if h.row >= 0 {
		t.r.HeaderRow = t.above + h.row + 1
	}
	t.tell()
	t.facts = newFacts(t.in, t.columns())
	for _, rec := range t.first[h.rows():] {
		t.row(rec)
	}
	t.first = nil
}

// maxMargin is the widest margin: what stands farther to the right is no table with one.
const maxMargin = 16

// margin is how many columns a sheet leaves empty on the left of its table.
func (t *table) margin() int {
	if t.strict {
		return 0
	}
	n := len(t.header.names)
	for _, r := range t.first {
		if i := slices.IndexFunc(r.cells, func(c string) bool { return strings.TrimSpace(c) != "" }); i >= 0 {
			n = min(n, i)
		}
	}
	if n > maxMargin {
		return 0
	}
	return n
}

// tell notes what is unusual about the header.
func (t *table) tell() {
	h, first := t.header, t.first
	if h.row < 0 {
		t.r.found("no-header", first[0].place, "the first record looks like data: there is no header")
		return
	}
	if h.titles > 0 {
		t.r.found("title-rows", first[h.title].place, "%d records above the header are titles: %.60q", h.titles,
			strings.Join(first[h.title].cells, " "))
	}
	if h.second >= 0 {
		t.r.found("two-line-header", first[h.second].place, "the header has a second line")
	}
	seen := map[string]int{}
	for i, name := range h.names {
		key := Fold(name)
		if key == "" && i < t.margin() {
			continue
		}
		if key == "" {
			t.r.found("blank-field-name", fmt.Sprintf("%s, cell %d", first[h.row].place, i+1),
				"column %d has no name", i+1)
			continue
		}
		if at, ok := seen[key]; ok {
			t.r.found("duplicate-fields", fmt.Sprintf("%s, cell %d", first[h.row].place, i+1),
				"columns %d and %d are both called %s", at+1, i+1, name)
			continue
		}
		seen[key] = i
	}
}

// columns are the names of the columns; those of a table without header are numbered.
func (t *table) columns() []string {
	if t.header.row >= 0 {
		return t.header.names
	}
	names := make([]string, t.width)
	for i := range names {
		names[i] = fmt.Sprintf("#%d", i+1)
	}
	return names
}

// tailRecords is how many records at the end may be footers.
const tailRecords = 8

// row takes a record below the header; the last ones wait, because they may be footers.
func (t *table) row(rec record) {
	if rec.blank {
		return
	}
	t.r.Rows++
	t.tail = append(t.tail, rec)
	if len(t.tail) > tailRecords {
		t.give(t.tail[0])
		t.tail = slices.Delete(t.tail, 0, 1)
	}
}

// give hands a record on, unless it and all after it are footers.
func (t *table) give(rec record) {
	if t.ended && t.width > 1 && !slices.ContainsFunc(t.tail, func(r record) bool { return !isFooter(r) }) {
		if !t.r.Has("footer-rows") {
			t.r.found("footer-rows", rec.place, "below the data stands %.60q", strings.Join(rec.cells, " "))
		}
		return
	}
	n := len(rec.cells)
	if want := len(t.columns()); t.strict && n != want {
		t.r.found("ragged-rows", rec.place, "%d cells, while the header has %d", n, want)
	}
	t.facts.row(rec.cells, rec.place)
}

var footer = regexp.MustCompile(`^[\s*※＊(（【\[]*(資料來源|資料提供|資料時間|資料截止|註|附註|備註|注|說明|來源|單位|製表|填表|審核|更新|` +
	`列印|聯絡|本表|以上|Source|Note|Remark|Total rows|END|EOF|\d+\.\s*\p{Han})`)

// isFooter reports whether a record is a note below the data rather than a row.
func isFooter(r record) bool {
	text, n := "", 0
	for _, c := range r.cells {
		if c = strings.TrimSpace(c); c != "" {
			if n++; n == 1 {
				text = c
			}
		}
	}
	switch {
	case n == 0:
		return true
	case n > 2:
		return false
	}
	return footer.MatchString(text) || n == 1 && len([]rune(text)) >= 8 && hasHan(text) && !isNumber(text)
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// usualWidth returns how many cells most records have, up to the last that is not empty.
func usualWidth(recs []record) int {
	count := map[int]int{}
	best := 0
	for _, r := range recs {
		if r.blank {
			continue
		}
		n := used(r.cells)
		if count[n]++; count[n] > count[best] || count[n] == count[best] && n > best {
			best = n
		}
	}
	return best
}

// used is the number of cells up to the last that is not empty.
func used(cells []string) int {
	n := len(cells)
	for n > 0 && strings.TrimSpace(cells[n-1]) == "" {
		n--
	}
	return n
}
