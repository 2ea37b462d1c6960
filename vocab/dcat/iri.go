package dcat

import "strings"

// EncodeIRI makes an absolute IRI of an address as a source wrote it: blanks
// around it go, characters that RFC 3986 does not allow, among them all outside
// ASCII, are percent-encoded. Escapes that are already there stay. It reports
// ok = false when there is no scheme, and thus no absolute IRI.
func EncodeIRI(s string) (iri string, ok bool) {
	s = strings.TrimSpace(s)
	if !hasScheme(s) {
		return "", false
	}
	authority := strings.Index(s, "://") + 3
	if authority >= 3 {
		if n := strings.IndexAny(s[authority:], "/?#"); n >= 0 {
			authority += n
		} else {
			authority = len(s)
		}
	}
	at := plainPrefix(s)
	if at == len(s) {
		return s, true
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:at])
	fragment := strings.IndexByte(s[:at], '#') >= 0
	for i := at; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%':
			if i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
				b.WriteByte(c)
			} else {
				b.WriteString("%25")
			}
		case c == '#' && fragment, c <= ' ' || c >= 0x7F, strings.IndexByte("<>\"{}|\\^`", c) >= 0,
			(c == '[' || c == ']') && i >= authority:
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		default:
			fragment = fragment || c == '#'
			b.WriteByte(c)
		}
	}
	return b.String(), true
}

// plainPrefix returns how many bytes of an address stand for themselves wherever
// they stand; most addresses are nothing else.
func plainPrefix(s string) int {
	fragment := false
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == '#' && !fragment {
			fragment = true
		} else if c >= 0x80 || !plainBytes[c] {
			return i
		}
	}
	return len(s)
}

// plainBytes are the reserved and unreserved characters of RFC 3986 but for square
// brackets and #.
var plainBytes = func() (is [0x80]bool) {
	for c := byte('!'); c < 0x7F; c++ {
		is[c] = strings.IndexByte("%#<>\"{}|\\^`[]", c) < 0
	}
	return is
}()

const hexDigits = "0123456789ABCDEF"

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

// HasScheme reports whether an address begins with a scheme: whether [EncodeIRI] can
// make an IRI of it.
func HasScheme(s string) bool { return hasScheme(strings.TrimSpace(s)) }

// hasScheme reports whether s begins as RFC 3986 §3.1 says, with something after it.
func hasScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i] | 0x20
		switch {
		case 'a' <= c && c <= 'z':
		case i > 0 && ('0' <= s[i] && s[i] <= '9' || strings.IndexByte("+-.", s[i]) >= 0):
		default:
			return s[i] == ':' && i > 1 && i+1 < len(s)
		}
	}
	return false
}

// IsAddress reports whether s is an absolute IRI, or becomes one when it is
// encoded, to which a person or program may be sent: text with a colon is none,
// nor is an address that would run a program (javascript:).
func IsAddress(s string) bool {
	s = strings.TrimSpace(s)
	if !hasScheme(s) || isScript(s) {
		return false
	}
	scheme, rest, _ := strings.Cut(s, ":")
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		host, _, _ := strings.Cut(after, "/")
		return host != "" && !strings.ContainsAny(host, " \t\n<>\"") ||
			strings.EqualFold(scheme, "file") && after != ""
	}
	return !strings.ContainsAny(rest, " \t\n<>\"") && !strings.EqualFold(scheme, "http") &&
		!strings.EqualFold(scheme, "https")
}

// isScript reports whether following an address would run what it says.
func isScript(s string) bool {
	if s == "" || s[0] > ' ' && !strings.ContainsRune("jJvVdD", rune(s[0])) {
		return false
	}
	s = strings.ToLower(strings.Map(func(c rune) rune {
		if c <= ' ' {
			return -1
		}
		return c
	}, s[:min(len(s), 64)]))
	return strings.HasPrefix(s, "javascript:") || strings.HasPrefix(s, "vbscript:") ||
		strings.HasPrefix(s, "data:text/html")
}
