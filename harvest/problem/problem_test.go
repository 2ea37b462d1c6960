package problem

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestBounded checks that no text of a source makes a long message, and that
// messages name no types of the program.
func TestBounded(t *testing.T) {
	long := strings.Repeat("長", 1_000_000)
	p := Problem{Record: long, Place: Place{long, long}, Value: long, Message: long, Remedy: long}.Bounded()
	for _, s := range []string{p.Record, p.Place.URL, p.Place.Locator, p.Value, p.Message, p.Remedy} {
		if len(s) > maxText+10 || !strings.HasSuffix(s, "長 …") {
			t.Errorf("%d bytes, ending with %q", len(s), s[len(s)-8:])
		}
	}
	e := Errorf(Place{long, long}, "rule", long, "%s", long)
	if n := len(e.Error()); n > 4*maxText || n != len(e.Error()) {
		t.Errorf("an error of %d bytes", n)
	}
	type group struct{ Title string }
	type dataset struct {
		Organization *group `json:"organization"`
		Tags         []string
		Count        int
	}
	var into dataset
	tests := []struct{ in, want string }{
		{`{"organization":"x"}`, "a text stands where an object belongs, at organization"},
		{`{"organization":{"Title":[]}}`, "a list stands where a text belongs, at organization.Title"},
		{`{"Tags":{}}`, "an object stands where a list belongs, at Tags"},
		{`{"Count":1.5}`, "a number stands where a whole number belongs"},
		{`[]`, "a list stands where an object belongs"},
		{`{`, "unexpected end of JSON input"},
	}
	for _, tt := range tests {
		err := json.Unmarshal([]byte(tt.in), &into)
		got := Problem{Message: "broken: " + err.Error()}.Bounded().Message
		if !strings.HasPrefix(got, "broken: "+tt.want) || strings.Contains(got, "problem.") ||
			strings.Contains(got, "Go ") {
			t.Errorf("%s: %q, want %q", tt.in, got, tt.want)
		}
	}
	err := yaml.Unmarshal([]byte("tags: {a: b}\n"), &struct{ Tags []group }{})
	got := Errorf(Place{}, "", "", "%w", err).Error()
	if !strings.Contains(got, "an object stands where a list belongs") || strings.Contains(got, "problem.group") {
		t.Errorf("YAML: %q", got)
	}
	if err := errors.New("a\n  b"); !strings.Contains(Errorf(Place{}, "", "", "%w", err).Error(), "a b") {
		t.Error("a message has several lines")
	}
}
