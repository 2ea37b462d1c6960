package feed

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"
)

type (
	linkTarget struct {
		Href string `json:"href"`
		Type string `json:"type,omitempty"`
	}
	linkContext struct {
		Anchor string       `json:"anchor"`
		Items  []linkTarget `json:"item,omitempty"`
		Desc   []linkTarget `json:"service-desc,omitempty"`
		Doc    []linkTarget `json:"service-doc,omitempty"`
	}
)

// apiCatalog lists our interfaces as a link set (RFC 9727 §3, RFC 9264 §4.2): for each
// its description for programs, where it has one, and for people.
func (h *Handler) apiCatalog(w http.ResponseWriter, r *http.Request) {
	at := func(path string) string { return string(h.Base) + path }
	about := []linkTarget{{at("about"), "text/html"}}
	self := linkContext{Anchor: at(".well-known/api-catalog")}
	set := []linkContext{}
	for _, x := range []struct{ path, desc, mediaType, doc string }{
		{"sparql", "sparql", "text/turtle", ""},
		{"catalog", "profile/tw", "text/turtle", ""},
		{"feed/ldes", "feed/ldes", "text/turtle", ""},
		{"oai", "oai?verb=Identify", "text/xml", "https://www.openarchives.org/OAI/openarchivesprotocol.html"},
		{"api/3/action/", "openapi.json", openAPIType, "https://docs.ckan.org/en/2.10/api/"},
		{"api/v1/rest/dataset", "openapi.json", openAPIType, ""},
		{"data.json", "openapi.json", openAPIType, "https://resources.data.gov/resources/dcat-us/"},
	} {
		self.Items = append(self.Items, linkTarget{Href: at(x.path)})
		c := linkContext{Anchor: at(x.path), Desc: []linkTarget{{at(x.desc), x.mediaType}}, Doc: about}
		if x.doc != "" {
			c.Doc = append([]linkTarget{{x.doc, "text/html"}}, about...)
		}
		set = append(set, c)
	}
	body, err := json.Marshal(map[string]any{"linkset": append([]linkContext{self}, set...)})
	if err != nil {
		h.fail(w, r, err)
		return
	}
	const mediaType = `application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"`
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("ETag", entityTag(0, string(body)))
	w.Header().Set("Link", `<`+self.Anchor+`>; rel="api-catalog"`)
	w.Header().Set("Access-Control-Allow-Origin", "*")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// openAPIType is the media type of a description in OpenAPI.
const openAPIType = "application/vnd.oai.openapi+json;version=3.1"
