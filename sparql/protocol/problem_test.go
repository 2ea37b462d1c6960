package protocol

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWriteProblem(t *testing.T) {
	p := &Problem{Status: 400, Detail: `bad <b>"x"`, Line: 2, Column: 7, Found: "}", Expected: "a term",
		Hint: "a hint", RetryAfter: 3}
	for accept, want := range map[string]string{
		"":            "application/problem+json",
		"*/*":         "application/problem+json",
		"text/turtle": "application/problem+json",
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "text/html; charset=utf-8",
	} {
		r := httptest.NewRequest(http.MethodGet, "/sparql", nil)
		if accept != "" {
			r.Header.Set("Accept", accept)
		}
		w := httptest.NewRecorder()
		w.Header().Set("ETag", `"x"`)
		w.Header().Set("Content-Encoding", "gzip")
		WriteProblem(w, r, p)
		if got := w.Header().Get("Content-Type"); got != want || w.Code != 400 || w.Header().Get("ETag") != "" ||
			w.Header().Get("Content-Encoding") != "" || w.Header().Get("Retry-After") != "3" {
			t.Errorf("Accept %q: status %d, headers %v, want type %q", accept, w.Code, w.Header(), want)
		}
		if want == "application/problem+json" {
			var got struct {
				Title, Detail, Found, Expected, Hint string
				Status, Line, Column                 int
			}
			if !strings.Contains(w.Body.String(), "<b>") {
				t.Errorf("the detail is hard to read: %s", w.Body)
			}
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Title != "Bad Request" ||
				got.Detail != p.Detail || got.Line != 2 || got.Column != 7 || got.Status != 400 || got.Found != "}" ||
				got.Expected != "a term" || got.Hint != "a hint" {
				t.Errorf("problem %s, %v", w.Body, err)
			}
		} else if strings.Contains(w.Body.String(), "<b>") || !strings.Contains(w.Body.String(), "第 2 行") {
			t.Errorf("page %s", w.Body)
		}
	}
}
