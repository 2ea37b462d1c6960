package search

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"fincat/harvest/feed/listing"
	"fincat/harvest/queries"
	"fincat/vocab/term"
)

// Limits of a query.
const (
	MaxWords  = 8
	maxLength = 200 // of its text, in characters
	MaxChosen = 50  // values of one facet
)

// Query says what is looked for.
type Query struct {
	Text   string // words, all of which a dataset has; "several words" as they stand
	Chosen [facets][]string
	Since  time.Time // the record changed then or later; zero: any time
	Order  Order
	Apart  bool // each record by itself
	First  int  // of those that are returned, from 0
	Most   int

	words []word
}

// Words takes the text of a query apart.
func Words(text string) ([]string, error) {
	if n := utf8.RuneCountInString(text); n > maxLength {
		return nil, fmt.Errorf("q has %d characters, at most %d are searched for", n, maxLength)
	}
	var out []string
	var word strings.Builder
	quoted := false
	end := func() {
		if w := strings.TrimSpace(word.String()); w != "" {
			out = append(out, w)
		}
		word.Reset()
	}
	for _, r := range strings.ToValidUTF8(text, "\uFFFD") {
		switch {
		case strings.ContainsRune("\"“”「」", r):
			end()
			quoted = !quoted
		case fold(r) == ' ' && !quoted:
			end()
		default:
			word.WriteRune(r)
		}
	}
	end()
	if len(out) > MaxWords {
		return nil, fmt.Errorf("q has %d words, at most %d are searched for", len(out), MaxWords)
	}
	return out, nil
}

// Found is a dataset that a query found.
type Found struct {
	*Entry
	Others []*Entry // its other records, also those that the query does not find
	Where  Field    // the best field that has a word of the query
}

// Count is how many datasets have a value.
type Count struct {
	Value string
	N     int
}

// Result is what a query found.
type Result struct {
	Total   int // datasets
	Titled  int // those of them that have all words in titles; they are the best matches
	Named   int // records that have
	Records int
	Found   []Found // those asked for
	// Counts are, for each facet, how many datasets have each value among those that the
	// query would find if nothing were chosen of that facet: the most first.
	Counts [facets][]Count
	Since  []int // likewise, how many changed since each of the times that were asked for
}

// Selecting returns the query for what a filter of the feeds selects, without its words.
func Selecting(f queries.Filter) (q Query) {
	for facet, t := range map[Facet]term.Term{ByPublisher: f.Publisher, BySource: f.Source, BySector: f.Sector,
		ByTheme: f.Theme, ByFormat: f.Format} {
		if !t.IsZero() {
			q.Chosen[facet] = []string{t.Value()}
		}
	}
	q.Since, _ = time.Parse(time.RFC3339, f.ModifiedSince.Value()) // filters have such times, or none
	return q
}

// Datasets are those that were found and asked for.
func (r *Result) Datasets() []*listing.Dataset {
	list := make([]*listing.Dataset, len(r.Found))
	for i, x := range r.Found {
		list[i] = x.Dataset
	}
	return list
}

// facetSet is a set of facets; the last bit stands for the time of change.
type facetSet uint16

const sinceBit facetSet = 1 << facets

// Find answers a query. since are further times for the counts.
func (t *Table) Find(q Query, since ...time.Time) (*Result, error) {
	words, err := Words(q.Text)
	if err != nil {
		return nil, err
	}
	if q.First < 0 || q.Most < 0 {
		return nil, errors.New("the part of the results that is asked for is none")
	}
	for _, w := range words {
		q.words = append(q.words, newWord(w))
	}
	s := newScan(t, &q, since)
	candidates := s.candidates()
	for slot := range candidates.all {
		if t.group[slot] < 0 || q.Apart {
			if score, missing, ok := s.look(slot); ok {
				s.count(slot, score, missing)
			}
		}
	}
	for _, slots := range t.groups {
		if !q.Apart {
			s.countGroup(slots, candidates)
		}
	}
	return s.result(), nil
}

// candidates returns the slots that have all words.
func (s *scan) candidates() slotSet {
	out := slices.Clone(s.t.alive)
	for i := range s.q.words {
		for slot := range out.all {
			if s.where[i][slot] == 0 && !s.named(i, slot) {
				out.drop(slot)
			}
		}
	}
	return out
}

// named reports whether the name of an organisation of a slot has a word.
func (s *scan) named(word int, slot int32) bool {
	if s.byOrg[word] == nil {
		return false
	}
	for _, v := range s.t.columns.values(slot) {
		if v>>facetShift != uint32(ByPublisher) {
			return false
		}
		if s.byOrg[word][v&valueMask] {
			return true
		}
	}
	return false
}

