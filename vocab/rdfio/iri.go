package rdfio

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Classes of ASCII characters in IRIs (RFC 3987 §2.2).
const (
	iriPath   = 1 << iota // unreserved, sub-delims, ":" and "@"
	iriScheme             // ALPHA, DIGIT, "+", "-" and "."
)

// iriClass holds the classes of each ASCII character. It is constant.
var iriClass = func() (t [128]uint8) {
	for c := range t {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if letter || strings.ContainsRune("-._~!$&'()*+,;=:@", rune(c)) {
			t[c] |= iriPath
		}
		if letter || strings.ContainsRune("+-.", rune(c)) {
			t[c] |= iriScheme
		}
	}
	return t
}()

// CheckIRI reports what is wrong with s as an absolute IRI, fragment allowed
// (the IRI production of RFC 3987 §2.2).
func CheckIRI(s string) error {
	n := schemeLength(s)
	if n == 0 {
		return fmt.Errorf("IRI %q is relative or has no valid scheme", s)
	}
	return checkIRIRest(s, n+1)
}

// schemeLength returns the length of s's scheme, 0 when it has none.
func schemeLength(s string) int {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == ':':
			return i
		case c >= utf8.RuneSelf || iriClass[c]&iriScheme == 0:
			return 0
		case i == 0 && (c < 'A' || 'Z' < c && c < 'a' || c > 'z'):
			return 0
		}
	}
	return 0
}

// checkIRIRest checks s from byte i, where the scheme's colon is past.
func checkIRIRest(s string, i int) error {
	if strings.HasPrefix(s[i:], "//") {
		end := len(s)
		if j := strings.IndexAny(s[i+2:], "/?#"); j >= 0 {
			end = i + 2 + j
		}
		if err := checkAuthority(s[i+2 : end]); err != nil {
			return fmt.Errorf("IRI %q: %w", s, err)
		}
		i = end
	}
	query, fragment := false, false
	for i < len(s) {
		n := iriCharLength(s[i:], query && !fragment)
		switch c := s[i]; {
		case n > 0:
			i += n
		case c == '/':
			i++
		case c == '?':
			query = true
			i++
		case c == '#' && !fragment:
			fragment = true
			i++
		default:
			return fmt.Errorf("IRI %q: %w", s, badIRIChar(s[i:]))
		}
	}
	return nil
}

// iriCharLength returns the length of the ipchar at the start of s, 0 if none.
func iriCharLength(s string, private bool) int {
	c := s[0]
	if c < utf8.RuneSelf {
		if iriClass[c]&iriPath != 0 {
			return 1
		}
		if c == '%' && len(s) >= 3 && isHex(s[1]) && isHex(s[2]) {
			return 3
		}
		return 0
	}
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n < 2 || !isIRIRune(r, private) {
		return 0
	}
	return n
}

// isIRIRune reports whether a non-ASCII character is a ucschar, or an iprivate
// where those are allowed.
func isIRIRune(r rune, private bool) bool {
	switch {
	case r < 0xA0:
		return false
	case r <= 0xD7FF, 0xF900 <= r && r <= 0xFDCF, 0xFDF0 <= r && r <= 0xFFEF:
		return true
	case 0xE000 <= r && r <= 0xF8FF, r >= 0xF0000:
		return private && r&0xFFFE != 0xFFFE
	case r >= 0x10000:
		return r&0xFFFE != 0xFFFE && !(0xE0000 <= r && r < 0xE1000)
	}
	return false
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func badIRIChar(s string) error {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && n < 2:
		return errors.New("invalid UTF-8")
	case r == '%':
		return errors.New("'%' is not followed by two hexadecimal digits")
	}
	return fmt.Errorf("character %q is not allowed here", r)
}

// checkAuthority checks [userinfo "@"] host [":" port].
func checkAuthority(a string) error {
	host := a[strings.LastIndexByte(a, '@')+1:]
	if user := a[:len(a)-len(host)]; user != "" {
		if err := checkRegName(strings.ReplaceAll(user[:len(user)-1], ":", "")); err != nil {
			return err
		}
	}
	if strings.HasPrefix(host, "[") {
		end := strings.IndexByte(host, ']')
		if end < 0 {
			return errors.New("'[' without ']' in the host")
		}
		if strings.Trim(host[1:end], "0123456789abcdefABCDEF:.") != "" && host[1] != 'v' && host[1] != 'V' {
			return fmt.Errorf("%q is not an IP address", host[:end+1])
		}
		host = "h" + host[end+1:]
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		if strings.Trim(host[i+1:], "0123456789") != "" {
			return fmt.Errorf("port %q is not a number", host[i+1:])
		}
		host = host[:i]
	}
	return checkRegName(host)
}

func checkRegName(s string) error {
	for len(s) > 0 {
		n := iriCharLength(s, false)
		if n == 0 || s[0] == ':' || s[0] == '@' {
			return badIRIChar(s)
		}
		s = s[n:]
	}
	return nil
}

