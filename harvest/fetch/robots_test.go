package fetch

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"fincat/harvest/problem"
)

// TestRobotsAnswers has robots.txt answer in every way that servers have: which forbid the
// host, and which permit it (RFC 9309 §2.3.1).
func TestRobotsAnswers(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/down" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, "User-agent: *\nDisallow: /data\n")
	}))
	defer other.Close()
	to := func(address string, status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", address)
			w.WriteHeader(status)
		}
	}
	status := func(n int) http.HandlerFunc { return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) } }
	hops := 0
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		want   error // errNoRobots, errRobots, or nil
	}{
		{"to another host that forbids", to(other.URL+"/robots.txt", 302), errRobots},
		{"to another host that is down", to(other.URL+"/down", 302), errNoRobots},
		{"to a refused address", to("http://127.0.0.9:1/robots.txt", 301), errNoRobots},
		{"to a refused address by way of another host", to("//127.0.0.9:1/robots.txt", 308), errNoRobots},
		{"to the address of a cloud's secrets", to("http://169.254.169.254/latest/", 302), errNoRobots},
		{"to another protocol", to("file:///etc/passwd", 302), errNoRobots},
		{"to itself for ever", to("/robots.txt", 302), nil},
		{"to itself, then a file", func(w http.ResponseWriter, r *http.Request) {
			if hops++; hops == 1 {
				to("?again", 307)(w, r)
				return
			}
			fmt.Fprint(w, "User-agent: fincat\nDisallow: /\n")
		}, errRobots},
		{"without an address", status(302), nil},
		{"404", status(404), nil}, {"401", status(401), nil}, {"403", status(403), nil}, {"410", status(410), nil},
		{"429", status(429), errNoRobots}, {"500", status(500), errNoRobots}, {"503", status(503), errNoRobots},
		{"a page", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<html><body>首頁</body></html>")
		}, nil},
		{"cut", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99")
			fmt.Fprint(w, "User-agent: *\n")
		}, errNoRobots},
		{"closed", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, errNoRobots},
		{"silence", func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(10 * time.Second):
			}
		}, errNoRobots},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/robots.txt" {
					tt.answer(w, r)
				}
			}))
			defer srv.Close()
			c, err := NewClient(Options{Permitted: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
			if err != nil {
				t.Fatal(err)
			}
			s, err := c.Session(SessionOptions{Policy: Policy{Rate: Rate{Every: time.Millisecond},
				Timeout: Duration(time.Second)}})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			l := s.Look(t.Context(), srv.URL+"/data", Request{})
			if tt.want == nil {
				if l.Status != http.StatusOK {
					t.Errorf("%d, %v, want the file", l.Status, l.Err)
				}
				return
			}
			var e *problem.Error
			if !errors.As(l.Err, &e) || e.Rule != "robots" || !errors.Is(l.Err, tt.want) {
				t.Errorf("%v, want %v", l.Err, tt.want)
			}
		})
	}
}

// TestRobotsOfNoHost says of a host that nobody can reach that it is not there, and nothing about
// its robots.txt.
func TestRobotsOfNoHost(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	address := srv.URL
	srv.Close()
	s := testSession(t, SessionOptions{}, Options{AllowPrivate: true})
	if l := s.Look(t.Context(), address, Request{}); l.Err == nil || l.Err.Rule != "connection" {
		t.Errorf("%v, want a connection that fails", l.Err)
	}
}
