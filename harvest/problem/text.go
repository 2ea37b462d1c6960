package problem

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"fincat/vocab/document"
)

// The sizes, in bytes, to which the texts of problems are cut. A source that
// sends a line of a megabyte must not make a message of a megabyte.
const (
	maxMessage = 600
	maxText    = 1000 // of what identifies: addresses, identifiers, values
)

// Count returns a number with the noun that it counts, which takes an s for any but one.
func Count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// Cut returns a text of about n bytes and a mark that says what was left out. U+FFFD
// stands for what is no character.
func Cut(s string, n int) string {
	if len(s) <= n {
		return strings.Map(document.Legible, s)
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.Map(document.Legible, s[:n]) + " …"
}

// goTypes matches what encoding/json and yaml.v3 say of a value of another form.
var goTypes = regexp.MustCompile(`(?:json: |yaml: )?(?:unmarshal errors:\s*)?((?:line \d+: )?)` +
	"cannot unmarshal (?:!!?)?(\\S+)(?: [-+.\\deE]+)?(?: `[^`]*`)? into " +
	`(?:Go struct field (\S*?) of type |Go value of type |)([\w.*\[\]{}]+)`)

// plain puts a message on one line of bounded size. Names of Go types become
// words about the form of a document.
func plain(s string) string {
	if len(s) > 4*maxMessage {
		s = Cut(s, 4*maxMessage)
	}
	if !strings.Contains(s, "cannot unmarshal") {
		return Cut(strings.Join(strings.Fields(s), " "), maxMessage)
	}
	s = goTypes.ReplaceAllStringFunc(s, func(match string) string {
		m := goTypes.FindStringSubmatch(match)
		out := m[1] + form(m[2]) + " stands where " + form(m[4]) + " belongs"
		if _, field, ok := strings.Cut(m[3], "."); ok {
			out += ", at " + field
		}
		return out
	})
	return Cut(strings.Join(strings.Fields(s), " "), maxMessage)
}

// form returns a word for a type of JSON, YAML or Go.
func form(name string) string {
	switch {
	case strings.HasPrefix(name, "[]"), name == "array", name == "seq":
		return "a list"
	case name == "object", name == "map", strings.Contains(name, "."), strings.HasPrefix(name, "map["):
		return "an object"
	case strings.HasPrefix(name, "int"), strings.HasPrefix(name, "uint"):
		return "a whole number"
	case name == "string", name == "str":
		return "a text"
	case strings.HasPrefix(name, "number"), strings.HasPrefix(name, "float"):
		return "a number"
	case strings.HasPrefix(name, "bool"):
		return "true or false"
	}
	return "another form"
}
