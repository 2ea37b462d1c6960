package harvest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"fincat/harvest/fetch"
	"fincat/harvest/history"
	"fincat/harvest/problem"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

// recording is a folder of testdata/harvest, served with or without faults.
type recording struct {
	dir     string
	Config  yaml.Node `yaml:"config"`
	Answers map[string]struct {
		File, Type, Link string
		Status           int
	} `yaml:"answers"`

	fault atomic.Pointer[fault]
}

// fault says what is wrong with an answer: it ends after cut bytes, by a reset
// or in good order, with a Content-Length or as one that the connection's end
// ends.
type fault struct {
	address string
	cut     int
	how     cutting
	hit     atomic.Int32
}

type cutting int

const (
	cutLength  cutting = iota // Content-Length says more
	cutChunked                // the last chunk is missing
	cutReset                  // the connection is reset
	cutEnd                    // nothing says that there is more
)

func loadRecording(t *testing.T, dir string) (*recording, Config, string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "source.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	rec := &recording{dir: dir}
	if err := yaml.Unmarshal(text, rec); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(rec)
	t.Cleanup(srv.Close)
	one, err := yaml.Marshal(&rec.Config)
	if err != nil {
		t.Fatal(err)
	}
	text = fmt.Appendf(nil, "base: %s\nharvest: {replay: '%s'}\nsources:\n- %s", testBase, srv.URL,
		strings.ReplaceAll(strings.TrimSpace(string(one)), "\n", "\n  "))
	cfg, err := ParseConfig(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	cfg.Sources[0].Rate = fetch.Rate{Every: 1}
	cfg.Sources[0].Retries = 1
	cfg.Sources[0].Timeout = fetch.Duration(5 * time.Second)
	return rec, cfg, cfg.Sources[0].ID
}

func (rec *recording) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, ok := rec.Answers[r.URL.RequestURI()]
	if !ok {
		http.NotFound(w, r)
		return
	}
	body, err := os.ReadFile(filepath.Join(rec.dir, a.File))
	if err != nil {
		http.Error(w, err.Error(), http.StatusTeapot)
		return
	}
	w.Header().Set("Content-Type", a.Type)
	if a.Link != "" {
		w.Header().Set("Link", a.Link)
	}
	f := rec.fault.Load()
	if f == nil || f.address != r.URL.RequestURI() {
		if a.Status != 0 {
			w.WriteHeader(a.Status)
		}
		_, _ = w.Write(body) // the client may have gone
		return
	}
	hits := int(f.hit.Add(1))
	c, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	fmt.Fprintf(buf, "HTTP/1.1 %d x\r\nConnection: close\r\n", max(a.Status, 200))
	_ = w.Header().Write(buf)
	switch f.how {
	case cutLength, cutReset:
		fmt.Fprintf(buf, "Content-Length: %d\r\n\r\n", len(body))
		_, _ = buf.Write(body[:f.cut])
	case cutChunked:
		fmt.Fprintf(buf, "Transfer-Encoding: chunked\r\n\r\n")
		if f.cut > 0 {
			fmt.Fprintf(buf, "%x\r\n%s\r\n", f.cut, body[:f.cut])
		}
	case cutEnd:
		fmt.Fprintf(buf, "\r\n%s", body[:max(0, f.cut-hits)]) // not the same each time
	}
	buf.Flush()
	if tcp, ok := c.(*net.TCPConn); ok && f.how == cutReset {
		_ = tcp.SetLinger(0)
	}
}

