package mapping

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"fincat/harvest/document"
	"fincat/harvest/problem"
	"fincat/vocab"
	"fincat/vocab/dcat"
)

// ckanPackage is a dataset of a portal. Portals and what imitates them depart
// from the form of CKAN's API in many ways, so that no member's form is taken
// for granted.
type ckanPackage struct {
	document.Object
	extras document.Object
	lang   string
}

// CKANFields are the fields of a dataset. Counts follow from what is counted,
// and how often a page was looked at is no metadata.
var CKANFields = Uses(Mapped, "id", "title", "notes", "description", "url", "author", "maintainer", "author_email",
	"maintainer_email", "license_id", "license_title", "license_url", "metadata_created", "metadata_modified",
	"title_translated", "notes_translated", "organization", "groups", "tags", "issued", "modified", "frequency",
	"contact_name", "contact_email", "uri", "sameAs", "documentation").With(FieldUse{
	"resources": Noted, "extras": Noted, "name": Noted, // it is in the landing page's address
	"num_resources": Noted, "num_tags": Noted, "tracking_summary": Noted,
	"version": vocab.DCATVersion, "language": vocab.DCTLanguage, "spatial": vocab.DCTSpatial,
	"temporal": vocab.DCTTemporal, "access_rights": vocab.DCTAccessRights, "provenance": vocab.DCTProvenance,
})

var ckanExtras = Uses(Mapped, "issued", "release_date", "modified", "last_update", "publisher_name", "contact_name",
	"contact_email", "contact-email", "uri", "sameAs", "frequency", "accrual_periodicity", "update_frequency",
	"frequency-of-update", "更新頻率", "documentation", "theme").With(FieldUse{
	"identifier": vocab.DCTIdentifier, "language": vocab.DCTLanguage, "spatial": vocab.DCTSpatial,
	"temporal": vocab.DCTTemporal, "access_rights": vocab.DCTAccessRights, "provenance": vocab.DCTProvenance,
	"dcat_version": vocab.DCATVersion,
})

// CKANResourceFields are the fields of a resource.
var CKANResourceFields = Uses(Mapped, "name", "title", "name_translated", "description", "description_translated",
	"url", "format", "mimetype", "size", "created", "last_modified", "license", "resource_type").With(FieldUse{
	"id": vocab.DCTIdentifier, "tracking_summary": Noted, "rights": vocab.DCTRights, "language": vocab.DCTLanguage,
})

// CKAN maps what a portal's action API says of its datasets.
type CKAN struct {
	*Mapper
	Site string // of pages for people
	DKAN bool   // which marks public datasets as private

	Skipped      int // packages that are private, drafts or no datasets
	FirstSkipped string
}

// Record maps a dataset; nil when it is none of those wanted.
func (c *CKAN) Record(raw json.RawMessage, place problem.Place) *Record {
	o, err := document.ReadObject(raw)
	if err != nil || o == nil {
		return Broken("", place, "ckan", "", "the dataset is no JSON object",
			"ask the portal's owner to correct the dataset")
	}
	p := &ckanPackage{Object: o, extras: extrasOf(o["extras"]), lang: c.Language}
	id := p.Text("id", "name")
	switch {
	case id == "":
		return Broken("", place, "identifier-missing", p.Text("title"), "the dataset has neither id nor name",
			"ask the portal's owner to correct the dataset")
	case strings.EqualFold(p.Text("state"), "deleted"):
		return &Record{ID: id, Place: place, Deleted: true}
	case c.skipped(p):
		if c.Skipped++; c.Skipped == 1 {
			c.FirstSkipped = id
		}
		return nil
	}
	d := &dcat.Dataset{Lang: p.lang, Identifier: id, Title: p.translated("title_translated", "title"),
		Description: p.translated("notes_translated", "notes")}
	rec := &Record{ID: id, Place: place, Dataset: d}
	if len(d.Description) == 0 {
		d.Description = TextsOf(p.Object, p.lang, "description")
	}
	if len(d.Title) == 0 {
		rec.Report(problem.Warning, "title-missing", "", "the dataset has no title, its name is used",
			"give the dataset a title")
		d.Title = c.Texts(p.Text("name"))
	}
	if !c.Wanted(p.field) {
		return nil
	}
	ckanForms(rec, p)
	c.describe(rec, p)
	rec.Dates(ckanDate(p.extra("issued", "release_date"), p.Text("metadata_created")),
		ckanDate(p.extra("modified", "last_update"), p.Text("metadata_modified")))
	var read []document.Object
	for i, v := range p.List("resources") {
		res, ok := v.(map[string]any)
		if !ok {
			address, isText := v.(string)
			if !isText {
				rec.Report(problem.Warning, "resource", fmt.Sprint(v),
					fmt.Sprintf("resource %d is no JSON object", i+1),
					"ask the portal's owner to correct the dataset")
				continue
			}
			res = map[string]any{"url": address}
		}
		if ckanResource(rec, p.lang, res) {
			read = append(read, res)
		}
	}
	left := c.Carrier(rec)
	left.Rest(p.Object, CKANFields)
	left.Rest(p.extras, ckanExtras)
	for i, res := range read {
		left.RestOf(&d.Distribution[i].Extra, res, CKANResourceFields)
	}
	return rec
}

