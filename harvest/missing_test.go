package harvest

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/harvest/history"
)

// TestMassMissing lets more of a source go missing than one run may remove: the
// very run says so, and somebody is told, while nothing is removed yet.
func TestMassMissing(t *testing.T) {
	k := &hook{}
	srv := httptest.NewServer(k)
	defer srv.Close()
	m, h, _ := newNotified(t, openStore(t), fmt.Sprintf("{webhook: '%s/in'}", srv.URL))
	after := 3
	h.config.Sources[0].TombstoneAfter = &after
	start := time.Now()
	steps := []struct {
		shown, missing, held int
		ok                   bool
		status               history.Status
		event                string
	}{
		{10, 0, 0, true, history.Done, ""},
		{8, 2, 0, true, history.Done, ""}, // as many as removal_limit allows
		{7, 3, 0, false, history.Done, "missing"},
		{10, 0, 0, true, history.Done, "recovered"},
		{5, 5, 0, false, history.Done, "missing"},
		{5, 5, 0, false, history.Done, ""},
		{5, 0, 5, false, history.Held, "held"},
	}
	for i, s := range steps {
		h.now = func() time.Time { return start.Add(time.Duration(i) * time.Hour) }
		m.set(200, "application/json", manifest(s.shown))
		rep := mustRun(t, h, "bb")
		if rep.Missing != s.missing || rep.Held != s.held || rep.OK() != s.ok ||
			rep.Status != s.status || rep.Removed > 0 {
			t.Errorf("step %d: %s, %s, ok %t", i, rep.Status, rep, rep.OK())
		}
		if told := strings.Contains(rep.String(), "removal_limit"); told != (s.missing > 0 && !s.ok) {
			t.Errorf("step %d: the line is %s", i, rep)
		}
		read, err := h.history.RunByID(t.Context(), rep.Run)
		if err != nil || read.OK() != s.ok || read.Lacks() != rep.Lacks() {
			t.Errorf("step %d, as kept: %s, ok %t, %v", i, read, read.OK(), err)
		}
		var want []string
		if s.event != "" {
			want = []string{s.event}
		}
		if got := k.take(); !slices.Equal(got, want) {
			t.Errorf("step %d: events %q, want %q", i, got, want)
		}
	}
}

// TestFilteredOut checks that a filter which leaves nothing is named as the
// reason for an empty source.
func TestFilteredOut(t *testing.T) {
	m, h := newRemoving(t, "", ", filter: {provider: 某機關}")
	rep := m.shows(t, h, 3)
	if rep.OK() || ruleOf(rep) != "empty" || !strings.Contains(rep.Reason, "filter leaves out all 3") {
		t.Errorf("%s", rep)
	}
}
