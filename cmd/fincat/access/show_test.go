package access

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// TestLogHandler asks for the end of the audit log, and for what is before it.
func TestLogHandler(t *testing.T) {
	dir := t.TempDir()
	l, err := OpenLog(t.Context(), dir, memory(t))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for range 10 {
		if _, err := l.Append(Entry{Who: "amy", What: "POST /update"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		query  string
		status int
		want   []uint64
	}{
		{"", 200, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
		{"?newest=3", 200, []uint64{10, 9, 8}},
		{"?newest=3&before=8", 200, []uint64{7, 6, 5}},
		{"?newest=3&before=3", 200, []uint64{2, 1}},
		{"?newest=3&before=1", 200, nil},
		{"?newest=1000", 200, []uint64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}},
		{"?newest=0", 400, nil}, {"?newest=1001", 400, nil}, {"?newest=x", 400, nil}, {"?before=3", 400, nil},
		{"?newest=3&before=-1", 400, nil}, {"?oldest=3", 400, nil},
	} {
		w := httptest.NewRecorder()
		LogHandler(dir).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/admin/audit"+tt.query, nil))
		var got []uint64
		for line := range strings.Lines(w.Body.String()) {
			var e Entry
			if err := json.Unmarshal([]byte(line), &e); err == nil && e.Number > 0 {
				got = append(got, e.Number)
			}
		}
		if w.Code != tt.status || !slices.Equal(got, tt.want) {
			t.Errorf("%q = %d %v, want %d %v", tt.query, w.Code, got, tt.status, tt.want)
		}
	}
}