// ckanForms reports members of another form than CKAN's; they are taken as they are.
func ckanForms(r *Record, p *ckanPackage) {
	isObject := func(v any) bool { _, ok := v.(map[string]any); return ok }
	isNone := func(v any) bool { return v != nil && !isObject(v) }
	for _, member := range []struct {
		name string
		odd  func(any) bool
	}{
		{"organization", isNone}, {"title", isObject}, {"notes", isObject},
		{"tags", func(v any) bool { return slices.ContainsFunc(ListOf(v), isNone) }},
		{"groups", func(v any) bool { return slices.ContainsFunc(ListOf(v), isNone) }},
	} {
		if member.odd(p.Object[member.name]) {
			r.Report(problem.Warning, "ckan-form", member.name,
				"the member "+member.name+" does not have the form of CKAN's action API; it was read nevertheless",
				"nothing, if the dataset is right; the portal could keep to the form")
		}
	}
	if isNone(p.Object["title_translated"]) {
		r.Report(problem.Warning, "ckan-form", "title_translated", "the translations of the title are no object",
			"nothing, if the dataset is right; the portal could keep to the form")
	}
}

// extrasOf returns the extra fields: a list of keys and values, or an object.
func extrasOf(v any) document.Object {
	out := document.Object{}
	if m, ok := v.(map[string]any); ok {
		return m
	}
	for _, e := range ListOf(v) {
		m, ok := e.(map[string]any)
		if !ok {
			continue
		}
		switch key := document.Object(m).Text("key"); before := out[key].(type) {
		case nil:
			if key != "" {
				out[key] = m["value"]
			}
		case []any:
			out[key] = append(before, m["value"])
		default:
			out[key] = []any{before, m["value"]}
		}
	}
	return out
}

// skipped reports whether the dataset is not for the public. DKAN marks public
// datasets as private, so there the mark says nothing.
func (c *CKAN) skipped(p *ckanPackage) bool {
	state, kind := p.Text("state"), p.Text("type")
	return strings.EqualFold(p.Text("private"), "true") && !c.DKAN ||
		state != "" && !strings.EqualFold(state, "active") || kind == "harvest" || kind == "showcase"
}

// describe fills in what needs no check.
func (c *CKAN) describe(rec *Record, p *ckanPackage) {
	d := rec.Dataset
	if name := p.Text("name"); name != "" {
		d.LandingPage = []string{c.Site + "/dataset/" + url.PathEscape(strings.TrimPrefix(name, "dataset/"))}
	}
	d.Page = rec.Pages(append(p.All("url"), append(p.All("documentation"), p.extras.All("documentation")...)...))
	d.Publisher = c.Publisher(p.named("organization"))
	if d.Publisher.IsZero() {
		d.Publisher = c.Publisher(document.First(p.extra("publisher_name"), p.Text("author")))
	}
	contact := dcat.Contact{
		Name:  document.First(p.extra("contact_name"), p.Text("maintainer", "author")),
		Email: document.First(p.extra("contact_email", "contact-email"), p.Text("maintainer_email", "author_email")),
	}
	if !contact.IsZero() {
		d.Contact = []dcat.Contact{contact}
	}
	d.SameAs = WebNames(p.extra("uri") + " " + p.extra("sameAs"))
	for _, t := range p.List("tags") {
		d.Keyword = append(d.Keyword, c.Texts(ckanName(t))...)
	}
	for _, g := range p.List("groups") {
		d.AddTheme(c.Base, ckanName(g))
	}
	for _, t := range themeList(p.extra("theme")) {
		d.AddTheme(c.Base, t)
	}
	names := []string{p.Text("license_url"), p.Text("license_id"), p.Text("license_title")}
	d.SetLicense(document.First(KnownLicense(names...), p.Text("license_url", "license_title", "license_id")))
	d.SetFrequency(p.extra("frequency", "accrual_periodicity", "update_frequency", "frequency-of-update", "更新頻率"))
}

// themeList reads themes: ckanext-dcat keeps the list as JSON in a text.
func themeList(text string) []string {
	var list []string
	if json.Unmarshal([]byte(text), &list) == nil {
		return list
	}
	return strings.Fields(text)
}

