package inspect

import (
	"regexp"
	"slices"
	"strings"
)

// header is what the first records say about the header of a table.
type header struct {
	row    int // index of its record; -1 when there is none
	second int // index of its second line; -1 when it has one line
	title  int // index of the first record above it that is a title
	titles int // records above it that are not blank
	names  []string
}

// rows is the index of the first record below the header.
func (h header) rows() int { return max(h.row, h.second) + 1 }

// searched is how many records from the top may be the header.
const searched = 15

// findHeader finds the header: the record with the described names, else the first
// that is full of texts.
func findHeader(recs []record, width int, want Description) header {
	h := header{row: -1, second: -1}
	row := described(recs, want)
	if row < 0 || titled(recs, row, width) {
		row = likely(recs, width)
	}
	if row < 0 || headless(recs, row, want) {
		return h
	}
	h.row = row
	h.names = trimNames(recs[row].cells, width)
	h.extend(recs, width, want)
	for i := range recs[:h.row] {
		if !recs[i].blank && i != h.second {
			if h.titles++; h.titles == 1 {
				h.title = i
			}
		}
	}
	return h
}

// trimNames leaves out what has no name beyond the width of the table.
func trimNames(cells []string, width int) []string {
	n := max(used(cells), min(width, len(cells)))
	out := make([]string, n)
	for i := range out {
		out[i] = strings.TrimSpace(cells[i])
	}
	return out
}

// described returns the record with most of the described names, -1 when none has half of
// them.
func described(recs []record, want Description) int {
	best, most := -1, 0
	for i, r := range recs[:min(len(recs), searched)] {
		if n := want.matches(r.cells); n > most {
			best, most = i, n
		}
	}
	if most*2 < len(want.Names) {
		return -1
	}
	return best
}

var titleWords = regexp.MustCompile(`(單位|製表|資料時間|資料來源|統計期間|更新時間|列印日期|製表日期|資料日期|頁次)\s*[:：]` +
	`|^中華民國\s*\d|^\d{2,3}\s*年第?\s*[0-9一二三四]+\s*(季|月)$`)

// titled reports whether a record is a title that a description has copied: it has fewer
// cells than the table, or words of a title, and a header stands below it.
func titled(recs []record, row, width int) bool {
	n := filled(recs[row].cells)
	if !isTitle(recs[row]) && (n > 1 || width < 2) {
		return false
	}
	next := likely(recs[row+1:], width)
	return next >= 0 && filled(recs[row+1+next].cells) > n
}

func isTitle(r record) bool {
	for _, c := range r.cells {
		if titleWords.MatchString(strings.TrimSpace(c)) {
			return true
		}
	}
	return false
}

func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			n++
		}
	}
	return n
}

// likely returns the first record that may be a header: more than half of the width is
// filled, and it is no title. When there is none, the first that is not blank is.
func likely(recs []record, width int) int {
	first := -1
	for i, r := range recs[:min(len(recs), searched)] {
		if r.blank {
			continue
		}
		if first < 0 {
			first = i
		}
		if filled(r.cells)*2 > width && !isTitle(r) {
			return i
		}
	}
	return first
}

// headless reports whether the record that should be the header is a row of data: where
// the rows below have numbers or dates, it has them too.
func headless(recs []record, row int, want Description) bool {
	head := recs[row]
	if n := want.matches(head.cells); n > 0 && n*2 >= len(want.Names) {
		return false
	}
	var below []record
	for _, r := range recs[row+1:] {
		if !r.blank {
			below = append(below, r)
		}
	}
	same, texts, repeats := 0, 0, 0
	for i, c := range head.cells {
		c = strings.TrimSpace(c)
		if c == "" {
			continue
		}
		if !isNumber(c) && !isDate(c) && !isCode(c) {
			texts++
			for _, r := range below {
				if i < len(r.cells) && strings.TrimSpace(r.cells[i]) == c {
					repeats++
					break
				}
			}
			continue
		}
		if kindred(below, i) {
			same++
		}
	}
	switch {
	case len(below) == 0:
		return false
	case same > 0:
		return !years(head.cells)
	}
	return len(want.Names) == filled(head.cells) && want.matches(head.cells) == 0 && repeats*2 >= texts && repeats > 0
}

// kindred reports whether the cells of a column are mostly numbers, dates or codes.
func kindred(recs []record, column int) bool {
	n, all := 0, 0
	for _, r := range recs {
		if column >= len(r.cells) {
			continue
		}
		c := strings.TrimSpace(r.cells[column])
		if c == "" {
			continue
		}
		if all++; isNumber(c) || isDate(c) || isCode(c) {
			n++
		}
	}
	return all > 0 && n*3 >= 2*all
}

