package feed

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/vocab/dcat"
)

// ckanData adds keywords, licences and themes to the small catalogue.
const ckanData = catalogue + `
<graph/org> { <theme/800> <http://www.w3.org/2004/02/skos/core#prefLabel> "投資理財"@zh-Hant-TW . }
<graph/one/a> {
  <dataset/one/a> dcat:keyword "保險"@zh-Hant-TW, "上市" ; dct:license <https://data.gov.tw/license> .
  <distribution/one/a/1> dcat:downloadURL <https://twse.example/a.csv> ; dcat:byteSize 12 .
}
<graph/one/b> {
  <dataset/one/b> dcat:keyword "上市" .
  <distribution/one/b/1> dct:license <https://creativecommons.org/licenses/by-nc/4.0/> .
}
`

type ckanReply[T any] struct {
	Help    string
	Success bool
	Result  T
	Error   map[string]any
}

// call asks an action with GET.
func call[T any](t *testing.T, h http.Handler, query string) T {
	t.Helper()
	a := decode[ckanReply[T]](t, h, "api/3/action/"+query, http.StatusOK)
	if !a.Success || !strings.Contains(a.Help, "help_show?name=") {
		t.Errorf("%s has success %v, help %q", query, a.Success, a.Help)
	}
	return a.Result
}

func TestCKANSearch(t *testing.T) {
	_, h := newHandlerOver(t, ckanData)
	for query, want := range map[string]string{
		"": "3 [two__c one__b one__a]", "?q=*:*&rows=2&sort=name+asc": "3 [one__a one__b]",
		"?rows=2&start=2&sort=id+asc": "3 [two__c]", "?rows=0": "3 []", "?q=%E4%BF%9D%E9%9A%AA": "2 [two__c one__a]",
		"?q=title:prices": "1 [one__b]", "?fq=organization:cdic": "0 []", "?fq=owner:cdic": "1 [two__c]",
		"?fq=organization:twse&sort=title+desc":                                       "3 [two__c one__a one__b]",
		"?fq=metadata_modified:[2026-06-01T00:00:00Z%20TO%20*]":                       "2 [two__c one__b]",
		"?fq=%2Borganization:%22twse%22%20%2Bmetadata_modified:[2026-06-02%20TO%20*]": "1 [two__c]",
		"?fq=tags:(%E4%BF%9D%E9%9A%AA+OR+%E4%B8%8A%E5%B8%82)":                         "2 [one__b one__a]",
		"?fq=-tags:%E4%B8%8A%E5%B8%82":                                                "1 [two__c]",
		"?fq=res_format:csv":                                                          "1 [one__a]",
		"?fq=license_id:OGDL-Taiwan-1.0":                                              "1 [one__a]",
		"?fq=license_id:CC-BY-NC-4.0":                                                 "1 [one__b]",
		"?fq=groups:800":                                                              "1 [one__a]",
		"?fq=source:two":                                                              "1 [two__c]",
		"?fq=dataset_type:dataset":                                                    "3 [two__c one__b one__a]",
		`?fq_list=["source:one","tags:*"]&sort=metadata_modified+asc`:                 "2 [one__a one__b]",
	} {
		found := call[struct {
			Count   int
			Results []ckanPackage
		}](t, h, "package_search"+query)
		names := []string{}
		for _, p := range found.Results {
			names = append(names, p.Name)
		}
		if got := fmt.Sprint(found.Count, names); got != want {
			t.Errorf("package_search%s = %s, want %s", query, got, want)
		}
	}
}

func TestCKANFacets(t *testing.T) {
	_, h := newHandlerOver(t, ckanData)
	found := call[ckanFound](t, h, `package_search?rows=0&facet.limit=2&facet.field=["organization","tags",`+
		`"res_format","groups","license_id"]`)
	if got := fmt.Sprint(found.Facets); got != "map[groups:map[800:1] "+
		"license_id:map[CC-BY-NC-4.0:1 OGDL-Taiwan-1.0:1] organization:map[twse:3] "+
		"res_format:map[CSV:1 JSON:1] tags:map[上市:2 保險:1]]" {
		t.Errorf("facets = %s", got)
	}
	if x := found.Items["organization"]; len(x.Items) != 1 || x.Items[0].DisplayName != "臺灣證券交易所" {
		t.Errorf("organization = %+v", x)
	}
	if x := found.Items["groups"]; len(x.Items) != 1 || x.Items[0].DisplayName != "投資理財" {
		t.Errorf("groups = %+v", x)
	}
	for facet, values := range found.Facets { // what a facet counts, fq selects
		for value, n := range values {
			some := call[ckanFound](t, h, `package_search?rows=0&fq=`+facet+":"+value)
			if some.Count != n {
				t.Errorf("%s:%s selects %d, the facet says %d", facet, value, some.Count, n)
			}
		}
	}
}

