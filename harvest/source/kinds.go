package source

import "slices"

// Kinds returns every kind of source, in the order in which help texts list them.
func Kinds() []Kind {
	return []Kind{openAPI(), dataGovTW(), dcatKind(), ldesKind(), ckanKind(), dataJSON(), htmlKind(), schemaOrg(), sitemapKind(), rssKind(), oaiPMH(), sparqlKind(), tableKind()}
}

// KindByName finds a kind.
func KindByName(name string) (Kind, bool) {
	kinds := Kinds()
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return kinds[i], true
}

// KindNames returns the names of [Kinds].
func KindNames() []string {
	var names []string
	for _, k := range Kinds() {
		names = append(names, k.Name)
	}
	return names
}
