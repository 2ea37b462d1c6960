package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/harvest/fetch"
	"fincat/vocab/w3ctest"
)

// sharedRules say what each file of the shared data is: the first rule whose
// pattern is a prefix of the name, or matches it, holds. A file without a kind
// is no source; why says what it is instead, or which test takes it.
var sharedRules = []struct {
	pattern, kind, why string
	config             func(*Config)
}{
	{pattern: "*/README.md", why: "documentation"},
	{pattern: "README.md", why: "documentation"},
	{pattern: "dcat/portals/csw/", why: "answers of CSW, which is not harvested"},
	{pattern: "dcat/iso19115/", why: "ISO 19115, which is not harvested"},
	{pattern: "dcat/oai-pmh/", why: "TestSharedOAI"},
	{pattern: "dcat/vocab/", why: "vocabularies"},
	{pattern: "dcat/authority/", why: "code lists"},
	{pattern: "dcat/mqa/", why: "code lists"},
	{pattern: "dcat/*/*/shacl/*", why: "shapes"},
	{pattern: "dcat/*/shape.ttl", why: "shapes"},
	{pattern: "dcat/dcat-ap/feeds/", why: "shapes"},
	{pattern: "dcat/*/*/context/*", why: "contexts"},
	{pattern: "dcat/*/*/examples/context.jsonld", why: "contexts"},
	{pattern: "dcat/*/*/jsonschema/", why: "JSON schemas"},
	{pattern: "dcat/dcat-us/1.1/jsonschema/", why: "JSON schemas"},
	{pattern: "dcat/dcat-us/3.0/jsonschema/", why: "JSON schemas"},
	{pattern: "dcat/dcat-us/1.1/samples/", kind: "datajson"},
	{pattern: "dcat/dcat-us/harvest-samples/", kind: "datajson"},
	{pattern: "dcat/portals/udata-dcat/evian.json", kind: "datajson"},
	{pattern: "dcat/ckan-api/ckanext-dcat/catalog", kind: "datajson"},
	{pattern: "dcat/ckan-api/ckanext-dcat/dataset.json", kind: "datajson"},
	{pattern: "dcat/ckan-api/", kind: "ckan"},
	{pattern: "dcat/schema-org/", kind: "schemaorg"},
	{pattern: "dcat/openapi/", kind: "openapi"},
	{pattern: "dcat/portals/", kind: "dcat"},
	{pattern: "dcat/examples/", kind: "dcat"},
	{pattern: "dcat/dcat-ap/", kind: "dcat"},
	{pattern: "dcat/dcat-us/3.0/examples/", kind: "dcat"},
	{pattern: "taiwan/data.gov.tw/catalog/usage-2018-07", kind: "table", config: func(c *Config) {
		c.Table = &Table{Columns: map[string]string{"title": "資料集名稱", "publisher": "提供機關名稱", "issued": "上架日"}}
	}},
	{pattern: "taiwan/data.gov.tw/catalog/", kind: "datagovtw"},
	{pattern: "taiwan/data.gov.tw/dcat/", kind: "datagovtw"},
	{pattern: "taiwan/data.gov.tw/api/front-list-response.reconstructed.json",
		why: "TestKinds, datagovtw-front: the answer to a POST"},
	{pattern: "taiwan/data.gov.tw/api/v2-dataset-18420.reconstructed.json", kind: "datagovtw"},
	{pattern: "taiwan/data.gov.tw/api/", why: "bodies of requests and lists of routes"},
	{pattern: "taiwan/data.gov.tw/spec/*.swagger.yaml", kind: "openapi"},
	{pattern: "taiwan/data.gov.tw/spec/", why: "texts and code lists"},
	{pattern: "taiwan/openapi/responses/", why: "answers with data, not metadata"},
	{pattern: "taiwan/openapi/government-openapi-directory.csv", kind: "table", config: func(c *Config) {
		c.Table = &Table{Columns: map[string]string{"identifier": "id", "title": "platform_name",
			"publisher": "agency", "description": "description", "landingPage": "website"}}
	}},
	{pattern: "taiwan/openapi/*-endpoints-*.json", kind: "table", config: func(c *Config) {
		c.Table = &Table{Columns: map[string]string{"identifier": "path", "title": "summary"}}
	}},
	{pattern: "taiwan/openapi/", kind: "openapi"},
	{pattern: "taiwan/html/bureau-list-page", kind: "html", config: func(c *Config) {
		c.HTML = &HTML{Record: "div.whitebackground", Fields: map[string]string{"title": ".ptitle1 a",
			"downloadURL": ".ptitle1 a@href", "modified": ".pdate1"}}
	}},
	{pattern: "taiwan/html/isin-list", kind: "html", config: func(c *Config) {
		c.HTML = &HTML{Record: "tr:has(td:nth-child(5))", Fields: map[string]string{"title": "td:nth-child(1)",
			"identifier": "td:nth-child(2)", "issued": "td:nth-child(3)"}}
	}},
	{pattern: "taiwan/html/data-gov-tw-dataset", kind: "html", config: func(c *Config) {
		c.HTML = &HTML{Record: "body", Fields: map[string]string{"title": "h2",
			"downloadURL": ".table-row:nth-child(2) a@href", "publisher": ".table-row:nth-child(3) a",
			"issued": ".table-row:nth-child(7) .table-cell:nth-child(2)"}}
	}},
	{pattern: "taiwan/html/", why: "a tree of agencies"},
	{pattern: "taiwan/directory/", why: "organisations"},
	{pattern: "taiwan/identifiers/", why: "companies and securities"},
	{pattern: "taiwan/samples/", why: "data files"},
	{pattern: "taiwan/links/", why: "decided links and owners"},
	{pattern: "taiwan/quality/", why: "data files and badges"},
}