// years reports whether the numbers of a header are years or months one after the other,
// as in a table with a column for each.
func years(cells []string) bool {
	var nums []int
	for _, c := range cells {
		c = strings.TrimSpace(c)
		if n, ok := number(c); ok {
			nums = append(nums, n)
		} else if isNumber(c) || isDate(c) && !yearWord.MatchString(c) {
			return false
		}
	}
	for i := 1; i < len(nums); i++ {
		if d := nums[i] - nums[i-1]; d != 1 && d != -1 && d != 0 {
			return false
		}
	}
	return len(nums) != 1 || nums[0] >= 80 && nums[0] <= 130 || nums[0] >= 1950 && nums[0] <= 2100
}

var yearWord = regexp.MustCompile(`年`)

// extend finds the second line of a header.
func (h *header) extend(recs []record, width int, want Description) {
	if below := h.row + 1; below+1 < len(recs) && continues(recs[h.row], recs[below], recs[below+1:], width) {
		h.second = below
	} else if h.row > 0 && completes(recs[h.row-1], recs[h.row], width) {
		h.row, h.second = h.row-1, h.row // the line with groups was taken for a title
	}
	if h.second < 0 {
		return
	}
	above, lower := recs[h.row].cells, recs[h.second].cells
	if want.matches(above) >= want.matches(lower) && filled(above) >= min(width, filled(lower)) {
		h.names = trimNames(above, width)
		return
	}
	if filled(above) < width { // groups above, names below
		h.names = joined(above, lower, width)
		if want.matches(lower) > want.matches(h.names) {
			h.names = trimNames(lower, width)
		}
		h.row, h.second = h.second, h.row
	}
}

// continues reports whether a record is the second line of a header: it has texts only,
// where the rows below have numbers, and it fills gaps of the first or says the same in
// another script.
func continues(head, second record, below []record, width int) bool {
	if second.blank || isTitle(second) {
		return false
	}
	numeric := false
	for i, c := range second.cells {
		c = strings.TrimSpace(c)
		if isNumber(c) || isDate(c) || isCode(c) && likeBelow(c, below, i) {
			return false
		}
		numeric = numeric || c != "" && kindred(below, i)
	}
	if !numeric {
		return false
	}
	if filled(head.cells) < width && gaps(head, second) {
		return true
	}
	if slices.ContainsFunc(second.cells, isCode) {
		return false
	}
	one, other := script(head), script(second)
	return filled(second.cells) == filled(head.cells) && one != "" && other != "" && one != other
}

// likeBelow reports whether the cells of a column are mostly codes as long as one above them.
func likeBelow(code string, recs []record, column int) bool {
	n, all := 0, 0
	for _, r := range recs {
		if column >= len(r.cells) {
			continue
		}
		if c := strings.TrimSpace(r.cells[column]); c != "" {
			if all++; isCode(c) && len(c) == len(code) {
				n++
			}
		}
	}
	return all > 0 && n*3 >= 2*all
}

// completes reports whether a record above is the line of groups of a header.
func completes(above, head record, width int) bool {
	return !above.blank && filled(above.cells) >= 2 && filled(head.cells) < width && !isTitle(above) && gaps(head,
		above)
}

// gaps reports whether what one record leaves empty the other fills.
func gaps(a, b record) bool {
	for i, c := range b.cells {
		if strings.TrimSpace(c) != "" && (i >= len(a.cells) || strings.TrimSpace(a.cells[i]) == "") {
			return true
		}
	}
	return false
}

// script tells whether the cells of a record are all Chinese or all Latin; empty when
// they are neither.
func script(r record) string {
	han, latin := 0, 0
	for _, c := range r.cells {
		switch {
		case hasHan(c):
			han++
		case strings.ContainsFunc(c, func(r rune) bool { return r >= 'A' && r <= 'z' }):
			latin++
		}
	}
	switch {
	case han > 0 && latin == 0:
		return "Han"
	case latin > 0 && han == 0:
		return "Latin"
	}
	return ""
}

// joined makes names of groups and what stands below them; a group holds until the next.
func joined(groups, lower []string, width int) []string {
	out := make([]string, max(width, used(lower)))
	group := ""
	for i := range out {
		if i < len(groups) && strings.TrimSpace(groups[i]) != "" {
			group = strings.TrimSpace(groups[i])
		}
		name := ""
		if i < len(lower) {
			name = strings.TrimSpace(lower[i])
		}
		out[i] = group + name
	}
	return out
}
