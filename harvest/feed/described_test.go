package feed

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"fincat/harvest/quality/oas"
)

// TestOpenAPI validates the description of our interfaces with two readers, and asks for
// each address that it names.
func TestOpenAPI(t *testing.T) {
	_, h := newHandlerOver(t, croissantData)
	body := get(h, "openapi.json").Body.Bytes()
	doc, err := openapi3.NewLoader().LoadFromData(body)
	if err == nil {
		err = doc.Validate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if r := oas.Check(t.Context(), body, oas.Dataset{}); !r.Valid {
		t.Errorf("the description is not valid: %+v", r)
	}
	named := map[string]string{"/sparql": "", "/api/3/action/package_show": "?id=one__a",
		"/api/3/action/organization_show": "?id=twse", "/api/3/action/group_show": "?id=800",
		"/croissant.json":             "?dataset=" + base.Dataset("one", "a"),
		"/api/3/action/resource_show": "?id=one__a__1", "/api/3/action/help_show": "?name=package_list"}
	for path, item := range doc.Paths.Map() {
		if path == "/sparql" { // answered elsewhere
			continue
		}
		w := get(h, strings.Replace(path, "{id}", "one__a", 1)+named[path])
		content := item.Get.Responses.Value("200").Value.Content
		media, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
		if w.Code != http.StatusOK || content[media] == nil {
			t.Errorf("GET %s = %d %s, said to be %v", path, w.Code, media, content)
		}
	}
}

func TestAPICatalog(t *testing.T) {
	_, h := newTestHandler(t)
	w := get(h, ".well-known/api-catalog")
	type target struct{ Href string }
	var doc struct {
		Linkset []struct {
			Anchor string
			Item   []target
			Desc   []target `json:"service-desc"`
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || len(doc.Linkset) < 2 {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "application/linkset+json; profile=") {
		t.Errorf("Content-Type: %s", got)
	}
	described := map[string]bool{}
	for _, c := range doc.Linkset[1:] {
		described[c.Anchor] = len(c.Desc) > 0
	}
	if doc.Linkset[0].Anchor != string(base)+".well-known/api-catalog" {
		t.Errorf("the first context is %+v", doc.Linkset[0])
	}
	for _, item := range doc.Linkset[0].Item {
		if !described[item.Href] {
			t.Errorf("%s is not described", item.Href)
		}
	}
}

func TestRSS(t *testing.T) {
	_, h := newHandlerOver(t, ckanData)
	var all, one rssFeed
	for query, into := range map[string]*rssFeed{"": &all, "?dataset=" + base.Dataset("two", "c"): &one} {
		if err := xml.Unmarshal(get(h, "feed/rss.xml"+query).Body.Bytes(), into); err != nil {
			t.Fatal(err)
		}
	}
	if len(all.Channel.Items) != 3 || all.Channel.Items[0].ID != base.Dataset("two", "c") || all.Version != "2.0" ||
		all.Channel.Items[2].Categories[0] != "投資理財" {
		t.Errorf("the feed = %+v", all)
	}
	if len(one.Channel.Items) != 1 || !strings.Contains(get(h, "feed/rss.xml?dataset="+base.Dataset("two", "c")).Body.
		String(), `rel="self" type="application/rss+xml" href="`+string(base)+"feed/rss.xml?dataset=http") {
		t.Errorf("the feed of one = %+v", one)
	}
	for _, item := range all.Channel.Items {
		if _, err := time.Parse(time.RFC1123, item.Published); err != nil {
			t.Errorf("%s: %v", item.ID, err)
		}
	}
	if w := get(h, "feed/atom.xml?dataset=x:y"); w.Code != http.StatusNotFound {
		t.Errorf("a feed of nothing = %d", w.Code)
	}
}