func TestCKANActions(t *testing.T) {
	_, h := newHandlerOver(t, ckanData)
	for query, want := range map[string]string{
		"package_list": "[one__a one__b two__c]", "package_list?limit=1&offset=1": "[one__b]",
		"organization_list": "[twse]", "group_list": "[800]", "tag_list": "[上市 保險]",
		"tag_list?query=%E4%BF%9D": "[保險]", "organization_list?organizations=x": "[]",
	} {
		if got := fmt.Sprint(call[[]string](t, h, query)); got != want {
			t.Errorf("%s = %s, want %s", query, got, want)
		}
	}
	one := call[ckanPackage](t, h, "package_show?id=one__a")
	if one.Title != "上市公司保險業" || one.Organization.Name != "twse" || one.OwnerOrg != "twse" || !one.IsOpen ||
		one.LicenseID != "OGDL-Taiwan-1.0" || one.NumTags != 2 || one.Groups[0].Title != "投資理財" ||
		one.Modified != "2026-01-01T00:00:00" || one.Resources[0].Size != "12" {
		t.Errorf("package_show = %+v", one)
	}
	c := call[ckanPackage](t, h, "package_show?id=two__c")
	if c.Author != "中央存款保險公司" || !slices.Contains(c.Extras, ckanExtra{"owner", "cdic"}) {
		t.Errorf("package_show = %+v", c)
	}
	if r := call[ckanResource](t, h, "resource_show?id="+one.Resources[0].ID); r != one.Resources[0] {
		t.Errorf("resource_show = %+v, want %+v", r, one.Resources[0])
	}
	all := call[[]ckanPackage](t, h, "current_package_list_with_resources?limit=2")
	if len(all) != 2 || all[0].Name != "two__c" {
		t.Errorf("current_package_list_with_resources = %+v", all)
	}
	org := call[ckanGroup](t, h, "organization_show?id=twse&include_datasets=true")
	if org.Title != "臺灣證券交易所" || *org.Packages != 3 || len(org.Datasets) != 3 || !org.IsOrganization {
		t.Errorf("organization_show = %+v", org)
	}
	if g := call[ckanGroup](t, h, "group_show?id=800"); g.Title != "投資理財" || *g.Packages != 1 || g.IsOrganization {
		t.Errorf("group_show = %+v", g)
	}
	if s := call[map[string]any](t, h, "status_show"); s["site_title"] != "目錄" || s["ckan_version"] != ckanVersion {
		t.Errorf("status_show = %v", s)
	}
	licences := call[[]struct{ ID, URL string }](t, h, "license_list")
	if len(licences) != len(dcat.Licences()) || licences[0].ID != "OGDL-Taiwan-1.0" {
		t.Errorf("license_list = %v", licences)
	}
	for name := range ckanActions {
		if help := call[string](t, h, "help_show?name="+name); help == "" {
			t.Errorf("help_show says nothing of %s", name)
		}
	}
}

// TestCKANPost sends parameters as clients do.
func TestCKANPost(t *testing.T) {
	_, h := newHandlerOver(t, ckanData)
	for _, tt := range []struct{ path, media, body string }{
		{"/api/action/package_search", "application/json", `{"fq": "tags:保險", "rows": 5, "facet.field": ["tags"]}`},
		{"/api/3/action/package_search", "application/x-www-form-urlencoded", `{"fq": "tags:保險"}`},
		{"/api/3/action/package_search", "application/x-www-form-urlencoded", "fq=tags%3A%E4%BF%9D%E9%9A%AA&rows=5"},
		{"/api/3/action/package_search?fq=tags:%E4%BF%9D%E9%9A%AA", "", ""},
	} {
		w := post(h, tt.path, tt.media, tt.body)
		var a ckanReply[ckanFound]
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusOK || a.Result.Count != 1 {
			t.Errorf("POST %s %q = %d %s", tt.path, tt.body, w.Code, w.Body)
		}
	}
}

