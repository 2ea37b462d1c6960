package regex

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestMatch has what the specification says (F&O 3.1 §5.6.1 and §5.6.2, XML Schema 1.1 part
// 2, appendix G).
func TestMatch(t *testing.T) {
	tests := []struct {
		text, pattern, flags string
		want                 bool
	}{
		{"abc", "^A", "i", true},
		{"a\nb", "^b", "", false},
		{"a\nb", "^b", "m", true},
		{"a\nb", "a$", "m", true},
		{"a\n", "a$", "", false},
		{"a\n", "^$", "m", false}, // no line begins at the end
		{"a\n\nb", "^$", "m", true},
		{"", "^$", "m", true},
		{"a\nb", "a.b", "", false},
		{"a\rb", "a.b", "", false},
		{"a\nb", "a.b", "s", true},
		{"helloworld", "hello[ ]world", "x", false},
		{"hello world", "hello[ ]\n world", "x", true},
		{"A", `\p { L u }`, "x", true},
		{"a.b", "a.b", "q", true},
		{"axb", "a.b", "q", false},
		{"A.B", "a.b", "iq", true},
		{"資料集", `^\w+$`, "", true},
		{"a b", `^\w+$`, "", false},
		{"\u0378", `^\w$`, "", false}, // not assigned
		{"\u0378", `^\p{Cn}$`, "", true},
		{"\u0378", `^\p{C}$`, "", true},
		{"a", `^\P{C}$`, "", true},
		{"١٢", `^\d+$`, "", true},
		{"١٢", `\D`, "", false},
		{"xml:id", `^\i\c*$`, "", true},
		{"1a", `^\i`, "", false},
		{"1a", `^\I\C?`, "", true},
		{"a-b", `^[\w\-]+$`, "", true},
		{"a-b", `^[a-]+b$`, "", true},
		{"-a", `^[-a]+$`, "", true},
		{"αβ", `^\p{IsGreek}+$`, "", true},
		{"αβ", `^\p{IsGreekandCoptic}+$`, "", true},
		{"ab", `\p{IsGreek}`, "", false},
		{"ab", `^\P{IsGreek}+$`, "", true},
		{"金融", `^[\p{IsCJKUnifiedIdeographs}]+$`, "", true},
		{"é", `^\p{IsLatin-1Supplement}$`, "", true},
		{"\U000F0000", `^\p{IsPrivateUse}$`, "", true},
		{"b", `^[a-z-[aeiou]]$`, "", true},
		{"e", `^[a-z-[aeiou]]$`, "", false},
		{"e", `^[a-z-[a-z-[aeiou]]]$`, "", true},
		{"A", `^[^a-z-[A-C]]$`, "", false},
		{"D", `^[^a-z-[A-C]]$`, "", true},
		{"1", `^[\d-[1]]$`, "", false},
		{"2", `^[\d-[1]]$`, "", true},
		{"a", `[a-[a]]`, "", false},
		{"b", `^[A-Z-[OI]]$`, "i", true},
		{"i", `^[A-Z-[OI]]$`, "i", false},
		{"q", `[^Q]`, "i", false},
		{"a", `\p{Lu}`, "i", false}, // the flag changes no category
		{"\u212A", `k`, "i", true},
		{"\u212A", `[a-z]`, "i", true},
		{"aa", `^(a)\1$`, "", true},
		{"ab", `^(a)\1$`, "", false},
		{"aA", `^(a)\1$`, "", false},
		{"aA", `^(a)\1$`, "i", true},
		{"abcabc", `([a-c]{3})\1`, "", true},
		{"b", `^(a)?b\1$`, "", true},
		{"aba", `^(a)?b\1$`, "", true},
		{"a1", `^(a)\11$`, "", false},
		{"aa1", `^(a)\11$`, "", true}, // there is no group 11
		{strings.Repeat("ab", 3), `^((.)(.))\1\1$`, "", true},
		{"abcdefghijkk", `(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)\11`, "", true},
		{"a", `^(?:a)(b)?$`, "", true},
		{strings.Repeat("a", 1500), "^a{1200,1500}$", "", true},
		{strings.Repeat("a", 1501), "^a{1200,1500}$", "", false},
		{strings.Repeat("a", 1501), "^(a{100}){15}$", "", false},
		{strings.Repeat("a", 1500), "^(a{100}){15}$", "", true},
		{"aab", `^(a*)*b$`, "", true},
		{"aab", `^((a*)*\2)*b$`, "", true},
		{"", "a||b", "", true},
		{"", "^*", "", true},
		{"a/b", `a\/b`, "", true},
		{"{}[]()^$|.-?*+\\\n\r\t", `^\{\}\[\]\(\)\^\$\|\.\-\?\*\+\\\n\r\t$`, "", true},
	}
	for _, tt := range tests {
		re, err := Compile(tt.pattern, tt.flags)
		if err != nil {
			t.Errorf("Compile(%q, %q): %v", tt.pattern, tt.flags, err)
			continue
		}
		if got, err := re.Match(tt.text, nil); err != nil || got != tt.want {
			t.Errorf("%q, %q in %.40q = %v (%v), want %v", tt.pattern, tt.flags, tt.text, got, err, tt.want)
		}
	}
}

// TestErrors checks what is no expression, and that it is said where.
func TestErrors(t *testing.T) {
	for pattern, at := range map[string]int{
		"(": 1, "a(b": 2, "a)": 2, "[": 1, "a[": 2, "[a": 1, "[]": 2, "[^]": 3, "[b-a]": 3, "[a[b]]": 3, `[a-\d]`: 3,
		`[\d-a]`: 4, "[a-z-[b]c]": 1, `\`: 1, `a\b`: 2, `\p`: 1, `\p{`: 1, `\pL`: 1, `\p{Xx}`: 1, `\p{L1}`: 1,
		`\p{IsKlingon}`: 1, `\p{Cs}`: 1, `\p{}`: 1, "*": 1, "a|*": 3, "a**": 3, "a+*": 3, "a???": 4, "{": 1, "a{": 2,
		"a{,2}": 2, "a{3,2}": 2, "a{x}": 2, "a{1": 2, "(?i)a": 1, "(?=a)": 1, "]": 1, "}": 1, `\1`: 1, `(a\1)`: 3,
		`(a)\2`: 4, `[\1]`: 2, "資料(集": 3,
	} {
		_, err := Compile(pattern, "")
		var e *SyntaxError
		if !errors.As(err, &e) || e.At != at || !strings.Contains(e.Error(), "character ") {
			t.Errorf("Compile(%q) = %v, want an error at character %d", pattern, err, at)
		}
		if check := Check(pattern, ""); check == nil || check.Error() != err.Error() {
			t.Errorf("Check(%q) = %v, want %v", pattern, check, err)
		}
	}
	if _, err := Compile("a", "g"); err == nil || !strings.Contains(err.Error(), `flag 'g'`) {
		t.Errorf("a wrong flag: %v", err)
	}
	if _, err := Compile(" a (", "x"); err == nil || !strings.Contains(err.Error(), "character 4") {
		t.Errorf("with the flag x: %v", err)
	}
}

// TestLimits checks that no expression and no text takes more than there is for it.
func TestLimits(t *testing.T) {
	for _, pattern := range []string{
		strings.Repeat("a", maxPatternBytes+1), strings.Repeat("(", 4000), strings.Repeat("[a-", 2000),
		"((a{1,100}){1,100}){1,1000}", "a{999999999999999999999}", strings.Repeat(`[\i\c\w]`, 1000),
	} {
		var limit *LimitError
		if _, err := Compile(pattern, ""); !errors.As(err, &limit) {
			t.Errorf("Compile(%.20q…) = %v", pattern, err)
		}
	}
	var limit *LimitError
	re := compiled(t, `^(a*)*\1c$`, "")
	if _, err := re.Match(strings.Repeat("a", 40)+"b", nil); !errors.As(err, &limit) {
		t.Errorf("an expression that tries all ways: %v", err)
	}
	if _, err := re.Match(strings.Repeat("a", 2*maxWays), nil); !errors.As(err, &limit) {
		t.Errorf("an expression with many open ways: %v", err)
	}
	asked := 0
	_, err := re.Match(strings.Repeat("a", 40)+"b", func() bool { asked++; return asked > 3 })
	if !errors.Is(err, ErrStopped) {
		t.Errorf("a match that is stopped: %v", err)
	}
	_, err = compiled(t, "(a|b)*c", "").Match(strings.Repeat("ab", maxReplaceSteps), func() bool { return true })
	if !errors.Is(err, ErrStopped) {
		t.Errorf("a match in a long text that is stopped: %v", err)
	}
	next := compiled(t, "(a|b)*c", "").All(strings.Repeat("ab", maxReplaceSteps), nil)
	if _, err := next(); !errors.As(err, &limit) {
		t.Errorf("all matches in a long text: %v", err)
	}
	next, n := compiled(t, "(^a)|b", "").All(strings.Repeat("b", maxMatchBytes/24), nil), 0
	for m, err := next(); ; m, err = next() {
		if n++; m == nil || err != nil {
			if !errors.As(err, &limit) {
				t.Errorf("after %d matches: %v", n, err)
			}
			break
		}
	}
}

func compiled(t *testing.T, pattern, flags string) *Regex {
	t.Helper()
	re, err := Compile(pattern, flags)
	if err != nil {
		t.Fatal(err)
	}
	return re
}

// TestAll checks the places of all matches, by either matcher.
func TestAll(t *testing.T) {
	for _, tt := range []struct {
		pattern, text string
		want          []int
	}{
		{"b", "abcb", []int{1, 2, 3, 4}},
		{"^a", "aab", []int{0, 1}},
		{`(.)\1`, "aabbc", []int{0, 2, 0, 1, 2, 4, 2, 3}},
		{`(x)?.\1`, "ab", []int{0, 1, -1, -1, 1, 2, -1, -1}},
	} {
		next := compiled(t, tt.pattern, "").All(tt.text, nil)
		var got []int
		for m, err := next(); m != nil; m, err = next() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, m...)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q in %q: %v, want %v", tt.pattern, tt.text, got, tt.want)
		}
	}
}

// randomPattern writes an expression that either matcher can do.
func randomPattern(r *rand.Rand, depth int) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	atom := pick("a", "b", "ab", ".", "[ab]", "[^a]", "[a-c-[b]]", `\d`, `\w`, "^", "$", "1")
	if depth > 0 {
		switch r.IntN(5) {
		case 0:
			atom = "(" + randomPattern(r, depth-1) + ")"
		case 1:
			atom = "(?:" + randomPattern(r, depth-1) + "|" + randomPattern(r, depth-1) + ")"
		case 2:
			return randomPattern(r, depth-1) + randomPattern(r, depth-1)
		case 3:
			return "(" + randomPattern(r, depth-1) + ")" +
				pick("*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{2,}")
		}
	}
	return atom
}

// empty reports whether a part may match the empty text.
func (n *node) empty() bool {
	switch n.op {
	case opRune, opSet:
		return false
	case opAlternate:
		return slices.ContainsFunc(n.sub, (*node).empty)
	case opRepeat:
		return n.min == 0 || n.sub[0].empty()
	}
	return !slices.ContainsFunc(n.sub, func(s *node) bool { return !s.empty() })
}

// repeatsNothing reports whether a round of a repetition may be empty. Where such a match
// ends, matchers differ.
func (n *node) repeatsNothing() bool {
	return n.op == opRepeat && n.max != 1 && n.sub[0].empty() || slices.ContainsFunc(n.sub, (*node).repeatsNothing)
}

// same compares both matchers: that there is a match, and where.
func same(t *testing.T, pattern, flags, text string) {
	t.Helper()
	p, n, err := parse(pattern, flags)
	if err != nil || p.behind || n.instructions() > 200 {
		return
	}
	quick, slow := goRegexp(n, p.options), compileProgram(n, p)
	if quick == nil || p.lines && strings.HasSuffix(text, "\n") {
		return
	}
	got, err := slow.find(text, 0, &work{})
	if err != nil {
		return // too many ways
	}
	if want := quick.FindStringSubmatchIndex(text); (got == nil) != (want == nil) ||
		got != nil && !n.repeatsNothing() && !slices.Equal(got[:2], want[:2]) {
		t.Errorf("%q with %q in %q: %v, Go finds %v", pattern, flags, text, got, want)
	}
}

// TestBothMatchers compares the matcher that tries one way after the other with Go's.
func TestBothMatchers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 18))
	for range 20_000 {
		pattern := randomPattern(r, 4)
		var text strings.Builder
		for range r.IntN(8) {
			text.WriteByte("aabbc1A\n"[r.IntN(8)])
		}
		same(t, pattern, []string{"", "i", "m", "s", "im"}[r.IntN(5)], text.String())
	}
}

// FuzzRegex looks for expressions about which both matchers differ, and for those that make
// either fail.
func FuzzRegex(f *testing.F) {
	f.Add(`^([a-z-[b]]+)\1?$`, "i", "aBc\n")
	f.Add(`(?:\p{IsGreek}|\w{2,3}?)*`, "m", "αβ")
	f.Add("a b", "xq", "a b")
	f.Fuzz(func(t *testing.T, pattern, flags, text string) {
		if len(pattern) > 200 || len(text) > 200 {
			return
		}
		re, err := Compile(pattern, flags)
		if check := Check(pattern, flags); (check == nil) != (err == nil) {
			t.Fatalf("Compile = %v, Check = %v", err, check)
		}
		if err != nil {
			return
		}
		steps := 0
		_, _ = re.Match(text, func() bool { steps++; return steps > 50 })
		if strings.ToValidUTF8(text, "") == text {
			same(t, pattern, flags, text)
		}
	})
}

// TestBlocks checks that the blocks are in order and do not overlap.
func TestBlocks(t *testing.T) {
	last := rune(-1)
	for line := range strings.Lines(blockText) {
		_, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		b := blocks()[name]
		if len(b) != 2 || b[0] <= last || b[1] < b[0] {
			t.Errorf("block %q is %X", name, b)
			continue
		}
		last = b[1]
	}
	if len(blocks()) < 300 {
		t.Errorf("%d blocks", len(blocks()))
	}
}

func BenchmarkCompile(b *testing.B) {
	for _, pattern := range []string{"abc", `^[\w\-]+\.tw$`, `^[a-z-[aeiou]]+$`, `(\w+) \1`} {
		b.Run(pattern, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Compile(pattern, "i"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
