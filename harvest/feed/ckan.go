package feed

import (
	"strings"

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
		LicenseTitle  string         `json:"license_title,omitempty"`
		LicenseURL    string         `json:"license_url,omitempty"`
		IsOpen        bool           `json:"isopen"`
		Created       string         `json:"metadata_created"`
		Modified      string         `json:"metadata_modified"`
		Author        string         `json:"author,omitempty"`
		OwnerOrg      string         `json:"owner_org,omitempty"`
		Organization  *ckanGroup     `json:"organization"`
		Resources     []ckanResource `json:"resources"`
		NumResources  int            `json:"num_resources"`
		Tags          []ckanTag      `json:"tags"`
		NumTags       int            `json:"num_tags"`
		Groups        []*ckanGroup   `json:"groups"`
		Extras        []ckanExtra    `json:"extras"`
		Relationships []string       `json:"relationships_as_subject"`
	}
	// ckanGroup is an organisation or a group: a publisher or a theme.
	ckanGroup struct {
		ID             string         `json:"id"`
		Name           string         `json:"name"`
		Title          string         `json:"title"`
		DisplayName    string         `json:"display_name"`
		Description    string         `json:"description"`
		ImageURL       string         `json:"image_url"`
		Type           string         `json:"type"`
		State          string         `json:"state"`
		IsOrganization bool           `json:"is_organization"`
		Packages       *int           `json:"package_count,omitempty"`
		Datasets       []*ckanPackage `json:"packages,omitempty"`
	}
	ckanResource struct {
		ID          string `json:"id"`
		PackageID   string `json:"package_id"`
		URL         string `json:"url"`
		Name        string `json:"name"`
		Description string `json:"description"`
		Format      string `json:"format"`
		Mimetype    string `json:"mimetype,omitempty"`
		Size        string `json:"size,omitempty"`
		Created     string `json:"created,omitempty"`
		Modified    string `json:"last_modified,omitempty"`
		Position    int    `json:"position"`
		State       string `json:"state"`
	}
	ckanTag struct {
		ID          string  `json:"id"`
		Name        string  `json:"name"`
		DisplayName string  `json:"display_name"`
		State       string  `json:"state"`
		Vocabulary  *string `json:"vocabulary_id"`
	}
	ckanExtra struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	}
)

// ckanSeparator joins source and identifier, since names have no slash.
const ckanSeparator = "__"

// ckan turns an entry into a package.
func (rd *reader) ckan(e *entry) (*ckanPackage, error) {
	id := strings.Replace(e.path(rd.h.Base), "/", ckanSeparator, 1)
	p := &ckanPackage{
		ID: id, Name: id, Title: e.title(), Notes: e.text(), State: "active", Type: "dataset", LicenseURL: e.License,
		Created: zoneless(e.added), Modified: zoneless(e.changed), Resources: []ckanResource{}, Tags: []ckanTag{},
		Groups: []*ckanGroup{}, Relationships: []string{},
		Extras: []ckanExtra{{"uri", e.IRI}, {"identifier", e.Identifier}},
	}
	if d := rd.list.Find(e.IRI); d != nil && !d.Changed.IsZero() { // as fq and sort see it
		p.Modified = d.Second().UTC().Format("2006-01-02T15:04:05")
	}
	if same := e.origins(); len(same) > 0 {
		p.Extras = append(p.Extras, ckanExtra{"sameAs", strings.Join(same, " ")})
	}
	if also := rd.also(e.IRI); len(also) > 0 {
		p.Extras = append(p.Extras, ckanExtra{"also", strings.Join(also, " ")})
	}
	if l, ok := dcat.LicenceOf(e.License); ok {
		p.LicenseID, p.LicenseTitle, p.IsOpen = l.Code, l.Title, l.Open
	}
	if err := rd.ckanAgents(p, e); err != nil {
		return nil, err
	}
	if len(e.LandingPage) > 0 {
		p.URL = e.LandingPage[0]
	}
	for _, k := range e.Keyword {
		p.Tags = append(p.Tags, newCKANTag(k.Value))
	}
	for i := range e.Distribution {
		p.Resources = append(p.Resources, rd.ckanResource(id, i, &e.Distribution[i]))
	}
	p.NumResources, p.NumTags = len(p.Resources), len(p.Tags)
	return p, nil
}

// ckanAgents adds who publishes and who owns the dataset, and what it is about.
func (rd *reader) ckanAgents(p *ckanPackage, e *entry) (err error) {
	if p.Author, err = rd.name(e.owner); err != nil {
		return err
	}
	if e.owner != "" && e.owner != e.publisher {
		p.Extras = append(p.Extras, ckanExtra{"owner", ckanOrganisation(rd.h.Base, e.owner)})
	}
	if e.publisher != "" {
		if p.Organization, err = rd.ckanGroup("organization", e.publisher); err != nil {
			return err
		}
		p.OwnerOrg = p.Organization.ID
	}
	for _, theme := range e.Theme {
		if _, ok := ckanTheme(rd.h.Base, theme); !ok {
			continue
		}
		g, err := rd.ckanGroup("group", theme)
		if err != nil {
			return err
		}
		p.Groups = append(p.Groups, g)
	}
	return nil
}

// ckanResource turns a distribution into a resource. Its name is the end of the
// distribution's IRI, which does not depend on its place.
func (rd *reader) ckanResource(dataset string, i int, d *dcat.Distribution) ckanResource {
	id := dcat.Segment(d.IRI)
	if rest, ok := strings.CutPrefix(d.IRI, string(rd.h.Base)+"distribution/"); ok {
		id = rest[strings.LastIndexByte(rest, '/')+1:]
	}
	return ckanResource{
		ID: dataset + ckanSeparator + id, PackageID: dataset, URL: address(d), Position: i,
		State: "active", Name: dcat.Best(d.Title, dcat.ZHTW), Description: dcat.Best(d.Description, dcat.ZHTW),
		Format: formatName(d), Mimetype: dcat.MediaTypeOf(d.MediaType), Size: d.ByteSize,
		Created: zoneless(d.Issued.Value()), Modified: zoneless(d.Modified.Value()),
	}
}

// ckanGroup describes the organisation or theme with an IRI.
func (rd *reader) ckanGroup(kind, iri string) (*ckanGroup, error) {
	id := ckanOrganisation(rd.h.Base, iri)
	if kind == "group" {
		id, _ = ckanTheme(rd.h.Base, iri)
	}
	title, err := rd.name(iri)
	if title == "" {
		title = id
	}
	return &ckanGroup{ID: id, Name: id, Title: title, DisplayName: title, Type: kind, State: "active",
		IsOrganization: kind == "organization"}, err
}

// ckanOrganisation is the name of an organisation: its identifier in the directory, else
// one made of its IRI.
func ckanOrganisation(b dcat.Base, iri string) string {
	if id, ok := strings.CutPrefix(iri, string(b)+"org/"); ok {
		return id
	}
	if id, ok := strings.CutPrefix(iri, string(b)+"agent/"); ok {
		return "agent-" + id
	}
	return dcat.Segment(iri)
}

// ckanTheme is the name of a theme; ok is false for those that are not of the catalogue's
// own scheme, since each dataset with a theme has one of these.
func ckanTheme(b dcat.Base, iri string) (id string, ok bool) {
	return strings.CutPrefix(iri, b.Theme(""))
}

func newCKANTag(name string) ckanTag {
	return ckanTag{ID: name, Name: name, DisplayName: name, State: "active"}
}

// zoneless drops the Z, since CKAN's times are UTC without saying so.
func zoneless(t string) string { return strings.TrimSuffix(t, "Z") }
