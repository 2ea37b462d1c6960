package search

import (
	"strings"
	"unicode/utf8"
)

// Piece is a part of a text that is shown, marked where a query found it.
type Piece struct {
	Text string
	Mark bool
}

// Marker marks the words of a query in texts.
type Marker struct{ words []word }

// NewMarker returns what marks the words of a text of a query.
func NewMarker(text string) *Marker {
	m := &Marker{}
	list, err := Words(text)
	if err != nil {
		return m
	}
	for _, w := range list {
		m.words = append(m.words, newWord(w))
	}
	return m
}

// marks reports for each character of a text whether it belongs to a word, and where the
// first is, -1 for nowhere.
func (m *Marker) marks(runes []rune) (marked []bool, first int) {
	marked, first = make([]bool, len(runes)), -1
	folded := make([]rune, len(runes))
	for i, r := range runes {
		folded[i] = fold(r)
	}
	text := string(folded)
	for i := range m.words {
		w := &m.words[i]
		if w.text == "" {
			continue
		}
		length := utf8.RuneCountInString(w.text)
		for from := 0; from < len(text); {
			at := w.next(text, from)
			if at < 0 {
				break
			}
			begin := utf8.RuneCountInString(text[:at])
			if first < 0 || begin < first {
				first = begin
			}
			for n := range length {
				marked[begin+n] = true
			}
			from = at + len(w.text)
		}
	}
	return marked, first
}

// In reports whether a text has any of the words.
func (m *Marker) In(text string) bool {
	folded := Fold(text)
	for i := range m.words {
		if m.words[i].text != "" && m.words[i].in(folded) >= 0 {
			return true
		}
	}
	return false
}

// Mark takes a text apart: at most so many characters of it, around the first word that is
// found.
func (m *Marker) Mark(text string, most int) []Piece {
	runes := []rune(strings.ToValidUTF8(text, "\uFFFD"))
	marked, first := m.marks(runes)
	begin := 0
	if first > most/2 {
		begin = min(first-most/4, max(0, len(runes)-most))
	}
	end := min(len(runes), begin+most)
	var out []Piece
	if begin > 0 {
		out = append(out, Piece{Text: "…"})
	}
	for i := begin; i < end; {
		j := i
		for j < end && marked[j] == marked[i] {
			j++
		}
		out = append(out, Piece{string(runes[i:j]), marked[i]})
		i = j
	}
	if end < len(runes) {
		out = append(out, Piece{Text: "…"})
	}
	return out
}

// Everything reports whether a text has all the words; false when there are none.
func (m *Marker) Everything(text string) bool {
	folded := Fold(text)
	for i := range m.words {
		if m.words[i].text == "" || m.words[i].in(folded) < 0 {
			return false
		}
	}
	return len(m.words) > 0
}
