package history

import (
	"errors"
	"testing"
	"time"
)

func TestRecordChangeString(t *testing.T) {
	c := RecordChange{Record: "https://e.tw/a", What: "new", Title: "Title"}
	if got, want := c.String(), "new      https://e.tw/a  Title"; got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
	c.What, c.Was = "renamed", "https://e.tw/older"
	if got, want := c.String(), "renamed  https://e.tw/a  Title  (was https://e.tw/older)"; got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
}

// TestReportJudgement asserts of runs whether they wrote, whether they need a look,
// and whether they lack records.
func TestReportJudgement(t *testing.T) {
	for _, tt := range []struct {
		name             string
		rep              Report
		wrote, ok, lacks bool
	}{
		{"done", Report{Status: Done}, true, true, false},
		{"done with a reason", Report{Status: Done, Reason: "3 of 9 records came"}, true, false, true},
		{"done with a failed record", Report{Status: Done, Failed: 1}, true, false, false},
		{"done with an error", Report{Status: Done, Err: errors.New("no")}, true, false, false},
		{"done with a removal held back", Report{Status: Done, Held: 1}, true, false, false},
		{"held", Report{Status: Held, Held: 1}, true, false, false},
		{"held, none left", Report{Status: Held}, true, false, false},
		{"failed", Report{Status: Failed, Reason: "no"}, true, false, false},
		{"running", Report{Status: Running}, false, true, false},
		{"interrupted", Report{Status: Interrupted}, false, false, false},
		{"cancelled", Report{Status: Cancelled}, false, false, false},
		{"undone", Report{Status: Undone}, false, false, false},
	} {
		if r := &tt.rep; r.Wrote() != tt.wrote || r.OK() != tt.ok || r.Lacks() != tt.lacks {
			t.Errorf("%s: Wrote, OK, Lacks = %v, %v, %v, want %v, %v, %v", tt.name, r.Wrote(), r.OK(), r.Lacks(),
				tt.wrote, tt.ok, tt.lacks)
		}
	}
}

func TestReportString(t *testing.T) {
	r := Report{Run: "r1", Source: "bb", Status: Done, New: 1, Changed: 2, Unchanged: 4, Missing: 64, Removed: 128,
		Failed: 8}
	const counts = "bb: 1 new, 2 changed, 4 unchanged, 64 missing, 128 removed, 8 failed"
	if got := r.String(); got != counts {
		t.Errorf("String = %q, want %q", got, counts)
	}
	if got := r.Total(); got != 1+2+4+8 {
		t.Errorf("Total = %d, want %d", got, 1+2+4+8)
	}
	r.Renamed, r.Held, r.Status, r.Reason = 16, 1, Failed, "no answer"
	want := counts + "; 16 renamed; 1 removal held back: fincat runs approve r1; failed: no answer"
	if got := r.String(); got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
	if got := r.Total(); got != 1+2+4+8+16 {
		t.Errorf("Total = %d, want %d", got, 1+2+4+8+16)
	}
}

// TestClockPutBack asserts that no run ends before it starts, whatever the clock says.
func TestClockPutBack(t *testing.T) {
	r := Report{Start: noon}
	r.Ended(noon.Add(-time.Hour))
	if !r.End.Equal(noon) || r.Took() != 0 {
		t.Errorf("the run ended at %v after %v, want it to end when it started", r.End, r.Took())
	}
	r.Ended(noon.Add(time.Hour))
	if r.Took() != time.Hour {
		t.Errorf("Took = %v, want an hour", r.Took())
	}
	if r.End = noon.Add(-time.Hour); r.Took() != 0 {
		t.Errorf("Took = %v, want nothing", r.Took())
	}
}
