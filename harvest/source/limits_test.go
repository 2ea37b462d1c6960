package source

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
)

// TestDepth checks the limits on what may be nested.
func TestDepth(t *testing.T) {
	var nested strings.Builder
	for range maxCatalogDepth + 5 {
		nested.WriteString(`{"dataset":[],"catalog":[`)
	}
	nested.WriteString(`{"dataset":[]}` + strings.Repeat("]}", maxCatalogDepth+5))
	deep := "<all>" + strings.Repeat("<a>", document.MaxXMLDepth+5) + strings.Repeat("</a>", document.MaxXMLDepth+5) +
		"</all>"
	tests := []struct {
		name string
		cfg  Config
		body func(host string, n int) string
		rule string
	}{
		{"sitemap indexes", Config{Kind: "sitemap"}, func(host string, n int) string {
			return fmt.Sprintf(`<sitemapindex><sitemap><loc>http://%s/%d</loc></sitemap></sitemapindex>`, host, n)
		}, "depth"},
		{"catalogues", Config{Kind: "datajson"}, func(string, int) string { return nested.String() }, "depth"},
		{"export in XML", Config{Kind: "datagovtw"}, func(string, int) string {
			return `<?xml version="1.0"?>` +
				deep
		}, "depth"},
		{"table in XML", Config{Kind: "table", Table: &Table{Format: "xml", Record: "record",
			Columns: map[string]string{"title": "t"}}}, func(string, int) string {
			return deep
		}, "depth"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := 0
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n++
				_, _ = io.WriteString(w, tt.body(r.Host, n))
			}))
			defer srv.Close()
			tt.cfg.URL, tt.cfg.Robots = srv.URL+"/0", "ignore"
			kind := tt.cfg.Kind
			s := testSession(t, tt.cfg, fetch.Options{AllowPrivate: true})
			k, _ := KindByName(kind)
			var rules []string
			for _, err := range k.Gather(t.Context(), withTable(s, tt.cfg)) {
				var e *Error
				if errors.As(err, &e) {
					rules = append(rules, e.Rule)
				}
			}
			for _, p := range s.Found.Problems {
				rules = append(rules, p.Rule)
			}
			if len(rules) != 1 || rules[0] != tt.rule || n > 10 {
				t.Errorf("rules %q after %d requests, want %s", rules, n, tt.rule)
			}
		})
	}
}

// withTable gives a session of a test the table of its configuration.
func withTable(s *Session, cfg Config) *Session {
	s.Config.Table = cfg.Table
	return s
}

// TestWorkbookBomb checks that a workbook which unpacks to more than max_bytes
// is refused with that limit's name in the remedy.
func TestWorkbookBomb(t *testing.T) {
	book := excelize.NewFile()
	if err := book.SetCellValue("Sheet1", "A1", "名稱"); err != nil {
		t.Fatal(err)
	}
	good, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(good.Bytes()), int64(good.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var bomb bytes.Buffer
	out := zip.NewWriter(&bomb)
	for _, f := range z.File {
		w, err := out.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(r)
		if strings.HasSuffix(f.Name, "sheet1.xml") {
			body = bytes.Replace(body, []byte("<sheetData>"),
				append([]byte("<sheetData>"), bytes.Repeat([]byte("<row></row>"), 2<<20)...), 1)
		}
		_, _ = w.Write(body)
	}
	out.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bomb.Bytes())
	}))
	defer srv.Close()
	table := &Table{Format: "xlsx", Columns: map[string]string{"title": "名稱"}}
	s := testSession(t, Config{URL: srv.URL, Table: table, Policy: fetch.Policy{Robots: "ignore", MaxBytes: 1 << 20}},
		fetch.Options{AllowPrivate: true})
	var last error
	for _, err := range gatherTable(t.Context(), s) {
		last = err
	}
	var e *Error
	if !errors.As(last, &e) || e.Rule != "xlsx" || !strings.Contains(e.Remedy, "max_bytes") {
		t.Errorf("%d kB that unpack to 22 MB: %v, want rule xlsx", bomb.Len()>>10, last)
	}
}
