package oas

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"fincat/harvest/document"
)

// best returns the operation that serves the dataset by the surest sign, and the sign.
func (m *matcher) best() (*operation, string) {
	signs := []struct {
		how string
		is  func(*operation) bool
	}{
		{"its address is that of a resource", m.byAddress},
		{"it is named like a resource's file", m.byCode},
		{"its title is the dataset's", m.byTitle},
		{"it names the dataset's identifier", m.byIdentifier},
		{"its title contains the dataset's and it has the same fields", m.byPart},
		{"it is the only one, of a document with the dataset's title", m.byOnly},
	}
	for _, s := range signs {
		var found []*operation
		for _, o := range m.operations {
			if s.is(o) {
				found = append(found, o)
			}
		}
		if len(found) == 0 {
			continue
		}
		slices.SortStableFunc(found, func(a, b *operation) int { return rank(a) - rank(b) })
		return found[0], s.how
	}
	return nil, ""
}

// rank orders operations that serve the same dataset: with data before those without,
// GET before POST, present ones before deprecated ones, exact addresses before patterns.
func rank(o *operation) int {
	n := strings.Count(o.path, "{")
	for _, worse := range []struct {
		is bool
		by int
	}{{!o.data, 1000}, {o.method == "POST", 500}, {o.Deprecated, 100}} {
		if worse.is {
			n += worse.by
		}
	}
	return n
}

// byAddress tells whether a resource's address is one of the operation.
func (m *matcher) byAddress(o *operation) bool {
	for _, s := range m.servers(o) {
		path := s.path + o.path
		pattern, err := pathPattern(path)
		if err != nil {
			continue
		}
		for _, r := range m.resources {
			if !r.isDocument && r.host == s.host && pattern.MatchString(r.path) && o.allows(r,
				pattern, path) {
				return true
			}
		}
	}
	return false
}

// pathPattern is a path template (OpenAPI 3.1 §4.8.2) as a regular expression. Some
// documents write a query behind the path.
func pathPattern(path string) (*regexp.Regexp, error) {
	path, _, _ = strings.Cut(path, "?")
	path = tidy(path)
	var b strings.Builder
	b.WriteString("^")
	for {
		before, rest, found := strings.Cut(path, "{")
		b.WriteString(regexp.QuoteMeta(before))
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed || name == "" {
			break
		}
		b.WriteString("([^/]+)")
		path = after
	}
	b.WriteString("$")
	return regexp.Compile(b.String())
}

var variable = regexp.MustCompile(`\{([^{}]+)\}`)

// allows tells whether the values that an address has for parameters are among those
// that the operation lists.
func (o *operation) allows(r address, pattern *regexp.Regexp, path string) bool {
	values := map[string]string{}
	in := pattern.FindStringSubmatch(r.path)
	for i, name := range variable.FindAllStringSubmatch(path, -1) {
		if i+1 < len(in) {
			values[name[1]] = in[i+1]
		}
	}
	for name, v := range r.query {
		values[name] = v[0]
	}
	for _, p := range o.parameters {
		listed := p.Enum
		if p.Schema != nil && len(listed) == 0 {
			listed = p.Schema.Enum
		}
		v, given := values[p.Name]
		if given && len(listed) > 0 && !slices.ContainsFunc(listed,
			func(e any) bool { return fmt.Sprint(e) == v }) {
			return false
		}
	}
	_, query, _ := strings.Cut(o.path, "?")
	for _, part := range strings.FieldsFunc(query, func(c rune) bool { return c == '&' }) {
		name, want, _ := strings.Cut(part, "=")
		if got := r.query.Get(name); want != "" && !strings.HasPrefix(want, "{") && got != want {
			return false
		}
	}
	return true
}

// near tells whether a server of the operation can belong to those who publish the
// dataset: it has the host of the document or of a resource, or one in the same domain.
func (m *matcher) near(o *operation) bool {
	for _, s := range m.servers(o) {
		if len(m.resources) == 0 && !s.placeholder() {
			return true
		}
		for _, r := range m.resources {
			if r.name == s.name || r.domain() != "" && r.domain() == s.domain() && !s.placeholder() {
				return true
			}
		}
	}
	m.elsewhere = true
	return false
}

// somewhere tells whether a server of the operation is near, or at least somebody's: a name
// that is the dataset's own is enough of a sign then, though the operation is elsewhere.
func (m *matcher) somewhere(o *operation) bool {
	return m.near(o) || slices.ContainsFunc(m.servers(o), func(s address) bool {
		return s.domain() != "" && !s.placeholder()
	})
}

