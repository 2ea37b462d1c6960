package personal

import (
	"strings"
	"unicode"
)

// maxSample bounds a masked value, in characters before the mark of the cut.
const maxSample = 40

// mask hides what makes a value somebody's. Enough is left to find the cell.
func mask(kind int, s string) string {
	out := []rune(masked(kind, strings.TrimSpace(s)))
	if len(out) > maxSample {
		out = append(out[:maxSample], '…')
	}
	return string(out)
}

// Hide hides every letter and digit of a value of which nothing may be told.
func Hide(s string) string { return hide([]rune(s), 0, 0) }

func masked(kind int, s string) string {
	r := []rune(s)
	switch kind {
	case email:
		box, host, _ := strings.Cut(s, "@")
		return hide([]rune(box), 1, 0) + "@" + host
	case person:
		return hide(r, 1, 0)
	case place:
		return hide(r, min(6, len(r)/2), 0)
	case birth:
		return hide(r, min(4, len(r)/2), 0)
	case creditCard, bankAccount:
		return hide(r, 0, 4)
	}
	return hide(r, 2, 2)
}

// hide leaves a few characters at either end and the marks between groups.
func hide(r []rune, head, tail int) string {
	out := append([]rune(nil), r...)
	for i := range out {
		if i >= head && i < len(out)-tail && (unicode.IsLetter(out[i]) || unicode.IsDigit(out[i])) {
			out[i] = '*'
		}
	}
	return string(out)
}
