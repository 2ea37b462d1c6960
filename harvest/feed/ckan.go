package feed

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"fincat/harvest/queries"
	"fincat/vocab/dcat"
)

// Types of the CKAN Action API, as harvesters of CKAN read them.
type (
	ckanPackage struct {
		ID            string         `json:"id"`
		Name          string         `json:"name"`
		Title         string         `json:"title"`
		Notes         string         `json:"notes"`
		URL           string         `json:"url,omitempty"`
		State         string         `json:"state"`
		Type          string         `json:"type"`
		Private       bool           `json:"private"`
		LicenseID     string         `json:"license_id,omitempty"`
		LicenseURL    string         `json:"license_url,omitempty"`
		Created       string         `json:"metadata_created"`
		Modified      string         `json:"metadata_modified"`
		Author        string         `json:"author,omitempty"`
		Organization  *ckanOrg       `json:"organization"`
		Resources     []ckanResource `json:"resources"`
		NumResources  int            `json:"num_resources"`
		Tags          []ckanTag      `json:"tags"`
		NumTags       int            `json:"num_tags"`
		Groups        []ckanOrg      `json:"groups"`
		Extras        []ckanExtra    `json:"extras"`
		Relationships []string       `json:"relationships_as_subject"`
	}
	ckanOrg struct {
		ID    string `json:"id"`
		Name  string `json:"name"`
		Title string `json:"title"`
	}
	ckanResource struct {
		ID          string `json:"id"`
		PackageID   string `json:"package_id"`
		URL         string `json:"url"`
		Name        string `json:"name"`
		Description string `json:"description"`
		Format      string `json:"format"`
		Mimetype    string `json:"mimetype,omitempty"`
		Position    int    `json:"position"`
		State       string `json:"state"`
	}
	ckanTag struct {
		Name        string `json:"name"`
		DisplayName string `json:"display_name"`
	}
	ckanExtra struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	}
	ckanAnswer struct {
		Help    string     `json:"help"`
		Success bool       `json:"success"`
		Result  any        `json:"result,omitempty"`
		Error   *ckanError `json:"error,omitempty"`
	}
	ckanError struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	ckanFound struct {
		Count   int            `json:"count"`
		Sort    string         `json:"sort"`
		Results []*ckanPackage `json:"results"`
		Facets  struct{}       `json:"search_facets"`
	}
)

// packageSearch answers /api/3/action/package_search. It knows q, rows, start,
// and of fq what harvesters send: organization and metadata_modified.
func (h *Handler) packageSearch(w http.ResponseWriter, r *http.Request) {
	v := r.URL.Query()
	rows, err := bounded(v.Get("rows"), 10, maxPageSize)
	if err != nil {
		h.ckanFail(w, r, http.StatusConflict, "Validation Error", "rows: "+err.Error())
		return
	}
	start, err := bounded(v.Get("start"), 0, math.MaxInt32)
	if err != nil {
		h.ckanFail(w, r, http.StatusConflict, "Validation Error", "start: "+err.Error())
		return
	}
	filter, err := h.ckanFilter(v)
	if err != nil {
		h.ckanFail(w, r, http.StatusConflict, "Search Query Error", err.Error())
		return
	}
	h.withSnapshot(w, r, func(rd *reader) error {
		count, err := h.solutions(rd.ctx, rd.sn.Seq(), "selection-count", &page{filter: filter}, 0, 0)
		if err != nil {
			return err
		}
		found := ckanFound{Sort: "id asc", Results: []*ckanPackage{}}
		if found.Count, err = strconv.Atoi(count[0][0].Value()); err != nil {
			return err
		}
		err = rd.each(filter, rows, start, func(e *entry) error {
			p, err := rd.ckan(e)
			found.Results = append(found.Results, p)
			return err
		})
		if err != nil {
			return err
		}
		return h.sendJSON(w, r, rd, ckanAnswer{Help: h.ckanHelp("package_search"), Success: true, Result: found})
	})
}

// packageShow answers /api/3/action/package_show for an id or name.
func (h *Handler) packageShow(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("id")
	h.withSnapshot(w, r, func(rd *reader) error {
		e, err := rd.entry(string(h.Base) + "dataset/" + strings.Replace(id, ckanSeparator, "/", 1))
		if err != nil {
			return err
		}
		if e == nil || id == "" || len(e.Title) == 0 {
			h.ckanFail(w, r, http.StatusNotFound, "Not Found Error", "Not found")
			return nil
		}
		p, err := rd.ckan(e)
		if err != nil {
			return err
		}
		return h.sendJSON(w, r, rd, ckanAnswer{Help: h.ckanHelp("package_show"), Success: true, Result: p})
	})
}