// RepairIRI percent-encodes what RFC 3987 does not allow in an IRI and real
// catalogues contain all the same: blanks, brackets, pipes, quotes, stray
// percent signs, control and private characters. White space around the IRI is
// dropped. Chinese and other letters stay as they are. It cannot invent a
// scheme: check the result with CheckIRI.
func RepairIRI(s string) (fixed string, changed bool) {
	t := strings.TrimSpace(s)
	i := 0
	if n := schemeLength(t); n > 0 {
		i = n + 1
	}
	if strings.HasPrefix(t[i:], "//[") { // the only brackets that are allowed
		if j := strings.IndexByte(t[i:], ']'); j >= 0 {
			i += j + 1
		}
	}
	var b strings.Builder
	b.WriteString(t[:i])
	query, fragment := false, false
	for i < len(t) {
		c := t[i]
		n := iriCharLength(t[i:], query && !fragment)
		switch {
		case n > 0:
			b.WriteString(t[i : i+n])
			i += n
			continue
		case c == '/' || c == '?' || c == '#' && !fragment:
			query = query || c == '?'
			fragment = fragment || c == '#'
			b.WriteByte(c)
			i++
			continue
		}
		_, n = utf8.DecodeRuneInString(t[i:])
		for ; n > 0; n-- {
			fmt.Fprintf(&b, "%%%02X", t[i])
			i++
		}
	}
	fixed = b.String()
	return fixed, fixed != s
}

// ResolveIRI resolves an IRI reference against a base (RFC 3986 §5.2, strict).
// An absolute IRI is returned as it is, without normalisation.
func ResolveIRI(base, ref string) (string, error) {
	if schemeLength(ref) > 0 {
		return ref, nil
	}
	n := schemeLength(base)
	if n == 0 {
		return "", fmt.Errorf("relative IRI %q has no absolute base", ref)
	}
	return splitIRI(base).resolve(ref), nil
}

// iriParts are the components of an IRI (RFC 3986 §3) as they are written,
// with their delimiters.
type iriParts struct {
	scheme    string // with ":"
	authority string // with "//", or ""
	path      string
	query     string // with "?", or ""
}

func splitIRI(s string) iriParts {
	var p iriParts
	s, _, _ = strings.Cut(s, "#")
	n := schemeLength(s)
	if n > 0 {
		p.scheme, s = s[:n+1], s[n+1:]
	}
	if strings.HasPrefix(s, "//") {
		end := len(s)
		if j := strings.IndexAny(s[2:], "/?"); j >= 0 {
			end = 2 + j
		}
		p.authority, s = s[:end], s[end:]
	}
	if j := strings.IndexByte(s, '?'); j >= 0 {
		s, p.query = s[:j], s[j:]
	}
	p.path = s
	return p
}

// resolve transforms a reference without scheme (RFC 3986 §5.2.2).
func (p iriParts) resolve(ref string) string {
	rest, fragment := ref, ""
	if j := strings.IndexByte(ref, '#'); j >= 0 {
		rest, fragment = ref[:j], ref[j:]
	}
	if rest == "" {
		return p.scheme + p.authority + p.path + p.query + fragment
	}
	r := splitIRI("x:" + rest)
	switch {
	case r.authority != "":
		return p.scheme + r.authority + removeDots(r.path) + r.query + fragment
	case r.path == "":
		return p.scheme + p.authority + p.path + r.query + fragment
	case r.path[0] == '/':
		return p.scheme + p.authority + removeDots(r.path) + r.query + fragment
	}
	return p.scheme + p.authority + removeDots(p.merge(r.path)) + r.query + fragment
}

// merge joins a relative path to the base (RFC 3986 §5.2.3).
func (p iriParts) merge(path string) string {
	if p.authority != "" && p.path == "" {
		return "/" + path
	}
	return p.path[:strings.LastIndexByte(p.path, '/')+1] + path
}

// removeDots removes the dot segments of a path (RFC 3986 §5.2.4).
func removeDots(path string) string {
	if !strings.Contains(path, ".") {
		return path
	}
	out := make([]byte, 0, len(path))
	in := path
	for in != "" {
		switch {
		case strings.HasPrefix(in, "../"):
			in = in[3:]
		case strings.HasPrefix(in, "./"), strings.HasPrefix(in, "/./"):
			in = in[2:]
		case in == "/.":
			in = "/"
		case strings.HasPrefix(in, "/../"), in == "/..":
			in = "/" + strings.TrimPrefix(in[3:], "/")
			out = out[:max(0, strings.LastIndexByte(string(out), '/'))]
		case in == "." || in == "..":
			in = ""
		default:
			n := strings.IndexByte(in[1:], '/') + 1
			if n == 0 {
				n = len(in)
			}
			out, in = append(out, in[:n]...), in[n:]
		}
	}
	return string(out)
}
