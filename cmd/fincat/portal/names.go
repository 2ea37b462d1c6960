package portal

import (
	"net/url"
	"slices"
	"strings"
	"sync"

	"fincat/harvest/quality"
	"fincat/harvest/search"
	"fincat/vocab/term"
)

// names names the values of facets in the language of a page. What was read of the store
// is kept until a commit says other names.
type names struct {
	p     *Portal
	rd    *reader
	kept  *sync.Map
	keeps bool // whether what is read may be kept: it is not of a state before that of the table
}

func namesOf(p *Portal, rd *reader, table *search.Table) *names {
	return &names{p, rd, table.Named(rd.f.L.Param), rd.sn.Seq() >= table.List.Seq}
}

// of returns the name of a resource.
func (n *names) of(iri string) string {
	if s, ok := n.kept.Load(iri); ok {
		return s.(string)
	}
	s := n.rd.label(iri)
	if n.keeps && n.rd.ctx.Err() == nil { // else the label may be for want of time
		n.kept.Store(iri, s)
	}
	return s
}

// value names a value of a facet.
func (n *names) value(f search.Facet, value string) string {
	switch {
	case f == search.ByBadge && value != search.Unchecked:
		return n.rd.f.L.either(value, n.p.badges[value])
	case f == search.ByBadge, f == search.ByAPI:
		return n.rd.f.L.T("facet." + f.String() + "." + value)
	case strings.Contains(value, ":") && term.CheckIRI(value) == nil:
		return n.of(value)
	}
	return value
}

// badgeNames are the names of badges in English, by that in Chinese, and none is "none".
func badgeNames() (map[string]string, error) {
	rules, err := quality.NewRules()
	if err != nil {
		return nil, err
	}
	out := map[string]string{quality.None: "none"}
	for _, b := range rules.Badges {
		out[b.Badge] = b.EN
	}
	return out, nil
}

// counted makes a list of counts by facet. Each line links to the search page, with the
// filters in with and one more, or without it if it is among them.
func (n *names) counted(counts []search.Count, limit int, f search.Facet, with url.Values) []counted {
	var out []counted
	most, name := 1, f.String()
	for i, c := range counts {
		most = max(most, c.N)
		param := n.p.param(f, c.Value)
		chosen := slices.Contains(with[name], param)
		if i >= limit && !chosen {
			continue
		}
		out = append(out, counted{
			Label: n.value(f, c.Value), N: c.N, Shown: n.rd.f.L.Number(c.N), Percent: max(1, 100*c.N/most),
			Href: n.rd.f.with("/search", toggled(with, name, param)), Current: chosen,
		})
	}
	return out
}

// toggled returns parameters with one value more, or without it if it is there.
func toggled(with url.Values, name, value string) url.Values {
	out := url.Values{}
	for n, values := range with {
		out[n] = values
	}
	if i := slices.Index(out[name], value); i >= 0 {
		if out[name] = slices.Delete(slices.Clone(out[name]), i, i+1); len(out[name]) == 0 {
			delete(out, name)
		}
		return out
	}
	out[name] = append(slices.Clone(out[name]), value)
	return out
}
