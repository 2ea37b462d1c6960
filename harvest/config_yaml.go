package harvest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"fincat/harvest/document"
)

// decodeConfig reads YAML into c, and returns the document for the lines of its keys.
func decodeConfig(data []byte, c *Config) (*yaml.Node, error) {
	if len(data) > maxConfig {
		return nil, fmt.Errorf("the configuration is larger than %d MiB", maxConfig>>20)
	}
	if line := badLine(data); line > 0 {
		return nil, fmt.Errorf("line %d: there is a byte that is no text: save the file as UTF-8", line)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	err := document.DecodeYAML(func() error { return dec.Decode(c) })
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, explainYAML(data, err)
	}
	var root, more yaml.Node
	dec = yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&root); err != nil || len(root.Content) == 0 || root.Content[0].Tag == "!!null" {
		return nil, errors.New("the configuration is empty: 'fincat init' writes one to start from")
	}
	if err := dec.Decode(&more); err == nil {
		return nil, fmt.Errorf("line %d: a second document begins: leave out the line ---", more.Line)
	} else if !errors.Is(err, io.EOF) {
		return nil, explainYAML(data, err)
	}
	return root.Content[0], nil
}

// badLine returns the first line that is no UTF-8 or has a control character, 0 for none.
func badLine(data []byte) int {
	for at, line := 0, 1; at < len(data); {
		r, n := utf8.DecodeRune(data[at:])
		switch {
		case r == utf8.RuneError && n == 1, r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0x7f,
			r == 0xfffe, r == 0xffff:
			return line
		case r == '\n':
			line++
		}
		at += n
	}
	return 0
}

// explainYAML says in the words of the configuration what the YAML decoder says in those
// of YAML and Go.
func explainYAML(data []byte, err error) error {
	var te *yaml.TypeError
	if errors.As(err, &te) {
		var out []error
		for _, m := range te.Errors {
			out = append(out, errors.New(explainType(m)+under(data, m)))
		}
		return errors.Join(out...)
	}
	m, general := strings.CutPrefix(err.Error(), "yaml: ")
	if name, ok := strings.CutPrefix(m, "unknown anchor '"); ok {
		name, _, _ = strings.Cut(name, "'")
		before, _, _ := bytes.Cut(data, []byte("*"+name))
		return fmt.Errorf("line %d: there is no anchor &%s that *%s could repeat: write the value, in quotes if it "+
			"begins with *", bytes.Count(before, []byte("\n"))+1, name, name)
	}
	if !strings.HasPrefix(m, "line ") {
		m = "line 1: " + m
	}
	switch {
	case strings.Contains(m, "cannot start any token"), strings.Contains(m, "tab character"):
		m += ": indent with spaces, not with tabs, and put values that begin with @ or ` in quotes"
	case general: // what is ours says itself what to do
		m += ": look at the indentation, the colons and the quotes there"
	default:
		m += under(data, m)
	}
	return errors.New(m)
}

var (
	wrongType  = regexp.MustCompile("(?s)^(line \\d+): cannot unmarshal (\\S*)(?: `(.*)`)? into (.+)$")
	unknownKey = regexp.MustCompile(`(?s)^(line \d+): field (.*) not found in type \S+$`)
	doubleKey  = regexp.MustCompile(
		`(?s)^(line \d+): (?:mapping key|field) (.*) already (?:defined at (line \d+)|set in type .*)$`)
)

// explainType explains that a key or the type of a value is wrong.
func explainType(m string) string {
	if p := unknownKey.FindStringSubmatch(m); p != nil {
		return fmt.Sprintf("%s: unknown key %.80s; fincat init shows the keys there are", p[1], p[2])
	}
	if p := doubleKey.FindStringSubmatch(m); p != nil {
		first := ""
		if p[3] != "" {
			first = ", the first time in " + p[3]
		}
		return fmt.Sprintf("%s: the key %.80s is there twice%s: remove one", p[1], p[2], first)
	}
	p := wrongType.FindStringSubmatch(m)
	if p == nil {
		return m
	}
	got := fmt.Sprintf("%.40q", strings.TrimSuffix(p[3], "..."))
	switch p[2] {
	case "!!seq":
		got = "a list"
	case "!!map":
		got = "a group of keys"
	}
	return fmt.Sprintf("%s: %s stands where %s is expected", p[1], got, expected(p[4]))
}

// quoted finds the line and the value that a message is about.
var quoted = regexp.MustCompile("(?s)^line (\\d+): (?:cannot unmarshal \\S* `(.*?)(?:\\.\\.\\.)?` into|.*?\"(.*)\")")

// under names the key that a message is about, which has the value that it quotes.
func under(data []byte, m string) string {
	var root yaml.Node
	p := quoted.FindStringSubmatch(m)
	if p == nil || yaml.Unmarshal(data, &root) != nil {
		return ""
	}
	line, err := strconv.Atoi(p[1])
	if err != nil {
		return ""
	}
	value := p[2]
	if text, err := strconv.Unquote(`"` + p[3] + `"`); err == nil && p[3] != "" {
		value = text
	}
	if keys := keysOf(&root, line, value); len(keys) > 0 {
		return " (under " + strings.Join(keys, ": ") + ")"
	}
	return ""
}

// keysOf returns the keys that lead to the first value on a line that begins as given.
func keysOf(n *yaml.Node, line int, value string) []string {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			continue
		}
		found := child.Kind == yaml.ScalarNode && child.Line == line && strings.HasPrefix(child.Value, value)
		keys := keysOf(child, line, value)
		if !found && keys == nil {
			continue
		}
		if n.Kind == yaml.MappingNode {
			keys = append([]string{fmt.Sprintf("%.80s", n.Content[i-1].Value)}, keys...)
		}
		if keys == nil {
			keys = []string{} // found, and no key yet
		}
		return keys
	}
	return nil
}

// expected names what a Go type is for in the configuration.
func expected(goType string) string {
	switch {
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	case strings.HasPrefix(goType, "int"), strings.HasPrefix(goType, "uint"):
		return "a whole number"
	case strings.HasPrefix(goType, "float"):
		return "a number"
	case goType == "bool":
		return "true or false"
	case goType == "string":
		return "a text"
	}
	return "a group of keys with values"
}

// configLines tells the lines of keys.
type configLines struct{ root *yaml.Node }

// of returns the line of a key, or of what comes nearest to it; 0 when nothing is known.
func (l configLines) of(path ...string) int {
	n := l.root
	if n == nil {
		return 0
	}
	line := n.Line
	for _, key := range path {
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		found := false
		for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
			if n.Content[i].Value == key {
				line, n, found = n.Content[i].Line, n.Content[i+1], true
				break
			}
		}
		if !found {
			return line
		}
	}
	return line
}

// entry returns the line on which an entry of a list, such as sources, begins.
func (l configLines) entry(of string, i int) int {
	if l.root == nil {
		return 0
	}
	for k := 0; k+1 < len(l.root.Content); k += 2 {
		list := l.root.Content[k+1]
		if list.Kind == yaml.AliasNode {
			list = list.Alias
		}
		if l.root.Content[k].Value == of && i < len(list.Content) {
			return list.Content[i].Line
		}
	}
	return l.of(of)
}
