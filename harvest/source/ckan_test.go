package source

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	"fincat/harvest/fetch"
	"fincat/harvest/mapping"
	"fincat/vocab/dcat"
	"fincat/vocab/w3ctest"
)

// sharedFile reads a file of the shared data, which is not part of the
// repository because of its licence.
func sharedFile(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(w3ctest.Shared(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// gatherShared gathers a source whose only answers are the given ones, by
// address without the host.
func gatherShared(t *testing.T, kind, address string, answers map[string][]byte) []*mapping.Record {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := answers[r.URL.RequestURI()]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(body) // the client may have gone
	}))
	defer srv.Close()
	client := fetch.Options{AllowPrivate: true}
	s := newSession(t, Config{ID: "shared", Kind: kind, URL: srv.URL + address,
		Policy: fetch.Policy{Rate: fetch.Rate{Every: 1}}}, client, time.Time{})
	var records []*mapping.Record
	k, _ := KindByName(kind)
	for rec, err := range k.Gather(context.Background(), s) {
		if err != nil {
			t.Fatalf("gather %s: %v", address, err)
		}
		records = append(records, rec)
	}
	return records
}

func TestSharedCKAN(t *testing.T) {
	const search = "/api/3/action/package_search?rows=100&sort=id+asc&start=0"
	records := gatherShared(t, "ckan", "/",
		map[string][]byte{search: sharedFile(t, "dcat/ckan-api/demo.ckan.org_package_search.json")})
	var got []string
	for _, r := range records {
		got = append(got, fmt.Sprint(r.Dataset.Title[0].Value, " ", len(r.Dataset.Distribution), " ",
			len(r.Dataset.Keyword)))
	}
	want := []string{"100 Validated Species of Plants 1 3", "規管海外物業銷售 1 2",
		"2016 Regione Asia Est Oceania * Classi di età 1 3"}
	if !slices.Equal(got, want) {
		t.Errorf("demo portal: %q, want %q", got, want)
	}
	records = gatherShared(t, "ckan", "/", map[string][]byte{
		"/api/3/action/package_list":      []byte(`{"success": true, "result": ["x"]}`),
		"/api/3/action/package_show?id=x": sharedFile(t, "dcat/ckan-api/dkan-french-w-license.json"),
	})
	if len(records) != 1 || records[0].Dataset == nil {
		t.Fatalf("DKAN: %d records", len(records))
	}
	d := records[0].Dataset
	if len(d.Distribution) != 2 || len(d.Keyword) != 14 || d.License == "" ||
		d.Modified.Value() != "2019-09-30T22:00:00" {
		t.Errorf("DKAN: %d distributions, %d keywords, licence %q, modified %v", len(d.Distribution), len(d.Keyword),
			d.License, d.Modified)
	}
	if !slices.ContainsFunc(d.Distribution, func(x dcat.Distribution) bool {
		return x.Issued.Value() == "2019-12-19T03:00:00"
	}) {
		t.Errorf("DKAN: no resource of 2019-12-19: %v", d.Distribution)
	}
}
