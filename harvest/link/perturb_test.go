package link

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// perturb writes a title as another system of the same institution might.
func perturb(i int, title, owner string) string {
	switch i % 7 {
	case 1:
		return strings.ReplaceAll(title, owner, "")
	case 2:
		return owner + strings.TrimPrefix(title, owner)
	case 3:
		return strings.NewReplacer("臺", "台", "(", "（", ")", "）", "－", "-", "-", " - ", "、", "及").Replace(title)
	case 4:
		return strings.TrimSuffix(strings.TrimSuffix(title, "資料"), "表") + "資料集"
	case 5:
		if strings.HasSuffix(title, "統計表") {
			return strings.TrimSuffix(title, "表")
		}
		return title + "一覽表"
	case 6:
		return strings.ReplaceAll(title, "之", "") + "(CSV)"
	}
	return title
}

// institution makes a source of its own from the portal's records of one
// institution: other addresses, other ways to write titles. Every eighth record is
// hidden from the portal.
func institution(l *Linker, portal []*Record, org string) (source []*Record, hidden map[string]bool) {
	hidden = map[string]bool{}
	name := ""
	if o, ok := l.x.rd.orgs.dir.ByID(org); ok {
		name = o.NameZH
		if len(o.Aliases) > 0 {
			name = o.Aliases[0]
		}
	}
	for _, r := range portal {
		if w := l.Owner(r.IRI); w.Org != org {
			continue
		}
		i := len(source)
		source = append(source, &Record{
			IRI: org + "/" + r.ID, Source: org, ID: r.ID, Publisher: org,
			Titles:    []string{perturb(i, r.Titles[0], name)},
			Addresses: []string{fmt.Sprintf("https://api.%s.example/v1/%d", org, i)},
		})
		if i%8 == 7 {
			hidden[r.IRI] = true
		}
	}
	return source, hidden
}

// TestOtherInstitutions links institutions for which no weight was ever looked
// at, whose addresses and codes have nothing in common with the portal.
func TestOtherInstitutions(t *testing.T) {
	portal := slices.DeleteFunc(portalRecords(t), func(r *Record) bool { return r.Publisher == "" })
	l, _ := linked(t, portal)
	for _, blank := range []bool{false, true} {
		right, wrong, there, found := 0, 0, 0, 0
		for _, org := range []string{
			"tpex", "tdcc", "jcic", "nccc", "tabf", "cdic", "banking-bureau", "nfcc", "tbfa", "trust-association",
		} {
			source, hidden := institution(l, portal, org)
			rest := slices.DeleteFunc(slices.Clone(portal), func(r *Record) bool { return hidden[r.IRI] })
			if blank {
				rest = blanked(rest)
			}
			_, links := linked(t, rest, source)
			names := titlesOf(portal, source)
			r, w, n := 0, 0, len(source)-len(hidden)
			hit := map[string]bool{}
			for _, k := range links {
				if !strings.HasPrefix(k.Subject, org+"/") || k.Kind != Same {
					continue
				}
				title := func(iri string) string { return readTitle(names[iri]).whole }
				own := strings.TrimPrefix(k.Subject, org+"/") == strings.TrimPrefix(k.Object, "portal/")
				if own {
					found++
				}
				switch {
				case k.State != Accepted:
				case own:
					r++
					hit[k.Subject] = true
				case title("portal/"+strings.TrimPrefix(k.Subject, org+"/")) == title(k.Object): // listed twice
				default:
					w++
					t.Logf("wrong: %s -> %s %v", names[k.Subject], names[k.Object], short(k.Evidence))
				}
			}
			if verbose {
				for _, s := range source {
					if !hit[s.IRI] && !hidden["portal/"+s.ID] {
						t.Logf("missed: %s | %s", s.Titles[0], names["portal/"+s.ID])
					}
				}
			}
			t.Logf("%s, addresses blanked %v: %d right of %d, %d wrong", org, blank, r, n, w)
			right, wrong, there = right+r, wrong+w, there+n
		}
		s := score{right: right, wrong: wrong, same: there, found: found, sources: there}
		t.Logf("all, addresses blanked %v: %v", blank, s)
		if blank {
			s.want(t, 0.99, 0.85)
		} else {
			s.want(t, 0.995, 0.98)
		}
	}
}