func (h *Handler) ckanHelp(action string) string {
	return string(h.Base) + "api/3/action/help_show?name=" + action
}

func (h *Handler) ckanFail(w http.ResponseWriter, r *http.Request, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	writeJSON(w, ckanAnswer{Help: h.ckanHelp(strings.TrimPrefix(r.URL.Path, "/api/3/action/")), Error: &ckanError{kind, message}})
}

// bounded reads a number from 0 to most.
func bounded(s string, otherwise, most int) (int, error) {
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is no number from 0 to %d", s, most)
	}
	return min(n, most), nil
}

var fqPattern = regexp.MustCompile(`^\+?(organization|metadata_modified):(?:"([^"]*)"|\[(\S+) TO \*\]|(\S+))\s*`)

// ckanFilter reads q and fq.
func (h *Handler) ckanFilter(v url.Values) (queries.Filter, error) {
	params := url.Values{}
	if q := strings.TrimSpace(v.Get("q")); q != "*:*" && q != "*" {
		params.Set("q", q)
	}
	for rest := strings.TrimSpace(v.Get("fq")); rest != ""; {
		m := fqPattern.FindStringSubmatch(rest)
		switch {
		case m == nil:
			return queries.Filter{}, fmt.Errorf("fq: %q is not understood; there are organization:ID and metadata_modified:[TIME TO *]", rest)
		case m[1] == "organization":
			params.Set("publisher", m[2]+m[4])
		default:
			params.Set("modified_since", m[2]+m[3]+m[4])
		}
		rest = rest[len(m[0]):]
	}
	return queries.ParseFilter(h.Base, params)
}

// ckanSeparator joins source and identifier, since names have no slash.
const ckanSeparator = "__"

// ckan turns an entry into a package.
func (rd *reader) ckan(e *entry) (*ckanPackage, error) {
	id := strings.Replace(e.path(rd.h.Base), "/", ckanSeparator, 1)
	p := &ckanPackage{
		ID: id, Name: id, Title: e.title(), Notes: e.text(), State: "active", Type: "dataset", LicenseURL: e.License,
		Created: zoneless(e.added), Modified: zoneless(e.changed), Resources: []ckanResource{}, Tags: []ckanTag{}, Groups: []ckanOrg{}, Relationships: []string{},
		Extras: []ckanExtra{{"uri", e.IRI}, {"identifier", e.Identifier}},
	}
	if same := e.origins(); len(same) > 0 {
		p.Extras = append(p.Extras, ckanExtra{"sameAs", strings.Join(same, " ")})
	}
	var err error
	if p.Author, err = rd.name(e.owner); err != nil {
		return nil, err
	}
	if e.publisher != "" {
		short := e.publisher[strings.LastIndexByte(e.publisher, '/')+1:]
		p.Organization = &ckanOrg{ID: short, Name: short}
		if p.Organization.Title, err = rd.name(e.publisher); err != nil {
			return nil, err
		}
	}
	if len(e.LandingPage) > 0 {
		p.URL = e.LandingPage[0]
	}
	if e.License == dcat.OGDL {
		p.LicenseID = "OGDL-Taiwan-1.0"
	}
	for _, k := range e.Keyword {
		p.Tags = append(p.Tags, ckanTag{k.Value, k.Value})
	}
	for i := range e.Distribution {
		d := &e.Distribution[i]
		p.Resources = append(p.Resources, ckanResource{
			ID: fmt.Sprintf("%s%s%d", id, ckanSeparator, i+1), PackageID: id, URL: address(d), Position: i, State: "active",
			Name: dcat.Best(d.Title, dcat.ZHTW), Description: dcat.Best(d.Description, dcat.ZHTW), Format: formatName(d), Mimetype: dcat.MediaTypeOf(d.MediaType),
		})
	}
	p.NumResources, p.NumTags = len(p.Resources), len(p.Tags)
	return p, nil
}

// zoneless drops the Z, since CKAN's times are UTC without saying so.
func zoneless(t string) string { return strings.TrimSuffix(t, "Z") }
