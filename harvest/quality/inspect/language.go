package inspect

import (
	"bytes"
	"regexp"
)

// languages are texts that may look like a table line by line and are something else, told
// by how they begin.
var languages = []struct {
	format string
	start  *regexp.Regexp
	end    string // one of its characters is the last; empty for any
}{
	{"mhtml", regexp.MustCompile(`(?i)^([a-z-]+:.*\r?\n([ \t].*\r?\n)*)*mime-version:\s*1`), ""},
	{"javascript", regexp.MustCompile(`^(((//.*\n|/\*[^*]*\*/)\s*)+|` +
		`((//.*\n|/\*[^*]*\*/)\s*)*((var|let|const)\s+[\w$]+\s*=|[A-Za-z_$][\w$.]*\()\s*)[{\[]`), ")]};"},
	{"sql", regexp.MustCompile(`(?i)^((--|#).*\n\s*|/\*[^*]*\*/;?\s*)*` +
		`(insert\s+into|create\s+(table|database)|drop\s+table)\s`), ""},
	{"ics", regexp.MustCompile(`(?i)^BEGIN:(VCALENDAR|VCARD)\s*\n`), ""},
	{"postscript", regexp.MustCompile(`^%!PS`), ""},
	{"tex", regexp.MustCompile(`^(%.*\n\s*)*\\documentclass`), ""},
	{"script", regexp.MustCompile(`^(#!\s*/|<\?php\s)`), ""},
	{"pem", regexp.MustCompile(`^-----BEGIN [A-Z ]+-----\s*\n`), ""},
	{"turtle", regexp.MustCompile(`(?i)^(#.*\n\s*)*@?(prefix\s+[\w.-]*:|base)\s*<[^>]*>`), ""},
	{"yaml", regexp.MustCompile(`^(#.*\n\s*)*(---\s*\r?\n\s*(- )?|- )["']?[^\s:,"']+["']?:(\s|$)`), ""},
}

// language tells what a text is that is no table; empty when it may be one.
func language(text []byte) string {
	if yamlAPI(text) {
		return "yaml"
	}
	text = bytes.TrimSpace(text)
	head := text[:min(len(text), 4096)]
	for _, l := range languages {
		if l.start.Match(head) && (l.end == "" || bytes.ContainsRune([]byte(l.end), rune(text[len(text)-1]))) {
			return l.format
		}
	}
	return ""
}

var gap = regexp.MustCompile(`\S(  +|\x{3000}{2,})\S`)

// aligned reports whether nearly all lines of a text have gaps of several blanks, as where
// columns have a fixed width. Nothing in such a text says where a cell ends.
func aligned(text []byte) bool {
	n, gaps := 0, 0
	for line := range bytes.Lines(text[:min(len(text), 64<<10)]) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			n++
			if gap.Match(line) {
				gaps++
			}
		}
	}
	return n > 2 && gaps*10 >= n*9
}
