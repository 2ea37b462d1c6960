package quality

import (
	"strings"
	"testing"
	"time"

	"fincat/vocab/dcat"
)

func TestResponse(t *testing.T) {
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, taipei())
	d := &dataset{d: &dcat.Dataset{IRI: base.Dataset("a", "1"), Identifier: "1"}}
	tests := []struct {
		name string
		days int
		list []DataRequest
		is   Verdict
		why  string
	}{
		{"nothing", 30, nil, NA, "no request"},
		{"of another", 30, []DataRequest{{Dataset: "a/2", Asked: "2026-01-01"}}, NA, ""},
		{"for new data", 30, []DataRequest{{Asked: "2026-01-01"}}, NA, ""},
		{"no limit", 0, []DataRequest{{Dataset: "1", Asked: "2026-01-01"}}, Unknown, "limit"},
		{"on the last day", 30, []DataRequest{{Dataset: "a/1", Asked: "2026-01-01", Answered: "2026-01-31"}}, Pass,
			""},
		{"a day late", 30, []DataRequest{{Dataset: "a/1", Asked: "2026-01-01", Answered: "2026-02-01"}}, Fail,
			"due 2026-01-31"},
		{"still in time", 30, []DataRequest{{Dataset: d.d.IRI, Asked: "2026-03-01"}}, Pass, ""},
		{"overdue", 30, []DataRequest{{Dataset: "1", Asked: "2026-02-28"}}, Fail, "not answered: due 2026-03-30"},
		{"one of two", 30, []DataRequest{{Dataset: "1", Asked: "2026-02-28"}, {Dataset: "1", Asked: "2026-03-30"}},
			Fail, ""},
		{"to come", 30, []DataRequest{{Dataset: "1", Asked: "2026-04-01"}}, NA, ""},
	}
	for _, tt := range tests {
		r := Requests{Days: tt.days, List: tt.list}
		if got := r.response(base, d, now); got.Is != tt.is || !strings.Contains(got.Why, tt.why) {
			t.Errorf("%s: %+v, want %s with %q", tt.name, got, tt.is, tt.why)
		}
	}
	for _, q := range []DataRequest{{Asked: "yesterday"}, {Asked: "2026-02-30"}, {Asked: "2026-01-02", Answered: "x"},
		{Asked: "2026-01-02", Answered: "2026-01-01"}} {
		c := Config{Requests: Requests{List: []DataRequest{q}}}
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "entry 1") {
			t.Errorf("%+v: error %v", q, err)
		}
	}
}
