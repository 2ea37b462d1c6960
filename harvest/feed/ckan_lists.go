package feed

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"fincat/harvest/feed/listing"
	"fincat/vocab/dcat"
)

func (c *ckanCall) packageList() (any, error) {
	limit, err := c.number("limit", maxStart, maxStart)
	if err != nil {
		return nil, err
	}
	offset, err := c.number("offset", 0, maxStart)
	if err != nil {
		return nil, err
	}
	if err := c.readRecords(); err != nil {
		return nil, err
	}
	all := c.records(c.packages(c.list.Live))
	all = all[min(offset, len(all)):]
	names := []string{}
	for _, d := range all[:min(limit, len(all))] {
		names = append(names, ckanID(c.h.Base, d))
	}
	return names, nil
}

func (c *ckanCall) packageShow() (any, error) {
	id, err := c.text("id")
	if id == "" && err == nil {
		id, err = c.text("name_or_id")
	}
	if err != nil {
		return nil, err
	}
	if id == "" {
		return nil, ckanInvalid("id", "Missing value")
	}
	e, err := c.dataset(id)
	if err != nil {
		return nil, err
	}
	return c.ckan(e)
}

// dataset reads a dataset by its name or IRI.
func (c *ckanCall) dataset(id string) (*entry, error) {
	iri := id
	if !strings.HasPrefix(id, string(c.h.Base)) {
		iri = string(c.h.Base) + "dataset/" + strings.Replace(id, ckanSeparator, "/", 1)
	}
	if d := c.list.Find(iri); d == nil || d.Removed {
		return nil, errCKANNotFound
	}
	e, err := c.entry(iri)
	if err == nil && e == nil {
		err = errCKANNotFound
	}
	return e, err
}

func (c *ckanCall) resourceShow() (any, error) {
	id, err := c.text("id")
	if err != nil {
		return nil, err
	}
	source, rest, _ := strings.Cut(id, ckanSeparator)
	name := id
	if i := strings.LastIndex(rest, ckanSeparator); i >= 0 {
		name = source + ckanSeparator + rest[:i]
	}
	e, err := c.dataset(name)
	if err != nil {
		return nil, err
	}
	for i := range e.Distribution {
		if x := c.ckanResource(name, i, &e.Distribution[i]); x.ID == id {
			return x, nil
		}
	}
	return nil, errCKANNotFound
}

// currentPackages answers with datasets whole. There is no answer with more than can be
// held; whoever wants all pages through them.
func (c *ckanCall) currentPackages() (any, error) {
	if err := c.readRecords(); err != nil {
		return nil, err
	}
	all := c.records(c.packages(c.list.Recent))
	if _, ok := c.params["limit"]; !ok && len(all) > maxPageSize {
		return nil, ckanInvalid("limit", "there are %d datasets; ask for at most %d at a time with limit and offset",
			len(all), maxPageSize)
	}
	limit, err := c.number("limit", maxPageSize, maxPageSize)
	if err != nil {
		return nil, err
	}
	offset, err := c.number("offset", 0, maxStart)
	if err != nil {
		return nil, err
	}
	page, err := c.number("page", 0, maxStart)
	if err != nil {
		return nil, err
	}
	if page > 0 {
		offset = min((page-1)*limit, len(all))
	}
	all = all[min(offset, len(all)):]
	return c.whole(all[:min(limit, len(all))])
}

// kind is what an action about groups is about, with the field that has their names.
func (c *ckanCall) kind() (kind, field string) {
	if strings.HasPrefix(c.action, "organization") {
		return "organization", "organization"
	}
	return "group", "groups"
}

// groups counts the datasets of each organisation or theme, by IRI.
func (c *ckanCall) groups(kind string) map[string]int {
	counts := map[string]int{}
	for _, d := range c.packages(c.list.Live) {
		iris := d.Publishers
		if kind == "group" {
			iris = d.Themes
		}
		for _, iri := range iris {
			if _, ok := ckanTheme(c.h.Base, iri); ok || kind != "group" {
				counts[iri]++
			}
		}
	}
	return counts
}

