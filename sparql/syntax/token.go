package syntax

// kind is the sort of a token (SPARQL 1.2 §19.8, terminals).
type kind uint8

const (
	tokEOF     kind = iota
	tokIRI          // IRIREF; text is the reference, escapes replaced
	tokName         // PNAME_NS or PNAME_LN; text as written
	tokBlank        // BLANK_NODE_LABEL; text is the label
	tokVar          // VAR1 or VAR2; text is the name
	tokLang         // LANG_DIR; text without "@"
	tokString       // STRING_LITERAL1 and 2; text is the string, escapes replaced
	tokLong         // STRING_LITERAL_LONG1 and 2, likewise
	tokInteger      // INTEGER, also with sign; text as written
	tokDecimal      // DECIMAL, also with sign
	tokDouble       // DOUBLE, also with sign
	tokWord         // a run of letters, digits and "_" that starts with a letter
	tokPunct        // everything else; text as written
)

// token is a terminal and where it stands.
type token struct {
	kind       kind
	text       string
	start, end int // byte offsets in the source
}

// is reports whether t is the punctuation s.
func (t token) is(s string) bool { return t.kind == tokPunct && t.text == s }

// isWord reports whether t is the keyword w, given in upper case. Keywords are
// matched without regard to case (SPARQL 1.1 §19.8 note 1).
func (t token) isWord(w string) bool {
	if t.kind != tokWord || len(t.text) != len(w) {
		return false
	}
	for i := range len(w) {
		if c := t.text[i]; c != w[i] && (c < 'a' || c > 'z' || c-'a'+'A' != w[i]) {
			return false
		}
	}
	return true
}

// number reports whether t is a numeric literal, and its sign or 0.
func (t token) number() (ok bool, sign byte) {
	if t.kind != tokInteger && t.kind != tokDecimal && t.kind != tokDouble {
		return false, 0
	}
	if c := t.text[0]; c == '+' || c == '-' {
		return true, c
	}
	return true, 0
}
