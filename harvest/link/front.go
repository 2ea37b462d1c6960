package link

import "strings"

// Front returns a function that cuts the word off the front of a title that names one value of
// a division, such as 專營 or 本國銀行, and a word such as 各 before it: 各本國銀行資產負債表
// becomes 資產負債表. ok is false for a title that does not begin so.
func Front() func(title string) (rest string, ok bool) {
	x := newLexicon()
	return func(title string) (string, bool) {
		r := []rune(title)
		for at := 0; at < len(r); {
			w, n := x.at(r[at:])
			switch {
			case n > 0 && w.class == part:
				return strings.TrimLeft(string(r[at+n:]), " -–—_:、之"), true
			case n == 0 || w.class != noise:
				return "", false
			}
			at += n
		}
		return "", false
	}
}

// at returns the longest word of the lexicon at the beginning of a text, and how many
// characters it has; 0: there is none.
func (x *lexiconIndex) at(r []rune) (word, int) {
	for n := min(x.longest, len(r)); n > 0; n-- {
		folded := fold(string(r[:n]))
		if i, ok := x.byText[folded]; ok && !cutsRun([]rune(strings.ToLower(string(r))), 0, n) {
			return x.words[i], n
		}
	}
	return word{}, 0
}