// contentOf returns what the catalogue says of a source's records, without the
// counting of runs in which they were missing.
func contentOf(t *testing.T, s *store.Store, id string) map[string][]string {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	out := map[string][]string{}
	last, graph := store.Any, ""
	for q, err := range (reader{sn}).ids(t.Context(), term.Term{}, term.Term{}, term.Term{}, term.Term{}) {
		if err != nil {
			t.Fatal(err)
		}
		if q[3] != last {
			name, err := sn.Term(q[3])
			if err != nil {
				t.Fatal(err)
			}
			last, graph = q[3], name.Value()
		}
		if !strings.HasPrefix(graph, testBase+"graph/"+id+"/") {
			continue
		}
		var terms [3]term.Term
		if err := sn.Terms(q[:3], terms[:]); err != nil {
			t.Fatal(err)
		}
		if terms[1].Value() != vocab.FincatMissingRuns {
			out[graph] = append(out[graph], fmt.Sprint(terms[0], terms[1], terms[2]))
		}
	}
	for _, lines := range out {
		slices.Sort(lines)
	}
	return out
}

// sameRecords reports which records of before are gone or differ in after.
func sameRecords(before, after map[string][]string) string {
	for graph, lines := range before {
		if got, ok := after[graph]; !ok {
			return graph + " is gone"
		} else if !slices.Equal(got, lines) {
			for i := range max(len(got), len(lines)) {
				if i >= len(got) || i >= len(lines) || got[i] != lines[i] {
					return fmt.Sprintf("%s differs in statement %d of %d, %d", graph, i, len(lines), len(got))
				}
			}
		}
	}
	return ""
}

// TestCutAnywhere harvests every recorded source with one of its answers cut
// off after any number of bytes: the run ends, no record is lost or damaged,
// and the next good run finds everything as it was.
func TestCutAnywhere(t *testing.T) {
	folders, err := filepath.Glob("../testdata/harvest/*/source.yaml")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	long := w3ctest.Campaign(t, 0) / time.Duration(len(folders))
	runs := 0
	for _, f := range folders {
		dir := filepath.Dir(f)
		t.Run(filepath.Base(dir), func(t *testing.T) { runs += cutAnywhere(t, dir, long) })
	}
	t.Logf("%d runs", runs)
}

func cutAnywhere(t *testing.T, dir string, long time.Duration) int {
	rec, cfg, id := loadRecording(t, dir)
	s := openStore(t)
	h := newHarvester(t, s, cfg)
	run := func() *history.Report {
		rep, err := h.Run(t.Context(), id, RunOptions{Full: true})
		if err != nil {
			t.Fatalf("run: %v", err)
		}
		return rep
	}
	first := run()
	before := contentOf(t, s, id)
	var addresses []string
	for a := range rec.Answers {
		addresses = append(addresses, a)
	}
	slices.Sort(addresses)
	random := rand.New(rand.NewPCG(6, uint64(len(dir))))
	end := time.Now().Add(long)
	n := 0
	for ; n < 8 || time.Now().Before(end); n++ {
		address := addresses[n%len(addresses)]
		size := fileSize(t, filepath.Join(dir, rec.Answers[address].File))
		if size == 0 {
			continue
		}
		f := &fault{address: address, cut: random.IntN(size), how: cutting(n % 4)}
		if long == 0 && n < 2 {
			f.cut = size - 1 - n*size/2
		}
		rec.fault.Store(f)
		rep := run()
		what := fmt.Sprintf("%s cut after %d of %d bytes, way %d: %s, %v", f.address, f.cut, size, f.how, rep, rep.Err)
		if f.hit.Load() == 0 {
			continue
		}
		if rep.Removed > 0 || rep.Held > 0 {
			t.Errorf("%s: records were removed", what)
		}
		var e *problem.Error
		if rep.Status == history.Failed && (!errors.As(rep.Err, &e) || e.Rule == "" || e.Remedy == "") {
			t.Errorf("%s: no rule or remedy", what)
		}
		if f.how != cutEnd && rep.OK() && len(rep.Problems) == len(first.Problems) {
			t.Errorf("%s: the run says nothing of it", what)
		}
		if diff := sameRecords(before, contentOf(t, s, id)); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
		rec.fault.Store(nil)
		if again := run(); again.New != 0 || again.Missing != 0 || again.Removed != 0 {
			t.Errorf("%s: then %s", what, again)
		}
		if t.Failed() {
			break
		}
	}
	if diff := sameRecords(before, contentOf(t, s, id)); diff != "" {
		t.Errorf("at the end: %s", diff)
	}
	return n
}

