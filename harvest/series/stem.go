package series

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// shortestStem is the length in characters of what names a table.
const shortestStem = 4

var (
	bracket = regexp.MustCompile(`^(.+?)\s*[(\[【][^()\[\]【】]+[)\]】]$`)
	dash    = regexp.MustCompile(`^(.+?)\s*[-–—_:]\s*[^-–—_:]+$`)
	period  = regexp.MustCompile(`(民國|西元)?\d{2,4}\s*年(度)?(第?[1-4一二三四]季|\d{1,2}月(至|~|-)\d{1,2}月|\d{1,2}月)?`)
)

// stem returns what editions of a table have in common in their titles, the same whatever
// the width of characters: the title without the brackets at its end, without what stands
// behind its last dash, or without the year; "" when none of these is there.
func stem(title string) string {
	t, s := plain(title), ""
	if m := bracket.FindStringSubmatch(t); m != nil {
		s = m[1]
	} else if m := dash.FindStringSubmatch(t); m != nil {
		s = m[1]
	} else if p := period.ReplaceAllString(t, ""); p != t {
		s = strings.TrimSpace(p)
	}
	return named(s)
}

// frontStem is the stem of titles that differ in the word with which they begin, such as 專營
// and 兼營; front cuts that off.
func frontStem(title string, front func(string) (string, bool)) string {
	s, _ := front(plain(title))
	return named(s)
}

// plain is a title without where in a menu it stands, each character in one of its forms.
func plain(title string) string {
	t := strings.Join(strings.Fields(norm.NFKC.String(title)), " ")
	if i := strings.LastIndex(t, " > "); i >= 0 {
		t = t[i+len(" > "):]
	}
	return strings.ReplaceAll(t, "台", "臺")
}

// named is a stem that is long enough to name a table, else "".
func named(s string) string {
	if utf8.RuneCountInString(s) < shortestStem {
		return ""
	}
	return s
}