// byCode tells whether the operation is named like a resource's file or the value of a
// parameter in its address: t187ap05_L.
func (m *matcher) byCode(o *operation) bool {
	path, _, _ := strings.Cut(o.path, "?")
	segments := strings.Split(strings.Trim(path, "/"), "/")
	names := []string{code(segments[len(segments)-1]), code(string(o.OperationID))}
	return slices.ContainsFunc(m.resources, func(r address) bool {
		return !r.isDocument && slices.ContainsFunc(r.codes(),
			func(c string) bool { return slices.Contains(names, c) })
	}) && m.somewhere(o)
}

// code returns a name that is no common word, folded; "" for all others.
func code(s string) string {
	s = strings.ToLower(s)
	if i := strings.LastIndexByte(s, '.'); i > 0 && len(s)-i <= 6 {
		s = s[:i]
	}
	digit, letter := strings.ContainsFunc(s, unicode.IsDigit), strings.ContainsFunc(s, unicode.IsLetter)
	switch {
	case strings.ContainsAny(s, "{}") || len(s) > 80:
		return ""
	case digit && letter && len(s) >= 5, letter && len(s) >= 12, digit && len(s) >= 6:
		return s
	}
	return ""
}

// folded brings titles into the form that is compared.
func folded(s string) string {
	s = strings.ReplaceAll(norm.NFKC.String(document.Plain(s)), "臺", "台")
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// byTitle tells whether the operation is called like the dataset.
func (m *matcher) byTitle(o *operation) bool {
	title := folded(m.dataset.Title)
	if utf8.RuneCountInString(title) < 3 {
		return false
	}
	first, _, _ := strings.Cut(document.Plain(string(o.Description)), "\n")
	for _, t := range []string{string(o.Summary), first, string(o.Description), string(o.OperationID)} {
		if folded(t) == title {
			return m.somewhere(o)
		}
	}
	return false
}

// byIdentifier tells whether the operation names the identifier of the dataset.
func (m *matcher) byIdentifier(o *operation) bool {
	id := strings.ToLower(strings.TrimSpace(m.dataset.Identifier))
	if len(id) < 4 {
		return false
	}
	texts := []string{o.path, string(o.OperationID), string(o.Summary), string(o.Description)}
	for _, p := range o.parameters {
		texts = append(texts, string(p.Description), fmt.Sprint(p.Default, p.Example, p.Enum))
		if p.Schema != nil {
			texts = append(texts, fmt.Sprint(p.Schema.Default, p.Schema.Example, p.Schema.Enum))
		}
	}
	for _, t := range texts {
		if hasToken(strings.ToLower(t), id) {
			return m.somewhere(o)
		}
	}
	return false
}

// hasToken tells whether a text contains a word that is not part of a longer one.
func hasToken(text, word string) bool {
	inner := func(b byte) bool { return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' }
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(word)
		if (i == 0 || !inner(text[i-1])) && (end == len(text) || !inner(text[end])) {
			return true
		}
		from = i + 1
	}
}

// byPart tells whether one title contains the other and the fields agree. What a dataset's
// title has behind the operation's tells it from others: 交易統計(上櫃) is not 交易統計.
func (m *matcher) byPart(o *operation) bool {
	title := folded(m.dataset.Title)
	summary := folded(document.First(string(o.Summary), string(o.Description)))
	short, long := title, summary
	if len(short) > len(long) {
		short, long = long, short
	}
	if utf8.RuneCountInString(short) < 4 || !strings.Contains(long, short) ||
		short == summary && !strings.HasSuffix(title, summary) {
		return false
	}
	share, known := m.sameFields(o)
	if !known {
		share = float64(len(short)) / float64(len(long))
	}
	return share >= 0.5 && m.near(o)
}

// byOnly tells whether the document is about the dataset alone.
func (m *matcher) byOnly(o *operation) bool {
	title := folded(m.dataset.Title)
	about := folded(string(m.doc.Info.Title))
	if utf8.RuneCountInString(title) < 3 || !strings.Contains(about, title) {
		return false
	}
	serving := 0
	for _, other := range m.operations {
		if other.data {
			serving++
		}
	}
	return serving == 1 && o.data && m.near(o)
}

// sameFields returns the share of the dataset's fields that the operation's answer has;
// known is false when one of them names none.
func (m *matcher) sameFields(o *operation) (share float64, known bool) {
	if len(o.fields) == 0 || len(m.dataset.Fields) == 0 {
		return 0, false
	}
	has := map[string]bool{}
	for _, f := range o.fields {
		has[folded(f)] = true
	}
	n := 0
	for _, f := range m.dataset.Fields {
		if has[folded(f)] {
			n++
		}
	}
	return float64(n) / float64(len(m.dataset.Fields)), true
}