func (c *ckanCall) groupList() (any, error) {
	kind, _ := c.kind()
	full, err := c.truth("all_fields", false)
	if err != nil {
		return nil, err
	}
	only, err := c.texts(kind + "s")
	if err != nil {
		return nil, err
	}
	limit, err := c.number("limit", maxPageSize, maxPageSize)
	if err != nil {
		return nil, err
	}
	offset, err := c.number("offset", 0, maxStart)
	if err != nil {
		return nil, err
	}
	groups := []*ckanGroup{}
	for iri, n := range c.groups(kind) {
		g, err := c.ckanGroup(kind, iri)
		if err != nil {
			return nil, err
		}
		if g.Packages = &n; len(only) == 0 || slices.Contains(only, g.Name) {
			groups = append(groups, g)
		}
	}
	if err := c.sortGroups(groups); err != nil {
		return nil, err
	}
	groups = groups[min(offset, len(groups)):]
	groups = groups[:min(limit, len(groups))]
	if full {
		return groups, nil
	}
	names := []string{}
	for _, g := range groups {
		names = append(names, g.Name)
	}
	return names, nil
}

// sortGroups puts groups into the sequence that the caller wants.
func (c *ckanCall) sortGroups(groups []*ckanGroup) error {
	param := "sort"
	if _, ok := c.params[param]; !ok {
		param = "order_by"
	}
	text, err := c.text(param)
	if err != nil {
		return err
	}
	words := strings.Fields(text)
	if len(words) == 0 {
		words = []string{"title"}
	}
	order := map[string]func(a, b *ckanGroup) int{
		"name":          func(a, b *ckanGroup) int { return strings.Compare(a.Name, b.Name) },
		"title":         func(a, b *ckanGroup) int { return strings.Compare(a.Title, b.Title) },
		"package_count": func(a, b *ckanGroup) int { return *a.Packages - *b.Packages },
		"packages":      func(a, b *ckanGroup) int { return *a.Packages - *b.Packages },
	}[words[0]]
	down := len(words) == 2 && words[1] == "desc"
	if order == nil || len(words) > 2 || len(words) == 2 && !down && words[1] != "asc" {
		return ckanInvalid(param, "%q is not understood; there are name, title and package_count, with asc or desc",
			text)
	}
	slices.SortFunc(groups, func(a, b *ckanGroup) int {
		n := order(a, b)
		if down {
			n = -n
		}
		return cmp.Or(n, strings.Compare(a.Name, b.Name))
	})
	return nil
}

func (c *ckanCall) groupShow() (any, error) {
	kind, field := c.kind()
	id, err := c.text("id")
	if err != nil {
		return nil, err
	}
	if id == "" {
		return nil, ckanInvalid("id", "Missing value")
	}
	datasets, err := c.truth("include_datasets", false)
	if err != nil {
		return nil, err
	}
	for iri, n := range c.groups(kind) {
		g, err := c.ckanGroup(kind, iri)
		if err != nil || g.Name != id && iri != id {
			if err != nil {
				return nil, err
			}
			continue
		}
		g.Packages = &n
		if !datasets {
			return g, nil
		}
		var of []*listing.Dataset
		for _, d := range c.packages(c.list.Live) {
			if slices.Contains((ckanDocument{c.h.Base, d}).Values(field), g.Name) && len(of) < maxPageSize {
				of = append(of, d)
			}
		}
		g.Datasets, err = c.whole(of)
		return g, err
	}
	return nil, errCKANNotFound
}

func (c *ckanCall) tagList() (any, error) {
	query, err := c.text("query")
	if err != nil {
		return nil, err
	}
	full, err := c.truth("all_fields", false)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, d := range c.packages(c.list.Live) {
		for _, k := range d.Keywords {
			if strings.Contains(strings.ToLower(k), strings.ToLower(query)) {
				seen[k] = true
			}
		}
	}
	names := slices.AppendSeq([]string{}, maps.Keys(seen))
	slices.Sort(names)
	if !full {
		return names, nil
	}
	tags := make([]ckanTag, len(names))
	for i, name := range names {
		tags[i] = newCKANTag(name)
	}
	return tags, nil
}

func (c *ckanCall) licenceList() (any, error) {
	out := []map[string]any{}
	for _, l := range dcat.Licences() {
		conformance := "not reviewed"
		if l.Open {
			conformance = "approved"
		}
		out = append(out, map[string]any{"id": l.Code, "title": l.Title, "url": l.IRI, "status": "active",
			"od_conformance": conformance, "osd_conformance": "not reviewed", "is_okd_compliant": l.Open,
			"is_generic": false, "family": "", "maintainer": "", "domain_content": true, "domain_data": true,
			"domain_software": false})
	}
	return out, nil
}
