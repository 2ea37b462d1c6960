package moment

import (
	"errors"
	"strings"
	"testing"
	"time"

	"fincat/store"
	"fincat/vocab/term"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"2026-11-30":                     "2026-11-30T15:59:59.999999999Z", // the end of the day in Taipei
		"2026-11-30T12:00:00+08:00":      "2026-11-30T04:00:00Z",
		"2026-11-30T12:00:00 08:00":      "2026-11-30T04:00:00Z", // a plus sign that was not encoded
		"2026-11-30T12:00:00.25Z":        "2026-11-30T12:00:00.25Z",
		"2026-11-30T12:00:00.123456789Z": "2026-11-30T12:00:00.123456789Z",
	} {
		got, err := Parse(in)
		if err != nil || Format(got) != want {
			t.Errorf("Parse(%q) = %s, %v, want %s", in, Format(got), err, want)
		}
	}
	for _, in := range []string{"", "yesterday", "2026-13-01", "2026-02-30", "2026-11-30T12:00:00",
		"2026-11-30T25:00:00Z",
		"115/11/30", "1", "2026-11-30 ", strings.Repeat("9", 1000)} {
		_, err := Parse(in)
		var e *Error
		if !errors.As(err, &e) || e.Early || !strings.Contains(err.Error(), "2026-11-30T12:00:00+08:00") {
			t.Errorf("Parse(%q) = %v, want an error that names the forms", in, err)
		}
	}
}

// TestFind asks a store with a commit an hour for times at and between them, before them
// and in the future.
func TestFind(t *testing.T) {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	s, err := store.Open(t.Context(), store.Options{Now: func() time.Time { return now }, History: 150 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := Find(s, now, now); err == nil {
		t.Error("an empty store has a state")
	}
	start := now
	for i := range 3 {
		now = start.Add(time.Duration(i) * time.Hour)
		x := term.NewIRI("http://e/" + string(rune('a'+i)))
		add := []term.Quad{{Subject: x, Predicate: x, Object: x}}
		if _, err := s.Commit(t.Context(), store.Change{Add: add}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		at      time.Duration
		seq     uint64
		settled bool
	}{
		{0, 1, true}, {time.Hour - 1, 1, true}, {time.Hour, 2, true}, {90 * time.Minute, 2, true},
		{2 * time.Hour, 3, false}, {50 * time.Hour, 3, false},
	} {
		m, err := Find(s, start.Add(tt.at), now)
		if err != nil || m.Seq != tt.seq || m.Settled != tt.settled ||
			!m.Time.Equal(start.Add(time.Duration(tt.seq-1)*time.Hour)) {
			t.Errorf("Find(start+%v) = %+v, %v, want commit %d, settled %v", tt.at, m, err, tt.seq, tt.settled)
		}
	}
	now = start.Add(2*time.Hour + 45*time.Minute) // the first is too old now, trimmed or not
	_, err = Find(s, start.Add(30*time.Minute), now)
	var e *Error
	if !errors.As(err, &e) || !e.Early || !strings.Contains(err.Error(), "2026-11-01T01:00:00Z") {
		t.Errorf("Find before the first state = %v, want how far back the history goes", err)
	}
	if m, ok := First(s); !ok || m.Seq != 2 {
		t.Errorf("First = %+v, %v, want commit 2", m, ok)
	}
}