// scan is the work on one query.
type scan struct {
	t        *Table
	q        *Query
	since    []int64
	from     int64          // q.Since; 0: any time
	chosen   [facets][]bool // by number; nil: nothing is chosen
	narrow   []Facet        // of which something is chosen
	where    [][]uint8      // for each word, by slot: the best field that has it, plus one
	byOrg    [][]bool       // for each word, by number of the organisation whether its name has it; nil: none has
	counts   [facets][]int32
	changed  []int
	in       slotSet
	scores   []uint64 // of those that are found: score, turned, and place by title
	records  int
	total    int
	titled   int
	entitled int
}

// inTitle is added to the score of what has all words in titles; it is more than all else.
const inTitle = 1 << 12

func newScan(t *Table, q *Query, since []time.Time) *scan {
	s := &scan{t: t, q: q, changed: make([]int, len(since)), in: newSlotSet(len(t.columns.entries))}
	for _, at := range since {
		s.since = append(s.since, at.Unix())
	}
	if !q.Since.IsZero() {
		s.from = q.Since.Unix()
	}
	for f := range facets {
		s.counts[f] = make([]int32, len(t.values[f]))
		if len(q.Chosen[f]) == 0 {
			continue
		}
		s.narrow = append(s.narrow, f)
		s.chosen[f] = make([]bool, len(t.values[f]))
		for _, v := range q.Chosen[f] {
			if n := slices.Index(t.values[f], v); n >= 0 {
				s.chosen[f][n] = true
			}
		}
	}
	for i := range q.words {
		where, byOrg := t.columns.known.find(&t.columns, &q.words[i], t.orgs)
		s.where, s.byOrg = append(s.where, where), append(s.byOrg, byOrg)
	}
	return s
}

// look tells how well a slot matches, and of which facets it has no value that is chosen;
// ok is false when it cannot be counted anywhere.
func (s *scan) look(slot int32) (score int32, missing facetSet, ok bool) {
	if s.from != 0 && s.t.when[slot] < s.from {
		missing = sinceBit
	}
	for _, f := range s.narrow {
		if s.has(slot, f) {
			continue
		}
		if missing != 0 {
			return 0, missing, false
		}
		missing = 1 << f
	}
	if len(s.q.words) == 0 {
		return 0, missing, true
	}
	score, ok = s.score(slot)
	return score, missing, ok
}

// has reports whether a slot has a chosen value of a facet.
func (s *scan) has(slot int32, f Facet) bool {
	list := s.t.columns.values(slot)
	if f == BySector {
		list = s.t.sectors(list)
	}
	for _, v := range list {
		if v>>facetShift == uint32(f) && s.chosen[f][v&valueMask] {
			return true
		}
	}
	return false
}

// score tells how well the words of the query are found in a slot; ok is false when one
// is not.
func (s *scan) score(slot int32) (score int32, ok bool) {
	titled := true
	for i := range s.q.words {
		best := -1
		if f := Field(s.where[i][slot]) - 1; f >= 0 {
			best = weights[f]
			titled = titled && f == Title
		}
		if best < weights[Organisation] {
			if titled = false; s.named(i, slot) {
				best = weights[Organisation]
			}
		}
		if best < 0 {
			return 0, false
		}
		score += int32(best)
	}
	if titled {
		score += inTitle + s.closeness(s.t.columns.entries[slot])
	}
	return score, true
}

// closeness is how much of a title the query is, if all its words are in titles.
func (s *scan) closeness(e *Entry) int32 {
	length := 0
	for i := range s.q.words {
		length += len(s.q.words[i].text)
	}
	best := 0
	for title := range strings.SplitSeq(e.text[:e.ends[Title]], "\n") {
		if len(title) >= length && s.q.words[0].in(title) >= 0 {
			best = max(best, 60*length/max(1, len(title)))
		}
	}
	return int32(best)
}

// take notes a slot that has all that is looked for.
func (s *scan) take(slot, score int32) {
	s.records++
	s.entitled += int(score / inTitle)
	s.in.put(slot)
	if s.q.Order == ByRelevance {
		s.scores = append(s.scores, uint64(1<<31-1-score)<<32|uint64(s.t.place[slot]))
	}
}

// count counts a slot that is a dataset by itself, or, when each is, a record.
func (s *scan) count(slot, score int32, missing facetSet) {
	if missing&^sinceBit == 0 {
		for i, at := range s.since {
			if s.t.when[slot] >= at {
				s.changed[i]++
			}
		}
	}
	list := s.t.columns.values(slot)
	if missing != 0 {
		for _, v := range s.t.missed(list, missing) {
			s.counts[v>>facetShift][v&valueMask]++
		}
		return
	}
	s.total++
	s.titled += int(score / inTitle)
	s.take(slot, score)
	for _, v := range list {
		s.counts[v>>facetShift][v&valueMask]++
	}
	for _, v := range s.t.sectors(list) {
		s.counts[BySector][v&valueMask]++
	}
}

// sectors returns the numbers of the sectors of the organisations among some values.
func (t *Table) sectors(values []uint32) (out []uint32) {
	for i, org := range values {
		if org>>facetShift != uint32(ByPublisher) {
			break
		}
		if i == 0 {
			out = t.sector[org&valueMask]
			continue
		}
		for _, v := range t.sector[org&valueMask] {
			if !slices.Contains(out, v) {
				out = append(slices.Clip(out), v)
			}
		}
	}
	return out
}

