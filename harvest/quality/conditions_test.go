package quality

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/harvest/fetch"
	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// liar is a server of one file, whose answers to requests with conditions a test makes up.
type liar struct {
	*httptest.Server
	mu     sync.Mutex
	text   string
	header http.Header                                       // of answers with the file
	asked  []string                                          // the conditions of each request
	answer func(w http.ResponseWriter, r *http.Request) bool // false: with the file
}

func newLiar(t *testing.T) *liar {
	l := &liar{text: "年月,件數\r\n11508,1\r\n", header: http.Header{}}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		conditions := r.Header.Get("If-None-Match") + r.Header.Get("If-Modified-Since")
		l.asked = append(l.asked, conditions)
		for name, list := range l.header {
			w.Header()[name] = list
		}
		if l.answer != nil && l.answer(w, r) {
			return
		}
		fmt.Fprint(w, l.text)
	}))
	t.Cleanup(l.Close)
	return l
}

// round checks the file at a time, and returns the result and the conditions of each request.
func (l *liar) round(t *testing.T, s *store.Store, at time.Time) (*Result, []string) {
	t.Helper()
	l.mu.Lock()
	l.asked = nil
	l.mu.Unlock()
	client, err := fetch.NewClient(fetch.Options{AllowPrivate: true, Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	c := Config{}
	c.Rate.Every = time.Millisecond
	r, err := NewRunner(Options{Store: s, Base: base, Client: client, Config: c, Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Run(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	return results(t, s)[0], l.asked
}

// toConditions answers every request that has conditions with a status and headers.
func toConditions(status int, headers ...string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("If-None-Match")+r.Header.Get("If-Modified-Since") == "" {
			return false
		}
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		return true
	}
}

const (
	anyDate   = "Mon, 31 Aug 2026 08:00:00 GMT"
	otherDate = "Tue, 01 Sep 2026 08:00:00 GMT"
)

// TestConditions changes a file behind the back of its validators, an hour after the first
// check: what a server says with 304 counts only where it can be so.
func TestConditions(t *testing.T) {
	tests := []struct {
		name     string
		header   []string // of the file
		answer   func(http.ResponseWriter, *http.Request) bool
		asked    []string // conditions of the second round
		kept     bool
		modified string // of the file, as the catalogue says
	}{
		{"304 without headers", []string{"1"}, toConditions(304), []string{`"1"`}, true, ""},
		{"304 with the tag", []string{"1"}, toConditions(304, `ETag: "1"`), []string{`"1"`}, true, ""},
		{"304 with the tag, weak", []string{"1"}, toConditions(304, `ETag: W/"1"`), []string{`"1"`}, true, ""},
		{"weak tag, 304", []string{"W1"}, toConditions(304, `ETag: W/"1"`), []string{`W/"1"`}, true, ""},
		{"weak tag, 304 with a strong one", []string{"W1"}, toConditions(304, `ETag: "1"`), []string{`W/"1"`}, true,
			""},
		{"304 with another tag", []string{"1"}, toConditions(304, `ETag: "2"`), []string{`"1"`, ""}, false, ""},
		{"304 with another weak tag", []string{"W1"}, toConditions(304, `ETag: W/"2"`), []string{`W/"1"`, ""}, false,
			""},
		{"304 with another date", []string{"1", anyDate}, toConditions(304, "Last-Modified: "+otherDate),
			[]string{`"1"` + anyDate, ""}, false, ""},
		{"304 with the date", []string{"", anyDate}, toConditions(304, "Last-Modified: "+anyDate), []string{anyDate},
			true, ""},
		{"304 with the date in another form", []string{"", anyDate},
			toConditions(304, "Last-Modified: Monday, 31-Aug-26 08:00:00 GMT"), []string{anyDate}, true, ""},
		{"412", []string{"1"}, toConditions(412), []string{`"1"`, ""}, false, ""},
		{"400", []string{"1"}, toConditions(400), []string{`"1"`, ""}, false, ""},
		{"501", []string{"1"}, toConditions(501), []string{`"1"`, ""}, false, ""},
		{"200 with the same tag", []string{"1"}, nil, []string{`"1"`}, false, ""},
		{"empty tag", []string{`""`}, toConditions(304), []string{""}, false, ""},
		{"empty weak tag", []string{`W/""`}, toConditions(304), []string{""}, false, ""},
		{"the catalogue says that it changed", []string{"1"}, toConditions(304), []string{""}, false,
			"2026-09-30T12:30:00+08:00"},
		{"the catalogue says that it will change", []string{"1"}, toConditions(304), []string{`"1"`}, true,
			"2026-10-30T12:30:00+08:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := openStore(t, "")
			defer s.Close()
			l := newLiar(t)
			for i, v := range tt.header {
				switch name := []string{"ETag", "Last-Modified"}[i]; {
				case v == "1", v == "W1":
					l.header.Set(name, map[string]string{"1": `"1"`, "W1": `W/"1"`}[v])
				case v != "":
					l.header.Set(name, v)
				}
			}
			putFile(t, s, l.URL, tt.modified)
			before, asked := l.round(t, s, noon)
			if !slices.Equal(asked, []string{""}) || before.Resources[0].Indicators[Link].Is != Pass {
				t.Fatalf("the first round asked with %q: %+v", asked, before.Resources[0].Indicators[Link])
			}
			l.text, l.answer = "年月,件數\r\n11509,2\r\n", tt.answer
			after, asked := l.round(t, s, noon.Add(time.Hour))
			if !slices.Equal(asked, tt.asked) {
				t.Errorf("the second round asked with %q, want %q", asked, tt.asked)
			}
			e := after.Resources[0].Evidence
			if e.Kept != tt.kept || (e.SHA256 == before.Resources[0].Evidence.SHA256) != tt.kept || e.SHA256 == "" {
				t.Errorf("kept %v, want %v: %+v", e.Kept, tt.kept, e)
			}
			if i := after.Resources[0].Indicators[Link]; i.Is != Pass {
				t.Errorf("link %+v", i)
			}
		})
	}
}

// putFile puts a dataset with one file into a store.
func putFile(t *testing.T, s *store.Store, address, modified string) {
	t.Helper()
	x := dcat.Distribution{DownloadURL: address + "/1.csv", FormatAs: "CSV", Encoding: "UTF-8",
		Fields: dcat.Texts("年月、件數")}
	if modified != "" {
		x.Modified = term.NewLiteral(modified, "http://www.w3.org/2001/XMLSchema#dateTime")
	}
	d := &dcat.Dataset{Identifier: "1", Title: dcat.Texts("資料集"), Distribution: []dcat.Distribution{x}}
	d.Assign(base, "a", "1")
	g := term.NewIRI(base.Graph("a", "1"))
	change := store.Change{Replace: map[term.Term][]term.Quad{}}
	for _, tr := range d.Triples() {
		change.Replace[g] = append(change.Replace[g], tr.In(g))
	}
	if _, err := s.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}

// TestAlwaysNotModified has a server whose tag never changes: its word holds for some weeks, then
// the file itself is looked at; a change shows that the tag says nothing, and from then on no
// round goes by it, until it changes.
func TestAlwaysNotModified(t *testing.T) {
	s := openStore(t, "")
	defer s.Close()
	l := newLiar(t)
	l.header.Set("ETag", `"fixed"`)
	l.answer = toConditions(304, `ETag: "fixed"`)
	putFile(t, s, l.URL, "")
	l.round(t, s, noon)
	l.text = "年月,件數\r\n11509,2\r\n"
	day := 24 * time.Hour
	for i, want := range []struct {
		after   time.Duration
		asked   string
		told    bool
		changed bool
	}{
		{10 * day, `"fixed"`, false, false},
		{45 * day, "", true, true}, // never later than 40 days
		{46 * day, "", true, true},
		{47 * day, "", false, true}, // with a new tag
		{48 * day, `"new"`, false, true},
	} {
		if i == 3 {
			l.header.Set("ETag", `"new"`)
			l.answer = toConditions(304)
		}
		r, asked := l.round(t, s, noon.Add(want.after))
		f := r.Resources[0]
		if !slices.Equal(asked, []string{want.asked}) || f.has(unreliable) != want.told ||
			f.Changed.IsZero() == want.changed {
			t.Errorf("after %v: asked with %q, told %v, changed %v, want %+v", want.after, asked, f.has(unreliable),
				f.Changed, want)
		}
	}
}

// TestNotModifiedUnasked has a server answer with 304 what was asked for without conditions: the
// link does not work, whatever was known before.
func TestNotModifiedUnasked(t *testing.T) {
	s := openStore(t, "")
	defer s.Close()
	l := newLiar(t)
	putFile(t, s, l.URL, "")
	l.round(t, s, noon)
	l.answer = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(304); return true }
	if r, _ := l.round(t, s, noon.Add(time.Hour)); r.Indicators[Link].Is != Fail || r.Badge != None {
		t.Errorf("%s, %+v", r.Badge, r.Indicators[Link])
	}
}

// TestRobotsOfFiles has robots.txt in trouble: nothing is asked of the host, and nobody says that
// its links do not work.
func TestRobotsOfFiles(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"leads inside": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.9:1/robots.txt", http.StatusFound)
		},
		"another protocol": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "ftp://example.org/robots.txt")
			w.WriteHeader(http.StatusMovedPermanently)
		},
		"500": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"503": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"cut": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "User-agent: *\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/robots.txt" {
					answer(w, r)
					return
				}
				asked++
			}))
			defer srv.Close()
			s := openStore(t, "")
			defer s.Close()
			putFile(t, s, srv.URL, "")
			if _, err := runnerOf(t, s, noon, Config{}).Run(t.Context(), nil, nil); err != nil {
				t.Fatal(err)
			}
			r := results(t, s)[0]
			if asked > 0 || r.Indicators[Link].Is != Unknown || !r.Resources[0].has("robots") ||
				!strings.Contains(r.Indicators[Link].Why, "robots.txt") {
				t.Errorf("asked %d times, link %+v, %+v", asked, r.Indicators[Link], r.Resources[0].Findings)
			}
		})
	}
}
