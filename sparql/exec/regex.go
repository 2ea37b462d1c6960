package exec

import (
	"fmt"
	"regexp"
	"strings"
)

// translateRegex turns an XPath regular expression (F&O 3.1 §5.6.1) with its
// flags into Go's. What has no equivalent there (back-references, character
// class subtraction, Unicode blocks) is an error.
func translateRegex(pattern, flags string) (string, error) {
	var prefix string
	var space, dotAll, quote bool
	for _, f := range flags {
		switch f {
		case 's':
			dotAll = true
		case 'm', 'i':
			prefix += string(f)
		case 'x':
			space = true
		case 'q':
			quote = true
		default:
			return "", fmt.Errorf("regular expression flag %q is not one of s, m, i, x, q", f)
		}
	}
	if prefix != "" {
		prefix = "(?" + prefix + ")"
	}
	if quote {
		return prefix + regexp.QuoteMeta(pattern), nil
	}
	t := regexTranslator{in: pattern, dotAll: dotAll, space: space}
	if err := t.run(); err != nil {
		return "", fmt.Errorf("regular expression %q: %w", pattern, err)
	}
	return prefix + t.out.String(), nil
}

type regexTranslator struct {
	in            string
	at            int
	out           strings.Builder
	dotAll, space bool
}

func (t *regexTranslator) run() error {
	for t.at < len(t.in) {
		c := t.in[t.at]
		switch {
		case t.space && strings.IndexByte(" \t\n\r", c) >= 0:
			t.at++
		case c == '\\':
			if err := t.escape(false); err != nil {
				return err
			}
		case c == '[':
			if err := t.class(); err != nil {
				return err
			}
		case c == '.':
			t.at++
			if t.dotAll {
				t.out.WriteString(`(?s:.)`)
			} else {
				t.out.WriteString(`[^\n\r]`)
			}
		case c == '(' && strings.HasPrefix(t.in[t.at:], "(?") && !strings.HasPrefix(t.in[t.at:], "(?:"):
			return fmt.Errorf("group %q is not an XPath group", t.in[t.at:min(t.at+3, len(t.in))])
		default:
			t.out.WriteByte(c)
			t.at++
		}
	}
	return nil
}

// Name characters of XML 1.0, as the classes \i and \c ask.
const (
	nameStart = `_:A-Za-z\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{2FF}\x{370}-\x{37D}\x{37F}-\x{1FFF}\x{200C}-\x{200D}` +
		`\x{2070}-\x{218F}\x{2C00}-\x{2FEF}\x{3001}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFFD}\x{10000}-\x{EFFFF}`
	nameChar = nameStart + `\-.0-9\x{B7}\x{300}-\x{36F}\x{203F}-\x{2040}`
)

