package protocol

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzHandler sends arbitrary requests: none may end in 500 or break off, and
// every error must be a problem document.
func FuzzHandler(f *testing.F) {
	e := &fakeEngine{vars: []string{"x"}, sols: countSolutions(2, nil), quads: countQuads(2, nil), boolean: true}
	f.Add("GET", "/sparql", "query=ASK+%7B%7D&format=json", "", "", "text/csv;q=0.5, */*;q=0.1", "", "gzip")
	f.Add("POST", "/sparql", "default-graph-uri=http://e/", typeForm, "query=ASK+%7B%7D",
		"application/sparql-results+xml", "", "")
	f.Add("POST", "/update", "using-graph-uri=x", typeUpdate, "CLEAR ALL", "*/*", `"a", W/"b"`, "")
	f.Add("PUT", "/data", "graph=http://e/g", "text/turtle; charset=utf-8", "<a> <b> <c> .", "", "*", "")
	f.Add("POST", "/data/x", "", "multipart/form-data; boundary=B",
		"--B\r\nContent-Type: text/turtle\r\n\r\n<a> <b> 1 .\r\n--B--", "", "", "identity")
	f.Add("DELETE", "/admin/queries/7", "", "", "", "text/html", "", "")
	f.Add("GET", "/.well-known/void", "", "", "", "application/ld+json", `W/"x`, "br")
	h, err := newHandler(Options{
		Store: memoryStore(f), Authorize: anyone, MaxQueryBytes: 1 << 16, MaxDataBytes: 1 << 16},
		e)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, path, query, contentType, body, accept, condition, coding string) {
		u := &url.URL{Scheme: "http", Host: "localhost", Path: "/" + strings.TrimPrefix(path, "/"), RawQuery: query}
		r, err := http.NewRequest(method, u.String(), strings.NewReader(body))
		if err != nil {
			return
		}
		r.RemoteAddr = "127.0.0.1:1"
		for k, v := range map[string]string{"Content-Type": contentType, "Accept": accept, "If-None-Match": condition,
			"If-Match": condition, "Accept-Encoding": coding} {
			if v != "" {
				r.Header.Set(k, v)
			}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == http.StatusInternalServerError {
			t.Errorf("%s %s: %d %s", method, u, w.Code, w.Body)
		}
		ours := strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json") ||
			strings.HasPrefix(w.Header().Get("Content-Type"), "text/html")
		if w.Code >= 400 && r.Method != http.MethodHead && w.Header().Get("Access-Control-Allow-Origin") != "" &&
			!ours {
			t.Errorf("%s %s: %d is no problem: %v %s", method, u, w.Code, w.Header(), w.Body)
		}
	})
}
