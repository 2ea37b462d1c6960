package solr

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var (
	now    = time.Date(2026, 11, 30, 12, 34, 56, 0, time.UTC)
	schema = Schema{"": Text, "title": Text, "organization": Exact, "tags": Exact, "metadata_modified": Time}
)

// record is a document of the tests.
type record struct {
	values   map[string][]string
	modified time.Time
}

func (r record) Values(field string) []string { return r.values[field] }
func (r record) Time(string) time.Time        { return r.modified }

func TestParse(t *testing.T) {
	d := record{map[string][]string{"": {"上市公司保險業 daily"}, "title": {"上市公司保險業 daily"},
		"organization": {"twse"}, "tags": {"保險", "a b", "x:y"}}, time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}
	for query, want := range map[string]bool{
		"": true, "*:*": true, " *:* ": true, "*:* NOT tags:保險": false, "-tags:nothing": true, "!tags:保險": false,
		"保險": true, "保險 Daily": true, "保險 weekly": false, "保險 OR weekly": true, "weekly || daily": true,
		"weekly OR daily AND nothing": false, "daily AND weekly OR 保險": true, "daily && NOT weekly": true,
		"title:公司": true, `title:"保險業 daily"`: true, "organization:TWSE": true, "organization:tw": false,
		"organization:tw*": true, "organization:*": true, "+organization:twse +tags:(證券 OR 保險)": true,
		"organization:(tpex taifex)": false, "-organization:(tpex OR taifex)": true, `tags:"a b"`: true,
		`tags:a\ b`: true, `tags:x\:y`: true, `tags:"x:y"`: true, "(保險 OR x) (tags:保險)": true, "ANDROID": false,
		"metadata_modified:[2026-11-24T00:00:00Z TO *]": true, "metadata_modified:{2026-11-24T00:00:00Z TO *]": false,
		"metadata_modified:[* TO 2026-11-24T00:00:00Z}": false, "metadata_modified:[* TO 2026-11-24]": true,
		"metadata_modified:[NOW-7DAYS TO NOW]": true, "metadata_modified:[NOW-6DAYS TO *]": false,
		"metadata_modified:[NOW-6DAYS/DAY TO NOW/DAY+1DAY]": true, "metadata_modified:*": true,
		"metadata_modified:[2026-11-24 TO 2026-11-24]": true, "organization:[a TO u]": true,
		"organization:[u TO *]": false, `metadata_modified:"2026-11-24T00:00:00Z"`: true,
		"NOT (weekly OR monthly)": true,
	} {
		q, err := Parse(query, schema, now)
		if err != nil || q.Matches(d) != want {
			t.Errorf("Parse(%q) matches = %v, %v, want %v", query, q.Matches(d), err, want)
		}
	}
	if q, err := Parse("*:*", schema, now); err != nil || !q.All() {
		t.Errorf("*:* does not select all: %v", err)
	}
}

func TestFaults(t *testing.T) {
	for query, want := range map[string]string{
		"a (b":                           "at character 3: a parenthesis",
		"a b)":                           "at character 4: there is nothing that this parenthesis closes",
		`x "保險`:                          "at character 3: a quotation mark",
		"保險 name:x":                      `at character 4: there is no field "name"; there are metadata_modified, `,
		"a^2":                            `at character 2: "^" is not understood`,
		"a~":                             `at character 2: "~"`,
		`"a b"~3`:                        `at character 6: "~"`,
		"a*b":                            "at character 3: a star",
		"a?":                             "at character 2: a star",
		"a AND":                          "at character 6: the query ends",
		"OR a":                           "at character 1: OR stands",
		"title:":                         "at character 7: the query ends",
		"title:[a TO b]":                 "at character 1: texts have no range",
		"tags:[a b]":                     "at character 1: a range is written",
		"tags:[a TO b":                   "at character 1: a range is not closed",
		"metadata_modified:x":            "at character 1: metadata_modified",
		"metadata_modified:[x TO *]":     `at character 1: metadata_modified: "x" is no time`,
		"metadata_modified:[NOW-1 TO *]": "no time",
		"a\\":                            "at character 2: the backslash",
		"\xff":                           "not UTF-8",
		strings.Repeat("(", 50):          "nested",
		strings.Repeat("a ", 1001):       "more than 1000 clauses",
		strings.Repeat("a", 17<<10):      "17408 bytes",
	} {
		_, err := Parse(query, schema, now)
		var fault *Error
		if !errors.As(err, &fault) || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%.40q) = %v, want %q", query, err, want)
		}
	}
}

// TestLogic writes random queries over single letters and compares the answers with those
// of the tree that they were written from.
func TestLogic(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var write func(depth int) (string, func(string) bool)
	write = func(depth int) (string, func(string) bool) {
		if depth == 0 || r.IntN(4) == 0 {
			letter := string(rune('a' + r.IntN(6)))
			return letter, func(s string) bool { return strings.Contains(s, letter) }
		}
		a, fa := write(depth - 1)
		b, fb := write(depth - 1)
		switch r.IntN(4) {
		case 0:
			return "(" + a + " OR " + b + ")", func(s string) bool { return fa(s) || fb(s) }
		case 1:
			return "(" + a + " AND " + b + ")", func(s string) bool { return fa(s) && fb(s) }
		case 2:
			return "(" + a + " +" + b + ")", func(s string) bool { return fa(s) && fb(s) }
		}
		return "(" + b + " -" + a + ")", func(s string) bool { return fb(s) && !fa(s) }
	}
	for range 2000 {
		text, want := write(4)
		q, err := Parse(text, schema, now)
		if err != nil {
			t.Fatalf("Parse(%q): %v", text, err)
		}
		var letters strings.Builder
		for c := 'a'; c < 'g'; c++ {
			if r.IntN(2) == 0 {
				letters.WriteRune(c)
			}
		}
		s := letters.String()
		if got := q.Matches(record{values: map[string][]string{"": {s}}}); got != want(s) {
			t.Fatalf("%s on %q = %v", text, s, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"*:*", `+organization:(a OR "b c") -tags:x*`, "metadata_modified:[NOW-1DAY/DAY TO *}",
		`a\ b`,
		"((a) || !b)", "保險 AND x"} {
		f.Add(s)
	}
	d := record{map[string][]string{"": {"a"}, "tags": {"x"}}, now}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := Parse(text, schema, now)
		if err != nil {
			if fault := (*Error)(nil); !errors.As(err, &fault) || fault.At < 1 || q.root != nil {
				t.Fatalf("Parse(%q) = %v", text, err)
			}
			return
		}
		not, err := Parse("NOT ("+text+")", schema, now)
		if strings.TrimSpace(text) == "" || err != nil && strings.Contains(err.Error(), "nested") ||
			len(text) > maxLength-10 || err != nil && strings.Contains(err.Error(), "clauses") {
			return
		}
		if err != nil || not.Matches(d) == q.Matches(d) {
			t.Fatalf("%q selects %v, its negation %v, %v", text, q.Matches(d), not.Matches(d), err)
		}
	})
}

func ExampleParse() {
	q, err := Parse("+organization:(twse OR tpex) -tags:test", schema, now)
	fmt.Println(err, q.Matches(record{values: map[string][]string{"organization": {"twse"}, "tags": {"保險"}}}))
	// Output: <nil> true
}
