package search

import (
	"cmp"
	"slices"
	"strings"
)

// similarWord is a keyword that datasets have.
type similarWord struct {
	text, folded string
	datasets     int
}

// Similarity of words, by their pairs of characters: from 0, nothing in common, to 1.
const enough = 0.4

// Similar returns keywords of datasets that look like a text which finds nothing, the most
// alike first.
func (t *Table) Similar(text string, most int) []string {
	t.similar.once.Do(t.collect)
	wanted := pairs(Fold(text))
	if len(wanted) == 0 {
		return nil
	}
	type candidate struct {
		word *similarWord
		how  float64
	}
	var list []candidate
	for i := range t.similar.words {
		w := &t.similar.words[i]
		has := pairs(w.folded)
		common := 0
		for _, p := range wanted {
			if slices.Contains(has, p) {
				common++
			}
		}
		if how := 2 * float64(common) / float64(len(wanted)+len(has)); how >= enough && w.folded != Fold(text) {
			list = append(list, candidate{w, how})
		}
	}
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.how, a.how), cmp.Compare(b.word.datasets, a.word.datasets),
			strings.Compare(a.word.text, b.word.text))
	})
	var out []string
	for _, c := range list[:min(most, len(list))] {
		out = append(out, c.word.text)
	}
	return out
}

// maxKeyword is how long a keyword is that is proposed, in bytes.
const maxKeyword = 60

// collect counts the keywords of the datasets.
func (t *Table) collect() {
	index := map[string]int{}
	for e := range t.entries {
		for _, k := range e.Keywords {
			if len(k) > maxKeyword {
				continue
			}
			folded := Fold(k)
			i, ok := index[folded]
			if !ok {
				i = len(t.similar.words)
				index[folded] = i
				t.similar.words = append(t.similar.words, similarWord{text: k, folded: folded})
			}
			t.similar.words[i].datasets++
		}
	}
}

// pairs are the pairs of characters of a folded text, each once.
func pairs(s string) []string {
	var out []string
	last := -1
	for i, r := range s {
		if last >= 0 {
			if p := s[last : i+len(string(r))]; !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
		last = i
	}
	return out
}
