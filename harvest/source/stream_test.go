package source

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/transform"

	"fincat/harvest/fetch"
)

// largeDocument writes n records of about a kilobyte each in some form.
type largeDocument struct {
	name, kind, table, before, record, between, after string
}

var largeDocuments = []largeDocument{
	{"export in JSON Lines", "datagovtw", "", "",
		`{"id":"%[1]d","name":"資料集%[1]d","provider":"機關","format":"csv","description":"%[2]s","urls":["https://example.tw/%[1]d.csv"]}`, "\n", "\n"},
	{"export as an array", "datagovtw", "", "[",
		`{"id":"%[1]d","name":"資料集%[1]d","format":"csv","description":"%[2]s","urls":["https://example.tw/%[1]d.csv"]}`, ",", "]"},
	{"manifest", "datagovtw", "", `{"datasets":[`,
		`{"id":"%[1]d","name":"資料集%[1]d","format":"csv","description":"%[2]s","urls":["https://example.tw/%[1]d.csv"]}`, ",\n", `],"provider":"機關"}`},
	{"export in CSV", "datagovtw", "", "資料集識別碼,資料集名稱,資料集描述\n", `%[1]d,"資料集%[1]d",%[2]s`, "\n", "\n"},
	{"export in XML", "datagovtw", "", "<all>",
		`<d><資料集識別碼>%[1]d</資料集識別碼><資料集名稱>資料集%[1]d</資料集名稱><資料集描述>%[2]s</資料集描述></d>`, "\n", "</all>"},
	{"data.json", "datajson", "", `{"title":"目錄","dataset":[`,
		`{"identifier":"%[1]d","title":"資料集%[1]d","description":"%[2]s"}`, ",\n",
		`],"record":[{"primaryTopic":"3","modified":"2026-01-02"}]}`},
	{"data.json of version 1.0", "datajson", "", `[`,
		`{"identifier":"%[1]d","title":"資料集%[1]d","description":"%[2]s"}`, ",\n", `]`},
	{"table in CSV", "table", "", "id,title,text\n", "%[1]d,資料集%[1]d,%[2]s", "\n", "\n"},
	{"table in JSON", "table", "record: /answer/list", `{"answer":{"skipped":[[1,2],{"a":{"b":[3]}}],"list":[`,
		`{"id":"%[1]d","title":"資料集%[1]d","text":"%[2]s"}`, ",", `]}}`},
	{"table in XML", "table", "record: row", `<t><rows>`,
		`<row><id>%[1]d</id><title>資料集%[1]d</title><text>%[2]s</text></row>`, "\n", `</rows></t>`},
}

func (d *largeDocument) write(w io.Writer, n int) {
	out := bufio.NewWriter(w)
	defer out.Flush()
	_, _ = out.WriteString(d.before)
	text := strings.Repeat("說明文字", 80)
	for i := range n {
		if i > 0 {
			_, _ = out.WriteString(d.between)
		}
		fmt.Fprintf(out, d.record, i, text)
	}
	_, _ = out.WriteString(d.after)
}

// serveLarge serves the documents by their number: as they are, in gzip, and in
// Big5.
func serveLarge(t *testing.T, n int) *httptest.Server {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var i int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &i); err != nil {
			http.NotFound(w, r)
			return
		}
		switch r.URL.RawQuery {
		case "gzip":
			z := gzip.NewWriter(w)
			defer z.Close()
			largeDocuments[i].write(z, n)
		case "big5":
			big5 := transform.NewWriter(w, traditionalchinese.Big5.NewEncoder())
			defer big5.Close()
			largeDocuments[i].write(big5, n)
		case "cut":
			largeDocuments[i].write(&cutWriter{w, 3 << 20}, n)
		default:
			largeDocuments[i].write(w, n)
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

// cutWriter passes only so many bytes on.
type cutWriter struct {
	w    io.Writer
	left int
}

func (c *cutWriter) Write(p []byte) (int, error) {
	n := min(len(p), c.left)
	c.left -= n
	if _, err := c.w.Write(p[:n]); err != nil {
		return 0, err
	}
	return len(p), nil
}

func largeSession(t *testing.T, d largeDocument, address string) (*Session, Kind) {
	t.Helper()
	client := fetch.Options{AllowPrivate: true}
	cfg := Config{ID: "large", Kind: d.kind, URL: address, Policy: fetch.Policy{MaxBytes: 1 << 30, Retries: 1,
		Rate: fetch.Rate{Every: time.Microsecond}}}
	if d.kind == "table" {
		cfg.Table = &Table{Columns: map[string]string{"identifier": "id", "title": "title", "description": "text"},
			Record: strings.TrimPrefix(d.table, "record: ")}
	}
	s := newSession(t, cfg, client, time.Time{})
	k, _ := KindByName(d.kind)
	return s, k
}

// TestLargeDocuments checks that documents of 12 MB are gathered completely
// without being in memory, whatever their form, packed or in Big5.
func TestLargeDocuments(t *testing.T) {
	const records, bound = 12_000, 5 << 20
	srv := serveLarge(t, records)
	for i, d := range largeDocuments {
		for _, how := range []string{"", "gzip", "big5"} {
			if strings.Contains(d.name, "JSON") || strings.Contains(d.name, "json") ||
				strings.Contains(d.name, "array") || d.name == "manifest" {
				if how == "big5" { // JSON is UTF-8 by definition
					continue
				}
			}
			if testing.Short() && how != "" {
				continue
			}
			t.Run(d.name+" "+how, func(t *testing.T) {
				s, k := largeSession(t, d, fmt.Sprintf("%s/%d?%s", srv.URL, i, how))
				base := heapInUse()
				n := 0
				for rec, err := range k.Gather(t.Context(), s) {
					if err != nil {
						t.Fatal(err)
					}
					if want := fmt.Sprint(n); rec.ID != want || rec.Dataset == nil ||
						rec.Dataset.Title[0].Value != "資料集"+want {
						t.Fatalf("record %d is %+v", n, rec)
					}
					if n++; n == records/2 || n == records {
						if used := heapInUse() - base; used > bound {
							t.Errorf("after %d records %d MB are in use, want at most %d", n, used>>20, bound>>20)
						}
					}
				}
				if n != records {
					t.Errorf("%d records, want %d", n, records)
				}
			})
		}
	}
}

// TestCutDocuments checks that a document that was cut off ends with an error
// that says so, after the records before it.
func TestCutDocuments(t *testing.T) {
	srv := serveLarge(t, 5_000)
	for i, d := range largeDocuments {
		if d.name == "export in CSV" || d.name == "table in CSV" || d.name == "export in JSON Lines" {
			continue // their last line is a broken record
		}
		t.Run(d.name, func(t *testing.T) {
			s, k := largeSession(t, d, fmt.Sprintf("%s/%d?cut", srv.URL, i))
			var end error
			for _, err := range k.Gather(t.Context(), s) {
				end = err
			}
			var e *Error
			if !errors.As(end, &e) || e.Rule != "cut" {
				t.Errorf("the error is %v, want the rule cut", end)
			}
		})
	}
}

func heapInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
