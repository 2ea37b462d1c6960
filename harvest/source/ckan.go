package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"fincat/vocab/dcat"
)

// ckanKind reads portals with the action API of CKAN, version 3, and of DKAN,
// which lacks package_search. Only public, active datasets are taken. After a
// complete gathering it asks for what was changed since.
func ckanKind() Kind { return Kind{Name: "ckan", Gather: gatherCKAN} }

// ckanRows is how many datasets one page asks for. Portals may send fewer.
const ckanRows = 100

// ckan is one gathering from a portal.
type ckan struct {
	s    *Session
	site string // of pages for people
	api  string // of actions
	dkan bool
}

func gatherCKAN(ctx context.Context, s *Session) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		c := newCKAN(s)
		err := c.search(ctx, yield)
		if isAbsent(err) && len(s.Fetched) == 0 { // not even a first page
			c.dkan = true
			err = c.list(ctx, yield)
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// errStopped ends a gathering whose records nobody wants any more.
var errStopped = errors.New("stopped")

// isAbsent reports whether a portal answered that it has no such action.
func isAbsent(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Status == http.StatusNotFound || e.Status == http.StatusBadRequest || e.Rule == "not-kept") // no answer of that kind is kept
}

// newCKAN finds the portal's parts: the configured address may be that of the
// portal, of its API or of one action.
func newCKAN(s *Session) *ckan {
	site, _, _ := strings.Cut(s.Config.URL, "?")
	site, _, _ = strings.Cut(strings.TrimSuffix(site, "/"), "/api/")
	site = strings.TrimSuffix(strings.TrimSuffix(site, "/api"), "/")
	return &ckan{s: s, site: site, api: site + "/api/3/action/"}
}

// search reads page after page in the order of identifiers, so that a dataset
// that changes meanwhile does not move to another page.
func (c *ckan) search(ctx context.Context, yield func(*Record, error) bool) error {
	q := url.Values{"rows": {strconv.Itoa(ckanRows)}, "sort": {"id asc"}}
	if !c.s.since.IsZero() {
		c.s.Partial = true
		q.Set("fq", "metadata_modified:["+c.s.since.UTC().Format("2006-01-02T15:04:05Z")+" TO *]")
	}
	for start := 0; ; {
		q.Set("start", strconv.Itoa(start))
		var page struct {
			Count   int               `json:"count"`
			Results []json.RawMessage `json:"results"`
		}
		r, err := c.call(ctx, "package_search?"+q.Encode(), &page)
		if err != nil {
			return err
		}
		var seen contents
		for i, raw := range page.Results {
			seen.add(string(raw))
			if rec := c.record(raw, Place{r.URL, pointer("", "result", "results", strconv.Itoa(i))}); rec != nil && !yield(rec, nil) {
				return errStopped
			}
		}
		if err := c.s.freshContents(r.URL, seen); err != nil {
			return err
		}
		start += len(page.Results)
		switch {
		case start >= page.Count:
			return nil
		case len(page.Results) == 0:
			return fail(Place{r.URL, "/result/count"}, "incomplete", "harvest again later; the portal's search index may be under repair", "the portal counts %d datasets but sends only %d", page.Count, start)
		}
	}
}

// list reads the names of all datasets, then each dataset.
func (c *ckan) list(ctx context.Context, yield func(*Record, error) bool) error {
	var names []string
	r, err := c.call(ctx, "package_list", &names)
	if err != nil {
		return err
	}
	for i, name := range names {
		place := Place{r.URL, pointer("", "result", strconv.Itoa(i))}
		rec, err := c.show(ctx, name, place)
		if err != nil {
			return err
		}
		if rec != nil && !yield(rec, nil) {
			return errStopped
		}
	}
	return nil
}

func (c *ckan) show(ctx context.Context, name string, place Place) (*Record, error) {
	var found looseList[json.RawMessage] // DKAN wraps the dataset in an array
	r, err := c.call(ctx, "package_show?"+url.Values{"id": {name}}.Encode(), &found)
	var e *Error
	switch {
	case errors.As(err, &e) && (e.Status/100 == 4 || e.Rule == "not-kept") && ctx.Err() == nil:
		return broken(goneAs(e, name), place, e.Rule, name, e.Err.Error(), e.Remedy), nil
	case err != nil:
		return nil, err
	case len(found) == 0:
		return broken(name, place, "dataset-missing", name, "the portal lists the dataset but sends none of this name", "ask the portal's owner to repair its list"), nil
	}
	return c.record(found[0], Place{r.URL, "/result"}), nil
}

