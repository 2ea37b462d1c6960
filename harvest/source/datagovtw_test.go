package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
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
				json.NewEncoder(w).Encode(map[string]any{"payload": map[string]any{"search_count": tt.count, "search_result": append([]map[string]any{}, list...)}})
			}))
			defer srv.Close()
			s := testSession(t, Config{URL: srv.URL + frontList, Robots: "ignore"}, Options{AllowPrivate: true})
			n := 0
			var last error
			for rec, err := range gatherDataGovTW(t.Context(), s) {
				if last = err; rec != nil {
					n++
				}
			}
			var e *Error
			if tt.rule == "" && last != nil || tt.rule != "" && (!errors.As(last, &e) || e.Rule != tt.rule) || n != tt.want {
				t.Errorf("%d records, %v, want %d and rule %q", n, last, tt.want, tt.rule)
			}
		})
	}
}

// TestLineItems checks that JSON Lines are found and read line by line, with
// broken lines as broken entries, and that text in no known encoding is an error
// with its line.
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
		{"not UTF-8", "{\"id\":\"1\"}\n{\"id\":\"\xa4\"}\n", "1@line 1 encoding: line 2"},
		{"manifest over lines", "{\"datasets\":[\n{\"id\":\"1\"},\n{\"id\":\"2\"}]}", "1@/datasets/0 2@/datasets/1"},
		{"array", "[{\"id\":\"1\"},\n{\"id\":\"2\"}]", "1@/0 2@/1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			d, err := documentOf(&Response{URL: "u", Body: []byte(tt.body)}, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			err = d.readItems(func(it item, _ error) bool {
				id := it.get("identifier")
				if it.err != nil {
					id = "broken"
				}
				got = append(got, id+"@"+it.locator)
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