// TestSharedFiles gathers every file of the shared data that is a source, and
// compares what came with testdata/shared.txt: kind, records, those that could
// not be mapped, distributions, problems, and the rule of the error that ended
// the gathering. -update rewrites the file.
func TestSharedFiles(t *testing.T) {
	var names []string
	for _, folder := range []string{"dcat", "taiwan"} {
		root := w3ctest.Shared(t, folder)
		err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				rel, _ := filepath.Rel(filepath.Dir(root), p)
				names = append(names, filepath.ToSlash(rel))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(names)
	var got strings.Builder
	sources := 0
	for _, name := range names {
		i := slices.IndexFunc(sharedRules, func(r struct {
			pattern, kind, why string
			config             func(*Config)
		}) bool {
			ok, err := path.Match(r.pattern, name)
			return err == nil && ok || strings.HasPrefix(name, r.pattern)
		})
		switch {
		case i < 0:
			t.Errorf("%s: no rule says what it is", name)
			continue
		case sharedRules[i].kind == "":
			continue
		case testing.Short() && strings.Contains(name, "all-datasets"):
			continue
		}
		sources++
		cfg := Config{ID: "shared", Kind: sharedRules[i].kind}
		if sharedRules[i].config != nil {
			sharedRules[i].config(&cfg)
		}
		fmt.Fprintf(&got, "%s %s %s\n", cfg.Kind, name, gatherFile(t, cfg, name))
	}
	t.Logf("%d of %d files are sources", sources, len(names))
	if !testing.Short() {
		compareFile(t, filepath.Join("testdata", "shared.txt"), []byte(got.String()))
	}
}

// gatherFile gathers a source that is one file, and sums up what came.
func gatherFile(t *testing.T, cfg Config, name string) string {
	t.Helper()
	body := sharedFile(t, name)
	at, query := "/"+path.Base(strings.ReplaceAll(name, " ", "_")), ""
	if cfg.Kind == "ckan" {
		at, query, body = "/api/3/action/package_search", "?rows=100&sort=id+asc&start=0", ckanAnswer(t, body)
	}
	dkan := strings.Contains(name, "/dkan-")
	if cfg.Kind == "datajson" && path.Base(name) == "dataset.json" {
		body = slices.Concat([]byte("["), body, []byte("]"))
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if uri, ok := strings.CutPrefix(r.URL.RequestURI(), "/portal.example/api/3/action/package_"); ok && dkan {
			answer := []byte(`{"success": true, "result": ["x"]}`)
			if uri == "show?id=x" {
				answer = sharedFile(t, name)
			}
			if uri == "list" || uri == "show?id=x" {
				_, _ = w.Write(answer)
				return
			}
		}
		if dkan || r.URL.RequestURI() != "/portal.example"+at+query {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", map[string]string{".html": "text/html", ".jsonld": "application/ld+json",
			".ttl": "text/turtle"}[path.Ext(name)])
		_, _ = w.Write(body) // the client may have gone
	}))
	defer srv.Close()
	client := fetch.Options{Replay: srv.URL}
	cfg.URL, cfg.Rate.Every, cfg.MaxBytes = "https://portal.example"+at, 1, 1<<30
	s := newSession(t, cfg, client, time.Time{})
	kind, _ := KindByName(cfg.Kind)
	records, failed, distributions, problems, rule := 0, 0, 0, 0, ""
	ids := map[string]bool{}
	for r, err := range kind.Gather(context.Background(), s) {
		var e *Error
		if errors.As(err, &e) {
			rule = " " + e.Rule
			break
		} else if err != nil {
			t.Errorf("%s: %v is no *Error", name, err)
			break
		}
		problems += len(r.Problems)
		if r.Dataset == nil {
			failed++
			continue
		}
		records++
		distributions += len(r.Dataset.Distribution)
		if r.ID == "" {
			t.Errorf("%s: a record has no identifier", name)
		}
		ids[r.ID] = true
		r.Dataset.Assign("https://data.example.tw/", "shared", r.ID)
		for _, tr := range r.Dataset.Triples() {
			if tr.Subject.IsBlankNode() || tr.Object.IsBlankNode() {
				t.Errorf("%s: a blank node is left: %v", name, tr)
				break
			}
		}
	}
	if len(ids) < records {
		rule += fmt.Sprintf(" (%d identifiers)", len(ids))
	}
	return fmt.Sprintf("%d+%d %d %d%s", records, failed, distributions, problems+len(s.Found.Problems), rule)
}