// missed returns those of some values that are of the facet of which something else is
// chosen.
func (t *Table) missed(values []uint32, missing facetSet) (out []uint32) {
	if missing == 1<<BySector {
		return t.sectors(values)
	}
	for _, v := range values {
		if missing == 1<<(v>>facetShift) {
			out = append(out, v)
		}
	}
	return out
}

// countGroup counts the records of one dataset.
func (s *scan) countGroup(slots []int32, candidates slotSet) {
	found, titled, newest, any := false, false, int64(0), false
	var seen []uint32
	for _, slot := range slots {
		if !candidates.has(slot) {
			continue
		}
		score, missing, ok := s.look(slot)
		if !ok {
			continue
		}
		if missing&^sinceBit == 0 {
			newest, any = max(newest, s.t.when[slot]), true
		}
		list := s.t.columns.values(slot)
		if missing == 0 {
			found, titled = true, titled || score >= inTitle
			s.take(slot, score)
			list = slices.Concat(list, s.t.sectors(list))
		} else {
			list = s.t.missed(list, missing)
		}
		for _, v := range list {
			if !slices.Contains(seen, v) {
				seen = append(seen, v)
				s.counts[v>>facetShift][v&valueMask]++
			}
		}
	}
	if found {
		s.total++
	}
	if titled {
		s.titled++
	}
	for i, at := range s.since {
		if any && newest >= at {
			s.changed[i]++
		}
	}
}

// result puts together what the scan found.
func (s *scan) result() *Result {
	out := &Result{Total: s.total, Titled: s.titled, Named: s.entitled, Records: s.records, Since: s.changed}
	for f, counts := range s.counts {
		for v, n := range counts {
			if n > 0 || s.chosen[f] != nil && s.chosen[f][v] {
				out.Counts[f] = append(out.Counts[f], Count{s.t.values[f][v], int(n)})
			}
		}
		slices.SortFunc(out.Counts[f], func(a, b Count) int {
			return cmp.Or(b.N-a.N, strings.Compare(a.Value, b.Value))
		})
	}
	done := map[int32]bool{}
	skip := s.q.First
	for slot := range s.sequence {
		if len(out.Found) == s.q.Most {
			break
		}
		if g := s.t.group[slot]; g >= 0 && !s.q.Apart {
			if done[g] {
				continue
			}
			done[g] = true
			slot = s.t.groups[g][slices.IndexFunc(s.t.groups[g], s.in.has)]
		}
		if skip > 0 {
			skip--
			continue
		}
		out.Found = append(out.Found, s.found(slot))
	}
	return out
}

// sequence yields the slots that were found in the order that is asked for.
func (s *scan) sequence(yield func(int32) bool) {
	if s.q.Order != ByRelevance {
		for _, slot := range s.t.order(s.q.Order) {
			if s.in.has(slot) && !yield(slot) {
				return
			}
		}
		return
	}
	heap := s.scores // so that what no page shows is not sorted
	for i := len(heap)/2 - 1; i >= 0; i-- {
		sink(heap, i)
	}
	for len(heap) > 0 && yield(s.t.titled[uint32(heap[0])]) {
		last := len(heap) - 1
		heap[0], heap = heap[last], heap[:last]
		sink(heap, 0)
	}
}

// sink brings one number of a heap, in which each is at most those at 2i+1 and 2i+2, to its place.
func sink(heap []uint64, i int) {
	for {
		least := 2*i + 1
		if least >= len(heap) {
			return
		}
		if right := least + 1; right < len(heap) && heap[right] < heap[least] {
			least = right
		}
		if heap[i] <= heap[least] {
			return
		}
		heap[i], heap[least] = heap[least], heap[i]
		i = least
	}
}

// found describes a slot.
func (s *scan) found(slot int32) Found {
	x := Found{Entry: s.t.columns.entries[slot], Where: fields}
	if g := s.t.group[slot]; g >= 0 && !s.q.Apart {
		for _, other := range s.t.groups[g] {
			if other != slot {
				x.Others = append(x.Others, s.t.columns.entries[other])
			}
		}
	}
	for i := range s.q.words {
		if f := Field(s.where[i][slot]) - 1; f >= 0 {
			x.Where = min(x.Where, f)
		}
		if s.named(i, slot) {
			x.Where = min(x.Where, Organisation)
		}
	}
	return x
}

// Values returns the values that an entry has of a facet.
func (t *Table) Values(e *Entry, f Facet) []string {
	var out []string
	for _, v := range t.missed(e.values, 1<<f) {
		out = append(out, t.values[f][v&valueMask])
	}
	return out
}

// Known returns all values of a facet that datasets have, or had, sorted.
func (t *Table) Known(f Facet) []string { return slices.Sorted(slices.Values(t.values[f])) }