// call asks for an action and decodes its result.
func (c *ckan) call(ctx context.Context, action string, result any) (*Response, error) {
	r, err := c.s.Page(ctx, c.api+action, "application/json")
	if err != nil {
		return nil, err
	}
	body, err := r.UTF8()
	if err != nil {
		return nil, err
	}
	var envelope struct {
		Success bool            `json:"success"`
		Error   json.RawMessage `json:"error"`
		Result  json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, jsonError(r, body, err)
	}
	if !envelope.Success {
		return nil, fail(Place{r.URL, "/error"}, "ckan", "set url to the portal's address; look at what it answers there", "the portal refuses the request: %.300s", envelope.Error)
	}
	if err := json.Unmarshal(envelope.Result, result); err != nil {
		return nil, fail(Place{r.URL, "/result"}, "ckan", "set url to the address of a CKAN portal", "the answer does not have the form of CKAN's action API: %v", err)
	}
	return r, nil
}

// ckanPackage is what the mapping needs of a dataset.
type ckanPackage struct {
	ID, Name, Title, Notes, URL, State, Type, Version looseText
	Private                                           any

	Author, Maintainer looseText
	AuthorEmail        looseText            `json:"author_email"`
	MaintainerEmail    looseText            `json:"maintainer_email"`
	LicenseID          looseText            `json:"license_id"`
	LicenseTitle       looseText            `json:"license_title"`
	LicenseURL         looseText            `json:"license_url"`
	Created            looseText            `json:"metadata_created"`
	Modified           looseText            `json:"metadata_modified"`
	Titles             map[string]looseText `json:"title_translated"`
	Texts              map[string]looseText `json:"notes_translated"`
	Organization       *ckanGroup
	Groups, Tags       looseList[ckanGroup]
	Resources          looseList[ckanResource]
	Extras             looseList[ckanExtra]
}

type ckanGroup struct {
	Name, Title looseText
	DisplayName looseText `json:"display_name"`
}

type ckanExtra struct{ Key, Value looseText }

type ckanResource struct {
	Name, Description, URL, Format, MimeType, Size, State, Created looseText

	LastModified looseText `json:"last_modified"`
	Type         looseText `json:"resource_type"`
	License      looseText `json:"license"`
}

// record maps a dataset; nil when it is none of those wanted.
func (c *ckan) record(raw json.RawMessage, place Place) *Record {
	var p ckanPackage
	if err := json.Unmarshal(raw, &p); err != nil {
		return broken("", place, "ckan", "", "the dataset does not have the form of CKAN's action API: "+err.Error(), "ask the portal's owner to correct the dataset")
	}
	id := first(string(p.ID), string(p.Name))
	switch {
	case id == "":
		return broken("", place, "identifier-missing", string(p.Title), "the dataset has neither id nor name", "ask the portal's owner to correct the dataset")
	case strings.EqualFold(string(p.State), "deleted"):
		return &Record{ID: id, Place: place, Deleted: true}
	case c.skipped(&p):
		return nil
	}
	d := &dcat.Dataset{Lang: c.s.Config.Language, Identifier: id, Title: c.texts(p.Titles, p.Title), Description: c.texts(p.Texts, p.Notes)}
	rec := &Record{ID: id, Place: place, Dataset: d}
	if len(d.Title) == 0 {
		rec.problem(Warning, "title-missing", "", "the dataset has no title, its name is used", "give the dataset a title")
		d.Title = c.s.texts(string(p.Name))
	}
	if !c.s.wanted(p.field) {
		return nil
	}
	c.describe(d, &p)
	rec.dates(rec.ckanDate(p.extra("issued", "release_date"), p.Created), rec.ckanDate(p.extra("modified", "last_update"), p.Modified))
	for _, r := range p.Resources {
		rec.ckanResource(c.s, &r)
	}
	return rec
}

// skipped reports whether the dataset is not for the public. DKAN marks public
// datasets as private, so there the mark says nothing.
func (c *ckan) skipped(p *ckanPackage) bool {
	private := fmt.Sprint(p.Private)
	return strings.EqualFold(private, "true") && !c.dkan ||
		p.State != "" && !strings.EqualFold(string(p.State), "active") ||
		p.Type == "harvest" || p.Type == "showcase"
}

// describe fills in what needs no check.
func (c *ckan) describe(d *dcat.Dataset, p *ckanPackage) {
	if p.Name != "" {
		d.LandingPage = []string{c.site + "/dataset/" + url.PathEscape(strings.TrimPrefix(string(p.Name), "dataset/"))}
	}
	if p.URL != "" {
		d.Page = []string{string(p.URL)}
	}
	if p.Organization != nil {
		d.Publisher = c.s.publisher(first(string(p.Organization.Title), string(p.Organization.Name)))
	}
	if d.Publisher.IsZero() {
		d.Publisher = c.s.publisher(first(p.extra("publisher_name"), string(p.Author)))
	}
	contact := dcat.Contact{
		Name:  first(p.extra("contact_name"), string(p.Maintainer), string(p.Author)),
		Email: first(p.extra("contact_email", "contact-email"), string(p.MaintainerEmail), string(p.AuthorEmail)),
	}
	if contact != (dcat.Contact{}) {
		d.Contact = []dcat.Contact{contact}
	}
	d.SameAs = webNames(p.extra("uri") + " " + p.extra("sameAs"))
	for _, t := range p.Tags {
		d.Keyword = append(d.Keyword, c.s.texts(first(string(t.DisplayName), string(t.Name)))...)
	}
	for _, g := range p.Groups {
		d.AddTheme(c.s.Base, first(string(g.Title), string(g.DisplayName), string(g.Name)))
	}
	d.SetLicense(first(knownLicense(p.LicenseURL, p.LicenseID, p.LicenseTitle), string(p.LicenseURL), string(p.LicenseTitle), string(p.LicenseID)))
	d.SetFrequency(p.extra("frequency", "accrual_periodicity", "update_frequency", "frequency-of-update", "更新頻率"))
}