// ckanAnswer makes the answer of package_search of whatever a file holds of
// CKAN: such an answer, one of package_show, one dataset or several.
func ckanAnswer(t *testing.T, body []byte) []byte {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	var list []any
	switch v := v.(type) {
	case []any:
		list = v
	case map[string]any:
		switch result := v["result"].(type) {
		case []any:
			list = result
		case map[string]any:
			if result["results"] != nil {
				return body
			}
			list = []any{result}
		default:
			list = []any{v}
		}
		if records, ok := v["records"].([]any); ok {
			list = nil
			for _, r := range records {
				list = append(list, r.(map[string]any)["aspects"].(map[string]any)["ckan-dataset"])
			}
		}
	}
	out, err := json.Marshal(map[string]any{"success": true,
		"result": map[string]any{"count": len(list), "results": list}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSharedOAI harvests the repository of the shared answers: three of its
// eight records are deleted ones, one lacks its identifier, and an answer to
// another request is none to ListRecords.
func TestSharedOAI(t *testing.T) {
	folder := w3ctest.Shared(t, "dcat/oai-pmh")
	run := func(listRecords string) (records, deleted, failed int, rule string) {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			name := q.Get("verb") + ".xml"
			if q.Get("verb") == "ListRecords" {
				name = listRecords
			}
			if token := q.Get("resumptionToken"); token != "" {
				name = token
			}
			body, err := os.ReadFile(filepath.Join(folder, filepath.Base(name)))
			if err != nil {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "text/xml")
			_, _ = w.Write(body)
		}))
		defer srv.Close()
		s := testSession(t, Config{URL: srv.URL + "/oai", Policy: fetch.Policy{Robots: "ignore"}},
			fetch.Options{AllowPrivate: true})
		for r, err := range gatherOAI(t.Context(), s) {
			var e *Error
			switch {
			case errors.As(err, &e):
				rule = e.Rule
			case err != nil:
				t.Errorf("%v is no *Error", err)
			case r.Deleted:
				deleted++
			case r.Dataset == nil:
				failed++
			default:
				records++
			}
		}
		return
	}
	for _, tt := range []struct {
		file                     string
		records, deleted, failed int
		rule                     string
	}{
		{"ListRecords.xml", 4, 3, 1, ""},
		{"ListRecords4.xml", 1, 0, 1, ""},
		{"ListRecordsBroken.xml", 0, 0, 0, "xml"},
		{"noRecordsMatch.xml", 0, 0, 0, ""},
		{"badArgument.xml", 0, 0, 0, "oai-badArgument"},
		{"badResumptionToken.xml", 0, 0, 0, "oai-badResumptionToken"},
		{"cannotDisseminateFormat.xml", 0, 0, 0, "oai-cannotDisseminateFormat"},
		{"idDoesNotExist.xml", 0, 0, 0, "oai-idDoesNotExist"},
		{"noSetHierarchy.xml", 0, 0, 0, "oai-noSetHierarchy"},
		{"undefinedError.xml", 0, 0, 0, "oai-undefinedError"},
		{"GetRecord.xml", 1, 0, 0, ""},
		{"GetRecord_utf8test.xml", 1, 0, 0, ""},
		{"ListIdentifiers.xml", 0, 0, 0, "oai"},
		{"ListSets.xml", 0, 0, 0, "oai"},
	} {
		if r, d, f, rule := run(tt.file); r != tt.records || d != tt.deleted || f != tt.failed || rule != tt.rule {
			t.Errorf("%s: %d records, %d deleted, %d failed, rule %q, want %d, %d, %d, %q", tt.file, r, d, f, rule,
				tt.records, tt.deleted, tt.failed, tt.rule)
		}
	}
}