func post(h http.Handler, path, media, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", media)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestCKANFaults asks for what is not understood: nothing is passed over in silence.
func TestCKANFaults(t *testing.T) {
	_, h := newHandlerOver(t, ckanData)
	for query, want := range map[string]string{
		"package_search?rows=x":                         "409 Validation Error rows",
		"package_search?start=-1":                       "409 Validation Error start",
		"package_search?fq=nothing:x":                   "409 Search Query Error message",
		"package_search?q=(":                            "409 Search Query Error message",
		"package_search?sort=nothing+asc":               "409 Search Query Error message",
		"package_search?facet.field=title":              "409 Validation Error facet.field",
		"package_search?facet.field=[1]":                "409 Validation Error facet.field",
		"package_search?nothing=1":                      "409 Validation Error nothing",
		"package_search?include_private=maybe":          "409 Validation Error include_private",
		"package_show":                                  "409 Validation Error id",
		"package_show?id=nothing":                       "404 Not Found Error message",
		"package_show?id=one__a&id=two__c":              "409 Validation Error id",
		"resource_show?id=one__a__nothing":              "404 Not Found Error message",
		"organization_show?id=nothing":                  "404 Not Found Error message",
		"organization_list?sort=size":                   "409 Validation Error sort",
		"help_show?name=nothing":                        "404 Not Found Error message",
		"tag_list?all_fields=perhaps":                   "409 Validation Error all_fields",
		"package_search?%zz":                            "400 Bad Request message",
		"current_package_list_with_resources?limit=ten": "409 Validation Error limit",
	} {
		w := get(h, "api/3/action/"+query)
		var a ckanReply[any]
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || a.Success {
			t.Errorf("%s = %s", query, w.Body)
			continue
		}
		got := fmt.Sprint(w.Code, " ", a.Error["__type"])
		for name := range a.Error {
			if name != "__type" {
				got += " " + name
			}
		}
		if got != want {
			t.Errorf("%s = %s, want %s", query, got, want)
		}
	}
	if w := get(h, "api/3/action/package_create"); w.Code != http.StatusBadRequest ||
		!strings.Contains(w.Body.String(), "Action name not known") {
		t.Errorf("an unknown action = %d %s", w.Code, w.Body)
	}
	long := `{"q": "` + strings.Repeat("x", maxCKANBody) + `"}`
	for _, body := range []string{"{", "[]", `"x"`, long} {
		if w := post(h, "/api/3/action/package_search", "application/json", body); w.Code != http.StatusBadRequest {
			t.Errorf("POST %.20s = %d %s", body, w.Code, w.Body)
		}
	}
}

// TestCKANSince asks for what has changed since a visit, which finds whatever was seen
// since then, and what the answer says of it fits.
func TestCKANSince(t *testing.T) {
	_, h := newHandlerOver(t, ckanData)
	found := call[ckanFound](t, h, "package_search?sort=metadata_modified+asc")
	for i, p := range found.Results {
		at, err := time.Parse("2006-01-02T15:04:05", p.Modified)
		if err != nil {
			t.Fatal(err)
		}
		from := at.Format(time.RFC3339) + "%20TO%20*]"
		since := call[ckanFound](t, h, "package_search?rows=0&fq=metadata_modified:["+from)
		after := call[ckanFound](t, h, "package_search?rows=0&fq=metadata_modified:{"+from)
		if since.Count != len(found.Results)-i || after.Count != since.Count-1 {
			t.Errorf("since %s: %d, after it %d", p.Modified, since.Count, after.Count)
		}
	}
}

// TestCKANNames names organisations of the directory, others that sources name, and those
// of other catalogues apart.
func TestCKANNames(t *testing.T) {
	seen := map[string]string{}
	for _, iri := range []string{base.Org("twse"), base.Agent("twse"), base.Agent("數位發展部"),
		"https://e.tw/org/twse", "https://f.tw/org/twse"} {
		name := ckanOrganisation(base, iri)
		if before, ok := seen[name]; ok || name == "" || strings.ContainsAny(name, "/: ") {
			t.Errorf("%s is called %q, as is %s", iri, name, before)
		}
		seen[name] = iri
	}
	if seen["twse"] != base.Org("twse") || seen["agent-twse"] != base.Agent("twse") {
		t.Errorf("names = %v", seen)
	}
}
