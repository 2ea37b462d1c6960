package feed

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fincat/harvest/feed/atom"
	"fincat/harvest/feed/pod"
)

// decode reads a JSON answer.
func decode[T any](t *testing.T, h http.Handler, target string, status int) T {
	t.Helper()
	w := get(h, target)
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != status {
		t.Fatalf("GET %s = %d, %v\n%s", target, w.Code, err, w.Body)
	}
	return v
}

func TestPlatform(t *testing.T) {
	_, h := newTestHandler(t)
	type list struct {
		Success bool
		Result  []string
	}
	for query, want := range map[string]string{
		"": "[one__a one__b two__c]", "?limit=1&offset=1": "[one__b]", "?modified=2026-06-02T00:00:00Z": "[two__c]",
		"?modified=2030-01-01T00:00:00Z": "[]",
	} {
		if a := decode[list](t, h, "api/v1/rest/dataset"+query, http.StatusOK); fmt.Sprint(a.Result) != want ||
			!a.Success {
			t.Errorf("rest/dataset%s = %v, want %s", query, a.Result, want)
		}
	}
	a := decode[struct{ Result platformDataset }](t, h, "api/v1/rest/dataset/one__a", http.StatusOK).Result
	if a.CategoryCode != "800" || a.Title != "上市公司保險業" || a.Publisher != "臺灣證券交易所" || len(a.Distribution) != 1 ||
		a.Distribution[0].Format != "CSV" {
		t.Errorf("rest/dataset/one__a = %+v", a)
	}
	decode[platformAnswer](t, h, "api/v1/rest/dataset/nothing", http.StatusNotFound)
	decode[platformAnswer](t, h, "api/v1/rest/dataset?limit=x", http.StatusBadRequest)
}

func TestDataJSON(t *testing.T) {
	_, h := newTestHandler(t)
	doc := decode[pod.Catalog](t, h, "data.json", http.StatusOK)
	if len(doc.Dataset) != 3 || doc.ConformsTo != "https://project-open-data.cio.gov/v1.1/schema" {
		t.Fatalf("data.json has %d datasets, conforms to %q", len(doc.Dataset), doc.ConformsTo)
	}
	for _, d := range doc.Dataset {
		if d.Title == "" || d.Description == "" || d.Modified == "" || d.Publisher.Name == "" ||
			d.ContactPoint.Fn == "" || len(d.Keyword) == 0 || d.Identifier == "" || d.AccessLevel != "public" ||
			!pod.Mail.MatchString(d.ContactPoint.HasEmail) || slices.Contains(d.Keyword, "") ||
			slices.Contains(d.Theme, "") || !podInterval.MatchString(d.AccrualPeriodicity) {
			t.Errorf("data.json lacks a required field or has one that the schema refuses: %+v", d)
		}
		for _, x := range d.Distribution {
			if x.MediaType != "" && !pod.MediaType.MatchString(x.MediaType) {
				t.Errorf("data.json has a media type that the schema refuses: %+v", x)
			}
		}
	}
	if x := doc.Dataset[0].Distribution; len(x) != 1 || x[0].Format != "CSV" {
		t.Errorf("distributions of the first dataset = %+v", x)
	}
}

// podInterval is what the schema takes for accrualPeriodicity.
var podInterval = regexp.MustCompile(`^(|irregular|R/P(\d+(\.\d+)?Y)?(\d+(\.\d+)?M)?(\d+(\.\d+)?W)?` +
	`(\d+(\.\d+)?D)?(T(\d+(\.\d+)?H)?(\d+(\.\d+)?M)?(\d+(\.\d+)?S)?)?)$`)

func TestAtomAndSitemap(t *testing.T) {
	_, h := newTestHandler(t)
	var feed atom.Feed
	w := get(h, "feed/atom.xml?source=one")
	if err := xml.Unmarshal(w.Body.Bytes(), &feed); err != nil || !strings.HasPrefix(w.Header().Get("Content-Type"),
		"application/atom+xml") {
		t.Fatalf("feed/atom.xml = %s, %v", w.Header().Get("Content-Type"), err)
	}
	if len(feed.Entries) != 2 || feed.Entries[0].Title != "Prices" ||
		feed.Entries[0].Updated != "2026-06-01T00:00:00Z" || feed.Entries[1].ID != base.Dataset("one", "a") {
		t.Errorf("feed/atom.xml = %+v, want the dataset that changed last first", feed.Entries)
	}
	if w := get(h, "feed/atom.xml?theme=a/b"); w.Code != http.StatusBadRequest {
		t.Errorf("feed/atom.xml with a bad filter = %d, want 400", w.Code)
	}
	var site struct {
		URLs []sitemapURL `xml:"url"`
	}
	if err := xml.Unmarshal(get(h, "sitemap.xml").Body.Bytes(), &site); err != nil || len(site.URLs) != 3 ||
		!strings.HasPrefix(site.URLs[0].Loc, string(base)) {
		t.Errorf("sitemap.xml = %+v, %v", site.URLs, err)
	}
	if w := get(h, "robots.txt"); !strings.Contains(w.Body.String(), "Sitemap: "+string(base)+"sitemap.xml\n") {
		t.Errorf("robots.txt = %q", w.Body)
	}
	if w := get(h, "sitemap.xml?page=7"); w.Code != http.StatusNotFound {
		t.Errorf("sitemap.xml?page=7 = %d, want 404", w.Code)
	}
}