// ckanName returns what a tag, group or organisation is called: an object, or
// its name alone.
func ckanName(v any) string {
	if m, ok := v.(map[string]any); ok {
		return document.Object(m).Text("title", "display_name", "name")
	}
	return document.TextOf(v)
}

// named returns the name of a member that is an object, or a name.
func (p *ckanPackage) named(name string) string {
	for _, v := range p.List(name) {
		if n := ckanName(v); n != "" {
			return n
		}
	}
	return ""
}

// translated takes the translations of a field, else its only value.
func (p *ckanPackage) translated(translations, only string) []dcat.Text {
	if list := ByLanguage(p.Object[translations]); len(list) > 0 {
		return list
	}
	return TextsOf(p.Object, p.lang, only)
}

// field gives the configured filter its values.
func (p *ckanPackage) field(name string) string {
	switch name {
	case "organization", "provider", "publisher":
		return p.named("organization")
	case "license":
		return p.Text("license_id")
	case "type":
		return p.Text("type")
	}
	return p.extra(name)
}

// extra returns the first extra field that has one of the names, or the field
// of the dataset that some portals have instead.
func (p *ckanPackage) extra(names ...string) string {
	for _, from := range []document.Object{p.extras, p.Object} {
		for _, name := range names {
			if v := from.Text(name); v != "" {
				return v
			}
			for key := range from {
				if strings.EqualFold(key, name) && from.Text(key) != "" {
					return from.Text(key)
				}
			}
		}
	}
	return ""
}

// dkanDate is how DKAN writes dates: "Date changed  jeu, 19/12/2019 - 03:00".
// Whether the day or the month comes first depends on the portal's language.
var dkanDate = regexp.MustCompile(`(\d{1,2})/(\d{1,2})/(\d{4})(?: - (\d{2}:\d{2}))?$`)

// ckanDate returns the first value that is there, with DKAN's form rewritten. A
// date such as 3/4/2020 can be read in two ways, it stays as it is.
func ckanDate(extra, own string) string {
	value := document.First(extra, own)
	m := dkanDate.FindStringSubmatch(value)
	if m == nil {
		return value
	}
	day, _ := strconv.Atoi(m[1])
	month, _ := strconv.Atoi(m[2])
	if month > 12 {
		day, month = month, day
	} else if day <= 12 && day != month {
		return value
	}
	t, err := time.Parse("2006-1-2", fmt.Sprintf("%s-%d-%d", m[3], month, day))
	if err != nil {
		return value
	}
	return strings.TrimSpace(t.Format(time.DateOnly) + " " + m[4])
}

// ckanResource maps a resource to a distribution; false when it is deleted.
// Services and pages are accessed, files are downloaded.
func ckanResource(r *Record, lang string, res document.Object) bool {
	if strings.EqualFold(res.Text("state"), "deleted") {
		return false
	}
	address := res.Text("url")
	dist := dcat.Distribution{ID: res.Text("id"), Title: ByLanguage(res["name_translated"]),
		Description: ByLanguage(res["description_translated"])}
	if len(dist.Title) == 0 {
		dist.Title = TextsOf(res, lang, "name")
	}
	if len(dist.Title) == 0 {
		dist.Title = TextsOf(res, lang, "title")
	}
	if len(dist.Description) == 0 {
		dist.Description = TextsOf(res, lang, "description")
	}
	if dcat.IsAddress(address) {
		dist.AccessURL = address
	} else {
		r.NotAddress(address, "the resource has no address, or one without scheme")
	}
	if m := res.Text("mimetype"); strings.Contains(m, "/") {
		dist.SetFormat(m)
	}
	if f := document.First(res.Text("format"), res.Text("mimetype"), dcat.Extension(address)); f != "" {
		dist.SetFormat(f)
	}
	if !slices.Contains([]string{"api", "service", "documentation"}, strings.ToLower(res.Text("resource_type"))) &&
		!isPage(res.Text("format")) {
		dist.DownloadURL = dist.AccessURL
	}
	dist.ByteSize, _ = dcat.WholeNumber(res.Text("size"))
	dist.License = LicenseOf(res.Text("license"))
	r.DistributionDates(&dist, ckanDate("", res.Text("created")), ckanDate("", res.Text("last_modified")))
	r.Dataset.Distribution = append(r.Dataset.Distribution, dist)
	return true
}

// isPage reports whether a format names something to look at or to ask rather
// than a file.
func isPage(format string) bool {
	return slices.Contains([]string{"html", "api", "wms", "wfs", "wmts", "sparql", "url", "link"},
		strings.ToLower(format))
}
