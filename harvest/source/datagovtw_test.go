package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
)

// TestFrontList checks the paging of the list API: all pages are read, one that
// ignores the page number is found out, and a list that ends early is an error.
func TestFrontList(t *testing.T) {
	tests := []struct {
		name        string
		count       int
		page        func(n int) int // which page the server gives for page n
		want        int
		rule        string
		lastWithout int
	}{
		{"all pages", 450, func(n int) int { return n }, 450, "", 0},
		{"page number ignored", 450, func(int) int { return 1 }, 200, "repeated-page", 0},
		{"promises too much", 450, func(n int) int { return n }, 400, "short-list", 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var in frontRequest
				if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Method != http.MethodPost {
					http.NotFound(w, r)
					return
				}
				var list []map[string]any
				page := tt.page(in.Page)
				for i := (page - 1) * in.Limit; i < min(tt.count, page*in.Limit) && page != tt.lastWithout; i++ {
					list = append(list, map[string]any{"nid": i, "title": fmt.Sprint("資料集", i)})
				}
				_ = json.NewEncoder(w).Encode(map[string]any{"payload": map[string]any{"search_count": tt.count,
					"search_result": append([]map[string]any{}, list...)}})
			}))
			defer srv.Close()
			s := testSession(t, Config{URL: srv.URL + frontList, Policy: fetch.Policy{Robots: "ignore"}},
				fetch.Options{AllowPrivate: true})
			n := 0
			var last error
			for rec, err := range gatherDataGovTW(t.Context(), s) {
				if last = err; rec != nil {
					n++
				}
			}
			var e *Error
			if tt.rule == "" && last != nil || tt.rule != "" && (!errors.As(last, &e) || e.Rule != tt.rule) ||
				n != tt.want {
				t.Errorf("%d records, %v, want %d and rule %q", n, last, tt.want, tt.rule)
			}
		})
	}
}

// TestLineItems checks that JSON Lines are found and read line by line, with
// broken lines as broken entries, and that a byte in no known encoding is
// replaced.
func TestLineItems(t *testing.T) {
	tests := []struct {
		name, body, want string
	}{
		{"plain", "{\"id\":\"1\"}\n{\"id\":\"2\"}\n", "1@line 1 2@line 2"},
		{"no last line feed", "{\"id\":\"1\"}\n{\"id\":\"2\"}", "1@line 1 2@line 2"},
		{"one line", "{\"id\":\"1\"}", "1@line 1"},
		{"blank lines", "\n{\"id\":\"1\"}\r\n\r\n{\"id\":\"2\"}\n", "1@line 2 2@line 4"},
		{"byte order mark", "\xEF\xBB\xBF{\"id\":\"1\"}\n{\"id\":\"2\"}\n", "1@line 1 2@line 2"},
		{"broken line", "{\"id\":\"1\"}\n{\"id\":\n{\"id\":\"3\"}\n", "1@line 1 broken@line 2 3@line 3"},
		{"not UTF-8", "{\"id\":\"1\"}\n{\"id\":\"\xa4\"}\n", "1@line 1 \uFFFD@line 2"},
		{"manifest over lines", "{\"datasets\":[\n{\"id\":\"1\"},\n{\"id\":\"2\"}]}", "1@/datasets/0 2@/datasets/1"},
		{"array", "[{\"id\":\"1\"},\n{\"id\":\"2\"}]", "1@/0 2@/1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			d, err := document.New(&fetch.Response{URL: "u", Body: []byte(tt.body)}, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			err = readItems(d, func(it document.Entry, _ error) bool {
				id := item(it).get("identifier")
				if it.Err != nil {
					id = "broken"
				}
				got = append(got, id+"@"+it.Locator)
				return true
			})
			var e *Error
			if errors.As(err, &e) {
				got = append(got, e.Rule+": "+e.Place.Locator)
			} else if err != nil {
				t.Fatal(err)
			}
			if text := strings.Join(got, " "); text != tt.want {
				t.Errorf("readItems(%q) = %s, want %s", tt.body, text, tt.want)
			}
		})
	}
}

// TestChanges checks that after the first time the lists of the days since are
// read, the newest first, and everything again after a long time.
func TestChanges(t *testing.T) {
	const header = "資料集識別碼,資料集名稱,資料集變動狀態\n"
	answers := map[string]string{
		"/export":        "資料集識別碼,資料集名稱\n1,一\n2,二\n3,三\n",
		"/ch?2026-03-03": header + "1,一新,修改\n4,四,新增\n4,四,刪除\n",
		"/ch?2026-03-02": "",
		"/ch?2026-03-01": header + "1,一舊,修改\n2,二,刪除\n",
	}
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RequestURI())
		body, ok := answers[r.URL.RequestURI()]
		if !ok {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, body)
	}))
	defer srv.Close()
	now := time.Date(2026, 3, 2, 16, 30, 0, 0, time.UTC) // the third of March in Taipei
	tests := []struct {
		name    string
		since   time.Time
		want    string
		asked   int
		partial bool
	}{
		{"first time", time.Time{}, "1 一, 2 二, 3 三", 1, false},
		{"days", now.Add(-40 * time.Hour), "1 一新, 4 deleted, 2 deleted", 3, true},
		{"same day", now.Add(-time.Minute), "1 一新, 4 deleted", 1, true},
		{"long ago", now.AddDate(0, -2, 0), "1 一, 2 二, 3 三", 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asked = nil
			s := testSession(t, Config{URL: srv.URL + "/export ", Changes: srv.URL + "/ch?{date}",
				Policy: fetch.Policy{Robots: "ignore"}}, fetch.Options{AllowPrivate: true, Now: func() time.Time {
				return now
			}})
			s.Since = tt.since
			var got []string
			for rec, err := range gatherDataGovTW(t.Context(), s) {
				switch {
				case err != nil:
					t.Fatal(err)
				case rec.Deleted:
					got = append(got, rec.ID+" deleted")
				default:
					got = append(got, rec.ID+" "+rec.Dataset.Title[0].Value)
				}
			}
			if strings.Join(got, ", ") != tt.want || len(asked) != tt.asked || s.Found.Partial != tt.partial {
				t.Errorf("records %q from %q, partial %v, want %q from %d", got, asked, s.Found.Partial, tt.want,
					tt.asked)
			}
		})
	}
	for changes, ok := range map[string]bool{"": true, "https://e.example/{date}": true, "https://e.example/": false,
		"{date}": false} {
		if err := checkDataGovTW(&Config{Changes: changes}); (err == nil) != ok {
			t.Errorf("checkDataGovTW(%q) = %v", changes, err)
		}
	}
}