func fileSize(t *testing.T, path string) int {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Size())
}

// TestReplay harvests every recorded source, and again from the responses that
// were kept, with the server gone: every record is as it was.
func TestReplay(t *testing.T) {
	folders, err := filepath.Glob("../testdata/harvest/*/source.yaml")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	for _, f := range folders {
		dir := filepath.Dir(f)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			rec, cfg, id := loadRecording(t, dir)
			cfg.Harvest.ResponsesDir = t.TempDir()
			s := openStore(t)
			h := newHarvester(t, s, cfg)
			first, err := h.Run(t.Context(), id, RunOptions{Full: true})
			if err != nil {
				t.Fatal(err)
			}
			before := contentOf(t, s, id)
			clear(rec.Answers)
			again, err := h.Run(t.Context(), id, RunOptions{Replay: true})
			if err != nil {
				t.Fatal(err)
			}
			if again.Changed+again.Removed+again.Missing > 0 || again.New > 0 || again.Unchanged != first.New ||
				ruleOf(again) != ruleOf(first) && ruleOf(again) != "not-kept" {
				t.Errorf("first %s, %v\nthen  %s, %v", first, first.Err, again, again.Err)
			}
			if diff := sameRecords(before, contentOf(t, s, id)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestBrokenDetail checks that records whose page cannot be read for a while
// stay: they are there, only broken. When the page is gone they are missing.
func TestBrokenDetail(t *testing.T) {
	for _, tt := range []struct {
		folder, address string
		status          int
		missing         int
	}{
		{"html-detail", "/www.example.gov.tw/od/view.asp?id=1&lang=tw", 404, 0}, // the list still has it
		{"html-detail", "/www.example.gov.tw/od/view.asp?id=1&lang=tw", 500, 0},
		{"sitemap", "/site.example.tw/d/1", 500, 0},
		{"sitemap", "/site.example.tw/d/1", 404, 0}, // the sitemap still names it, and its address is its identifier
		{"ckan-dkan", "/dkan.example.tw/api/3/action/package_show?id=first", 403, 0},
		{"ckan-dkan", "/dkan.example.tw/api/3/action/package_show?id=first", 404, 1},
		{"schemaorg-pages", "/site.example.tw/d/named", 503, 0},
		{"datagovtw-v1", "/data.example.gov.tw/api/v1/rest/dataset/A41000000G-000001", 500, 0},
	} {
		t.Run(fmt.Sprint(tt.folder, " ", tt.status), func(t *testing.T) {
			rec, cfg, id := loadRecording(t, filepath.Join("../testdata/harvest", tt.folder))
			s := openStore(t)
			h := newHarvester(t, s, cfg)
			first := mustRun(t, h, id)
			before := contentOf(t, s, id)
			a, ok := rec.Answers[tt.address]
			if !ok {
				t.Fatalf("no answer %s", tt.address)
			}
			a.Status = tt.status
			rec.Answers[tt.address] = a
			rep, err := h.Run(t.Context(), id, RunOptions{Full: true})
			if err != nil {
				t.Fatal(err)
			}
			if rep.Missing != tt.missing || rep.Removed+rep.Held > 0 || rep.Failed != first.Failed+1 {
				t.Errorf("first %s, then %s, %v, want %d missing", first, rep, rep.Err, tt.missing)
			}
			if diff := sameRecords(before, contentOf(t, s, id)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestByteOrderMark checks that a mark before the content, which many tools of
// the office write, changes nothing for any kind of source.
func TestByteOrderMark(t *testing.T) {
	for _, sp := range specimens {
		t.Run(sp.kind, func(t *testing.T) {
			v, h, s := newVillain(t, sp, "")
			rep := endures(t, v, h, s, text(sp.contentType, "\xEF\xBB\xBF"+sp.good()), false)
			if rep.Unchanged != 3 || rep.Err != nil || rep.Failed > 0 {
				t.Errorf("report: %s, %v", rep, rep.Err)
			}
		})
	}
}
