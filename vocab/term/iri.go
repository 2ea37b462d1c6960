package term

import (
	"errors"
	"fmt"
	"net/netip"
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
	n := SchemeLength(s)
	if n == 0 {
		return fmt.Errorf("IRI %q is relative or has no valid scheme", s)
	}
	return checkIRIRest(s, n+1)
}

// CheckReference reports what is wrong with s as an IRI reference, absolute or
// relative (the IRI-reference production of RFC 3987 §2.2).
func CheckReference(s string) error {
	if n := SchemeLength(s); n > 0 {
		return checkIRIRest(s, n+1)
	}
	return checkIRIRest(s, 0)
}

// SchemeLength returns the length of s's scheme, 0 when it has none.
func SchemeLength(s string) int {
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
		end := authorityEnd(s, i)
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

// authorityEnd returns the end of the authority whose "//" stands at byte i.
func authorityEnd(s string, i int) int {
	if j := strings.IndexAny(s[i+2:], "/?#"); j >= 0 {
		return i + 2 + j
	}
	return len(s)
}

// iriCharLength returns the length of the ipchar at the start of s, 0 if none.
func iriCharLength(s string, private bool) int {
	c := s[0]
	if c < utf8.RuneSelf {
		if iriClass[c]&iriPath != 0 {
			return 1
		}
		if c == '%' && len(s) >= 3 && isHexDigit(s[1]) && isHexDigit(s[2]) {
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
		return r&0xFFFE != 0xFFFE && (r < 0xE0000 || r >= 0xE1000)
	}
	return false
}

func isHexDigit(c byte) bool {
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
		for part := range strings.SplitSeq(user[:len(user)-1], ":") {
			if err := checkRegName(part); err != nil {
				return err
			}
		}
	}
	if strings.HasPrefix(host, "[") {
		end := strings.IndexByte(host, ']')
		if end < 0 {
			return errors.New("'[' without ']' in the host")
		}
		if !isIPLiteral(host[1:end]) {
			return fmt.Errorf("%q is not an IP address", host[:end+1])
		}
		host = host[end+1:]
		if host != "" && host[0] != ':' {
			return fmt.Errorf("%q after the IP address is not a port", host)
		}
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		if strings.Trim(host[i+1:], "0123456789") != "" {
			return fmt.Errorf("port %q is not a number", host[i+1:])
		}
		host = host[:i]
	}
	return checkRegName(host)
}

// isIPLiteral reports whether s may stand between the brackets of a host: an IPv6
// address, or what a later version of the protocol brings (RFC 3986 §3.2.2).
func isIPLiteral(s string) bool {
	if s != "" && s[0]|0x20 == 'v' {
		version, address, _ := strings.Cut(s[1:], ".")
		return version != "" && strings.Trim(version, "0123456789abcdefABCDEF") == "" &&
			address != "" && !strings.ContainsFunc(address, func(r rune) bool {
			return r >= utf8.RuneSelf || r != ':' && iriClass[r]&iriPath == 0 || r == '@'
		})
	}
	ip, err := netip.ParseAddr(s)
	return err == nil && ip.Is6() && ip.Zone() == ""
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
	if n := SchemeLength(t); n > 0 {
		i = n + 1
	}
	if strings.HasPrefix(t[i:], "//") { // brackets are allowed here only
		if end := authorityEnd(t, i); checkAuthority(t[i+2:end]) == nil {
			i = end
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
	if SchemeLength(ref) > 0 {
		return ref, nil
	}
	n := SchemeLength(base)
	if n == 0 {
		return "", fmt.Errorf("relative IRI %q has no absolute base", ref)
	}
	return SplitIRI(base).Resolve(ref), nil
}

// IRIParts are the components of an IRI (RFC 3986 §3) as they are written,
// with their delimiters.
type IRIParts struct {
	Scheme    string // with ":"
	Authority string // with "//", or ""
	Path      string
	Query     string // with "?", or ""
}

// SplitIRI takes an IRI apart; its fragment is dropped.
func SplitIRI(s string) IRIParts {
	var p IRIParts
	s, _, _ = strings.Cut(s, "#")
	n := SchemeLength(s)
	if n > 0 {
		p.Scheme, s = s[:n+1], s[n+1:]
	}
	if strings.HasPrefix(s, "//") {
		end := len(s)
		if j := strings.IndexAny(s[2:], "/?"); j >= 0 {
			end = 2 + j
		}
		p.Authority, s = s[:end], s[end:]
	}
	if j := strings.IndexByte(s, '?'); j >= 0 {
		s, p.Query = s[:j], s[j:]
	}
	p.Path = s
	return p
}

// Resolve transforms a reference without scheme (RFC 3986 §5.2.2).
func (p IRIParts) Resolve(ref string) string {
	rest, fragment := ref, ""
	if j := strings.IndexByte(ref, '#'); j >= 0 {
		rest, fragment = ref[:j], ref[j:]
	}
	if rest == "" {
		return p.Scheme + p.Authority + p.Path + p.Query + fragment
	}
	r := SplitIRI("x:" + rest)
	switch {
	case r.Authority != "":
		return p.Scheme + r.Authority + removeDots(r.Path) + r.Query + fragment
	case r.Path == "":
		return p.Scheme + p.Authority + p.Path + r.Query + fragment
	case r.Path[0] == '/':
		return p.Scheme + p.Authority + removeDots(r.Path) + r.Query + fragment
	}
	return p.Scheme + p.Authority + removeDots(p.merge(r.Path)) + r.Query + fragment
}

// merge joins a relative path to the base (RFC 3986 §5.2.3).
func (p IRIParts) merge(path string) string {
	if p.Authority != "" && p.Path == "" {
		return "/" + path
	}
	return p.Path[:strings.LastIndexByte(p.Path, '/')+1] + path
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