// knownLicense returns the first name that the licence list has.
func knownLicense(names ...looseText) string {
	for _, n := range names {
		if iri, ok := dcat.License(string(n)); ok {
			return iri
		}
	}
	return ""
}

// texts takes the translations of a field, else its only value.
func (c *ckan) texts(translated map[string]looseText, only looseText) []dcat.Text {
	var out []dcat.Text
	for tag, v := range translated {
		if text := plain(string(v)); text != "" {
			out = append(out, dcat.Text{Value: text, Lang: strings.ReplaceAll(tag, "_", "-")})
		}
	}
	slices.SortFunc(out, func(a, b dcat.Text) int { return strings.Compare(a.Lang, b.Lang) })
	if len(out) > 0 {
		return out
	}
	return c.s.texts(plain(string(only)))
}

// field gives the configured filter its values.
func (p *ckanPackage) field(name string) string {
	switch name {
	case "organization", "provider", "publisher":
		if p.Organization == nil {
			return ""
		}
		return first(string(p.Organization.Title), string(p.Organization.Name))
	case "license":
		return string(p.LicenseID)
	case "type":
		return string(p.Type)
	}
	return p.extra(name)
}

// extra returns the first extra field that has one of the names.
func (p *ckanPackage) extra(names ...string) string {
	for _, name := range names {
		for _, e := range p.Extras {
			if strings.EqualFold(string(e.Key), name) && e.Value != "" {
				return string(e.Value)
			}
		}
	}
	return ""
}

// dkanDate is DKAN's form, "Date changed  jeu, 19/12/2019 - 03:00", in which
// day and month stand in the order of the portal's language.
var dkanDate = regexp.MustCompile(`(\d{1,2})/(\d{1,2})/(\d{4})(?: - (\d{2}:\d{2}))?$`)

// ckanDate returns the first value, with DKAN's form rewritten. Of a date that
// can be read both ways the month is not known, and nothing is returned.
func (r *Record) ckanDate(extra string, own looseText) string {
	value := first(extra, string(own))
	m := dkanDate.FindStringSubmatch(value)
	if m == nil {
		return value
	}
	day, _ := strconv.Atoi(m[1])
	month, _ := strconv.Atoi(m[2])
	if month > 12 {
		day, month = month, day
	} else if day <= 12 && day != month {
		r.problem(Info, "date", value, "day and month of the date cannot be told apart, it is left out", "write dates as 2026-03-20")
		return ""
	}
	t, err := time.Parse("2006-1-2", fmt.Sprintf("%s-%d-%d", m[3], month, day))
	if err != nil {
		return value
	}
	return strings.TrimSpace(t.Format(time.DateOnly) + " " + m[4])
}

// ckanResource maps a resource to a distribution. Services and pages are
// accessed, files are downloaded.
func (r *Record) ckanResource(s *Session, res *ckanResource) {
	if strings.EqualFold(string(res.State), "deleted") {
		return
	}
	address := string(res.URL)
	if _, ok := dcat.EncodeIRI(address); !ok {
		r.problem(Warning, "address", address, "the resource has no address, or one without scheme", "give the whole address, beginning with https://")
		return
	}
	dist := dcat.Distribution{Title: s.texts(string(res.Name)), Description: s.texts(plain(string(res.Description))), AccessURL: address}
	if m := string(res.MimeType); strings.Contains(m, "/") {
		dist.MediaType = m
	}
	if f := first(string(res.Format), string(res.MimeType), dcat.Extension(address)); f != "" {
		dist.SetFormat(f)
	}
	if !slices.Contains([]string{"api", "service", "documentation"}, strings.ToLower(string(res.Type))) && !isPage(string(res.Format)) {
		dist.DownloadURL = address
	}
	if _, err := strconv.ParseUint(string(res.Size), 10, 63); err == nil {
		dist.ByteSize = string(res.Size)
	}
	dist.License = knownLicense(res.License)
	dist.Issued, _ = dcat.ParseDate(r.ckanDate("", res.Created))
	dist.Modified, _ = dcat.ParseDate(r.ckanDate("", res.LastModified))
	r.Dataset.Distribution = append(r.Dataset.Distribution, dist)
}

// isPage reports whether a format names something to look at or to ask rather
// than a file.
func isPage(format string) bool {
	return slices.Contains([]string{"html", "api", "wms", "wfs", "wmts", "sparql", "url", "link"}, strings.ToLower(format))
}
