package feed

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"testing"
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

func TestCKAN(t *testing.T) {
	_, h := newTestHandler(t)
	type answer struct {
		Success bool
		Result  struct {
			Count   int
			Results []ckanPackage
		}
		Error *ckanError
	}
	tests := []struct{ query, want string }{
		{"", "3 [one__a one__b two__c]"},
		{"?q=*:*&rows=2", "3 [one__a one__b]"},
		{"?rows=2&start=2", "3 [two__c]"},
		{"?rows=0", "3 []"},
		{"?q=%E4%BF%9D%E9%9A%AA", "2 [one__a two__c]"},
		{"?fq=organization:cdic", "1 [two__c]"},
		{"?fq=metadata_modified:[2026-06-01T00:00:00Z%20TO%20*]", "2 [one__b two__c]"},
		{"?fq=%2Borganization:%22twse%22%20%2Bmetadata_modified:[2026-06-02T00:00:00Z%20TO%20*]", "1 [two__c]"},
	}
	for _, tt := range tests {
		a := decode[answer](t, h, "api/3/action/package_search"+tt.query, http.StatusOK)
		names := []string{}
		for _, p := range a.Result.Results {
			names = append(names, p.Name)
		}
		if got := fmt.Sprint(a.Result.Count, names); got != tt.want || !a.Success {
			t.Errorf("package_search%s = %s, want %s", tt.query, got, tt.want)
		}
	}
	for _, query := range []string{"?rows=x", "?start=-1", "?fq=tags:x"} {
		if a := decode[answer](t, h, "api/3/action/package_search"+query, http.StatusConflict); a.Success || a.Error == nil {
			t.Errorf("package_search%s = %+v, want an error", query, a)
		}
	}
	one := decode[struct{ Result ckanPackage }](t, h, "api/3/action/package_show?id=two__c", http.StatusOK).Result
	if one.Title != "存款保險費率" || one.Author != "中央存款保險公司" || one.Organization == nil || one.Organization.Name != "twse" || one.Modified != "2026-06-02T00:00:00" {
		t.Errorf("package_show = %+v", one)
	}
	decode[answer](t, h, "api/3/action/package_show?id=nothing", http.StatusNotFound)
	decode[answer](t, h, "api/3/action/package_show", http.StatusNotFound)
}

func TestPlatform(t *testing.T) {
	_, h := newTestHandler(t)
	type list struct {
		Success bool
		Result  []string
	}
	for query, want := range map[string]string{
		"": "[one__a one__b two__c]", "?limit=1&offset=1": "[one__b]", "?modified=2026-06-02T00:00:00Z": "[two__c]", "?modified=2030-01-01T00:00:00Z": "[]",
	} {
		if a := decode[list](t, h, "api/v1/rest/dataset"+query, http.StatusOK); fmt.Sprint(a.Result) != want || !a.Success {
			t.Errorf("rest/dataset%s = %v, want %s", query, a.Result, want)
		}
	}
	a := decode[struct{ Result platformDataset }](t, h, "api/v1/rest/dataset/one__a", http.StatusOK).Result
	if a.CategoryCode != "800" || a.Title != "上市公司保險業" || a.Publisher != "臺灣證券交易所" || len(a.Distribution) != 1 || a.Distribution[0].Format != "CSV" {
		t.Errorf("rest/dataset/one__a = %+v", a)
	}
	decode[platformAnswer](t, h, "api/v1/rest/dataset/nothing", http.StatusNotFound)
	decode[platformAnswer](t, h, "api/v1/rest/dataset?limit=x", http.StatusBadRequest)
}

func TestDataJSON(t *testing.T) {
	_, h := newTestHandler(t)
	doc := decode[podCatalog](t, h, "data.json", http.StatusOK)
	if len(doc.Dataset) != 3 || doc.ConformsTo != "https://project-open-data.cio.gov/v1.1/schema" {
		t.Fatalf("data.json has %d datasets, conforms to %q", len(doc.Dataset), doc.ConformsTo)
	}
	for _, d := range doc.Dataset {
		if d.Title == "" || d.Description == "" || d.Modified == "" || d.Publisher.Name == "" || d.ContactPoint.Fn == "" || d.Keyword == nil {
			t.Errorf("data.json lacks a required field: %+v", d)
		}
	}
	if x := doc.Dataset[0].Distribution; len(x) != 1 || x[0].Format != "CSV" {
		t.Errorf("distributions of the first dataset = %+v", x)
	}
}

func TestAtomAndSitemap(t *testing.T) {
	_, h := newTestHandler(t)
	var feed atomFeed
	w := get(h, "feed/atom.xml?source=one")
	if err := xml.Unmarshal(w.Body.Bytes(), &feed); err != nil || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/atom+xml") {
		t.Fatalf("feed/atom.xml = %s, %v", w.Header().Get("Content-Type"), err)
	}
	if len(feed.Entries) != 2 || feed.Entries[0].Title != "Prices" || feed.Entries[0].Updated != "2026-06-01T00:00:00Z" || feed.Entries[1].ID != base.Dataset("one", "a") {
		t.Errorf("feed/atom.xml = %+v, want the dataset that changed last first", feed.Entries)
	}
	if w := get(h, "feed/atom.xml?theme=a/b"); w.Code != http.StatusBadRequest {
		t.Errorf("feed/atom.xml with a bad filter = %d, want 400", w.Code)
	}
	var site struct {
		URLs []sitemapURL `xml:"url"`
	}
	if err := xml.Unmarshal(get(h, "sitemap.xml").Body.Bytes(), &site); err != nil || len(site.URLs) != 3 || !strings.HasPrefix(site.URLs[0].Loc, string(base)) {
		t.Errorf("sitemap.xml = %+v, %v", site.URLs, err)
	}
	if w := get(h, "robots.txt"); !strings.Contains(w.Body.String(), "Sitemap: "+string(base)+"sitemap.xml\n") {
		t.Errorf("robots.txt = %q", w.Body)
	}
	if w := get(h, "sitemap.xml?page=7"); w.Code != http.StatusNotFound {
		t.Errorf("sitemap.xml?page=7 = %d, want 404", w.Code)
	}
}
