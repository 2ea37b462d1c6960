package document

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// First returns the first value that is more than white space, without the white
// space around it.
func First(values ...string) string {
	for _, v := range values {
		if strings.TrimSpace(v) != "" {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// Plain returns text without markup: tags go, breaks and paragraphs become line
// breaks, entities become characters, runs of blanks go, and control characters become U+FFFD.
func Plain(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return Tidy(s)
	}
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	skip := ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			return Tidy(b.String())
		case html.TextToken:
			if skip == "" {
				b.Write(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "br", "p", "li", "div", "tr":
				b.WriteByte('\n')
			case "script", "style":
				skip = string(name)
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == skip {
				skip = ""
			}
		}
	}
}

// Tidy returns text without runs of blanks, empty lines beyond one, and control
// characters, which become U+FFFD.
func Tidy(s string) string {
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.Map(func(r rune) rune {
			switch {
			case r < ' ' && !unicode.IsSpace(r):
				return '\uFFFD'
			case r == 0x7F || r == 0xFEFF || r == 0x200B:
				return -1
			}
			return r
		}, line)
		if line = strings.Join(strings.Fields(line), " "); line != "" || len(lines) > 0 && lines[len(lines)-1] != "" {
			lines = append(lines, line)
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
