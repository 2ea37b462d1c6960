package protocol

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestUnfollowed: links that campaigns and networks lead by are those to the page itself.
func TestUnfollowed(t *testing.T) {
	for in, want := range map[string]string{
		"/a": "/a", "/a?utm_source=x": "/a", "/a?q=%E4%BF%A1&utm_medium=mail&page=2": "/a?q=%E4%BF%A1&page=2",
		"/a?fbclid=1&gclid=2&openExternalBrowser=1": "/a", "/a?utm=1": "/a?utm=1",
		"/a?x=utm_source":  "/a?x=utm_source",
		"/a?q=%zz&gclid=1": "/a?q=%zz",
	} {
		r := Unfollowed(httptest.NewRequest(http.MethodGet, in, nil))
		if got := r.URL.RequestURI(); got != want || r.RequestURI != want {
			t.Errorf("Unfollowed(%s) = %s, %s, want %s", in, got, r.RequestURI, want)
		}
	}
}

func TestCheckParams(t *testing.T) {
	for in, want := range map[string]int{"/a": 200, "/a?x=1": 200, "/a?x=1&y=": 200, "/a?x=1&x=2": 400, "/a?z=1": 400,
		"/a?%zz": 400, "/a?x=1;y=2": 400} {
		w := httptest.NewRecorder()
		ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
		Only(ok, "x", "y").ServeHTTP(w, httptest.NewRequest(http.MethodGet, in, nil))
		if w.Code != want {
			t.Errorf("%s = %d, want %d", in, w.Code, want)
		}
	}
}
