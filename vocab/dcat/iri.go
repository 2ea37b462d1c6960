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
	var b strings.Builder
	fragment := false
	for i := 0; i < len(s); i++ {
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

const hexDigits = "0123456789ABCDEF"

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

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
