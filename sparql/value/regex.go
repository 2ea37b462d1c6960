package value

import (
	"fincat/sparql/regex"
	"strings"
)

// fnRegex is REGEX (SPARQL 1.1 §17.4.3.14).
func fnRegex(s *Scope, a []Value) Value {
	re := s.regexOf(a, 2)
	if re == nil {
		return Value{}
	}
	matched, err := re.Match(a[0].text(), s.Stopped)
	if err != nil {
		s.refuse(err)
		return Value{}
	}
	return Bool(matched)
}

// regexOf compiles the pattern, the second argument of a call, with the flags
// that stand at index flags if there are any.
func (s *Scope) regexOf(a []Value, flags int) *regex.Regex {
	if !a[0].isText() || a[1].kind != kString {
		return nil
	}
	f := ""
	if len(a) > flags {
		if a[flags].kind != kString {
			return nil
		}
		f = a[flags].text()
	}
	return s.regex(a[1].text(), f)
}

// fnReplace is REPLACE (SPARQL 1.1 §17.4.3.15); a pattern that matches the
// empty string is an error (F&O 3.1 §5.6.4).
func fnReplace(sc *Scope, a []Value) Value {
	re := sc.regexOf(a, 3)
	if re == nil || a[2].kind != kString {
		return Value{}
	}
	if empty, err := re.Match("", sc.Stopped); empty || err != nil {
		sc.refuse(err)
		return Value{}
	}
	quoted := len(a) > 3 && strings.Contains(a[3].text(), "q")
	parts, ok := parseReplacement(a[2].text(), re.Groups(), quoted)
	if !ok {
		return Value{}
	}
	out, ok := replace(sc, re.All(a[0].text(), sc.Stopped), a[0].text(), parts)
	if !ok {
		return Value{}
	}
	return like(a[0], out)
}

// replace puts parts in the place of every match in s. A match is never empty.
// It is false when that has to stop.
func replace(sc *Scope, next func() ([]int, error), s string, parts []replacementPart) (string, bool) {
	var b strings.Builder
	end, room := 0, int64(0)
	for n := 0; ; n++ {
		m, err := next()
		if err != nil {
			sc.refuse(err)
			return "", false
		}
		if m == nil {
			break
		}
		size := int64(m[0] - end)
		for _, p := range parts {
			size += int64(len(p.in(s, m)))
		}
		if need := int64(b.Len()) + size; need > room {
			if room = max(2*room, need); !sc.room(min(room, max(need, MaxTextBytes))) {
				return "", false
			}
		}
		if n%64 == 63 && sc.stopped() {
			return "", false
		}
		b.WriteString(s[end:m[0]])
		for _, p := range parts {
			b.WriteString(p.in(s, m))
		}
		end = m[1]
	}
	if !sc.room(int64(b.Len() + len(s) - end)) {
		return "", false
	}
	b.WriteString(s[end:])
	return b.String(), true
}

// in returns what a part of a replacement stands for in one match of s.
func (p replacementPart) in(s string, m []int) string {
	switch {
	case p.group < 0:
		return p.text
	case 2*p.group < len(m) && m[2*p.group] >= 0:
		return s[m[2*p.group]:m[2*p.group+1]]
	}
	return ""
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