// escape translates the escape at the current place, inside a character class
// or outside.
func (t *regexTranslator) escape(inClass bool) error {
	if t.at+1 >= len(t.in) {
		return fmt.Errorf(`a "\" at the end`)
	}
	c := t.in[t.at+1]
	t.at += 2
	set := func(members string, negated bool) error {
		switch {
		case !inClass && negated:
			t.out.WriteString("[^" + members + "]")
		case !inClass:
			t.out.WriteString("[" + members + "]")
		case negated:
			return fmt.Errorf(`"\%c" inside a character class has no translation`, c)
		default:
			t.out.WriteString(members)
		}
		return nil
	}
	switch c {
	case 'n', 'r', 't', '\\', '|', '.', '?', '*', '+', '(', ')', '{', '}', '-', '[', ']', '^', '$':
		t.out.WriteString(`\` + string(c))
	case '/': // not in XPath, but common and without another meaning
		t.out.WriteByte('/')
	case 's', 'S':
		return set(` \t\n\r`, c == 'S')
	case 'd':
		t.out.WriteString(`\p{Nd}`)
	case 'D':
		t.out.WriteString(`\P{Nd}`)
	case 'W':
		return set(`\p{P}\p{Z}\p{C}`, false)
	case 'w':
		if inClass {
			t.out.WriteString(`\p{L}\p{M}\p{N}\p{S}`)
			return nil
		}
		return set(`\p{P}\p{Z}\p{C}`, true)
	case 'i', 'I':
		return set(nameStart, c == 'I')
	case 'c', 'C':
		return set(nameChar, c == 'C')
	case 'p', 'P':
		return t.category(c)
	default:
		if c >= '1' && c <= '9' {
			return fmt.Errorf(`the back-reference "\%c" is not supported`, c)
		}
		return fmt.Errorf(`"\%c" is not an XPath escape`, c)
	}
	return nil
}

func (t *regexTranslator) category(c byte) error {
	end := strings.IndexByte(t.in[t.at:], '}')
	if end < 0 || t.in[t.at] != '{' {
		return fmt.Errorf(`"\%c" without a category in braces`, c)
	}
	name := t.in[t.at+1 : t.at+end]
	if len(name) == 0 || len(name) > 2 {
		return fmt.Errorf("the category %q has no translation", name)
	}
	t.at += end + 1
	t.out.WriteString(`\` + string(c) + "{" + name + "}")
	return nil
}

// class translates a bracketed character class.
func (t *regexTranslator) class() error {
	t.out.WriteByte('[')
	t.at++
	if strings.HasPrefix(t.in[t.at:], "^") {
		t.out.WriteByte('^')
		t.at++
	}
	for first := true; t.at < len(t.in); first = false {
		switch c := t.in[t.at]; {
		case c == ']' && first:
			return fmt.Errorf("an empty character class")
		case c == ']':
			t.out.WriteByte(']')
			t.at++
			return nil
		case c == '[':
			if strings.HasSuffix(t.in[:t.at], "-") {
				return fmt.Errorf("character class subtraction is not supported")
			}
			return fmt.Errorf(`"[" inside a character class must be escaped`)
		case c == '\\':
			if err := t.escape(true); err != nil {
				return err
			}
		case t.space && strings.IndexByte(" \t\n\r", c) >= 0:
			t.out.WriteByte(c) // the x flag keeps space inside classes
			t.at++
		default:
			t.out.WriteByte(c)
			t.at++
		}
	}
	return fmt.Errorf("a character class that does not end")
}

// regexCache keeps a query's compiled expressions. A pattern is usually
// constant, so few are kept.
type regexCache map[[2]string]*regexp.Regexp

const maxCachedRegexes = 64

// compile returns nil where pattern or flags are no valid expression.
func (c regexCache) compile(pattern, flags string) *regexp.Regexp {
	key := [2]string{pattern, flags}
	if re, ok := c[key]; ok {
		return re
	}
	var re *regexp.Regexp
	if text, err := translateRegex(pattern, flags); err == nil {
		re, _ = regexp.Compile(text)
	}
	if len(c) >= maxCachedRegexes {
		clear(c)
	}
	c[key] = re
	return re
}

// fnRegex is REGEX (SPARQL 1.1 §17.4.3.14).
func (c regexCache) fnRegex(a []Value) Value {
	re := c.fromArgs(a, 1, 2)
	if re == nil {
		return Value{}
	}
	return boolValue(re.MatchString(a[0].text()))
}

// fromArgs compiles the pattern and flags of a call whose subject is a[0].
func (c regexCache) fromArgs(a []Value, pattern, flags int) *regexp.Regexp {
	if !a[0].isText() || a[pattern].kind != kString {
		return nil
	}
	f := ""
	if len(a) > flags {
		if a[flags].kind != kString {
			return nil
		}
		f = a[flags].text()
	}
	return c.compile(a[pattern].text(), f)
}

// fnReplace is REPLACE (SPARQL 1.1 §17.4.3.15); a pattern that matches the
// empty string is an error (F&O 3.1 §5.6.4).
func (c regexCache) fnReplace(a []Value) Value {
	re := c.fromArgs(a, 1, 3)
	if re == nil || a[2].kind != kString || re.MatchString("") {
		return Value{}
	}
	quoted := len(a) > 3 && strings.Contains(a[3].text(), "q")
	parts, ok := parseReplacement(a[2].text(), re.NumSubexp(), quoted)
	if !ok {
		return Value{}
	}
	s := a[0].text()
	var b strings.Builder
	end := 0
	for _, m := range re.FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(s[end:m[0]])
		for _, p := range parts {
			if p.group < 0 {
				b.WriteString(p.text)
			} else if 2*p.group < len(m) && m[2*p.group] >= 0 {
				b.WriteString(s[m[2*p.group]:m[2*p.group+1]])
			}
		}
		end = m[1]
	}
	b.WriteString(s[end:])
	return like(a[0], b.String())
}

type replacementPart struct {
	text  string
	group int // -1 for text
}

// parseReplacement reads $N, \$ and \\; $ takes as many digits as there are
// groups for.
func parseReplacement(s string, groups int, quoted bool) ([]replacementPart, bool) {
	if quoted {
		return []replacementPart{{s, -1}}, true
	}
	var parts []replacementPart
	for s != "" {
		i := strings.IndexAny(s, `$\`)
		if i < 0 {
			return append(parts, replacementPart{s, -1}), true
		}
		if i > 0 {
			parts = append(parts, replacementPart{s[:i], -1})
		}
		if i+1 >= len(s) {
			return nil, false
		}
		c := s[i+1]
		switch {
		case s[i] == '\\' && (c == '\\' || c == '$'):
			parts = append(parts, replacementPart{string(c), -1})
			s = s[i+2:]
		case s[i] == '$' && c >= '0' && c <= '9':
			n, end := int(c-'0'), i+2
			for end < len(s) && s[end] >= '0' && s[end] <= '9' && n*10+int(s[end]-'0') <= groups {
				n = n*10 + int(s[end]-'0')
				end++
			}
			parts = append(parts, replacementPart{group: n})
			s = s[end:]
		default:
			return nil, false
		}
	}
	return parts, true
}
