package document

import (
	"mime"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"fincat/harvest/fetch"
	"fincat/vocab/dcat"
)

// Absolute resolves a link against the page it stands on.
func Absolute(page, link string) string {
	base, err := url.Parse(page)
	if err != nil {
		return link
	}
	clean := strings.TrimSpace(link)
	u, err := base.Parse(clean)
	if err != nil {
		if iri, ok := dcat.EncodeIRI(clean); ok {
			return iri
		}
		return link
	}
	if u.IsAbs() && strings.Contains(clean, "://") {
		return clean // as written; encoding comes later
	}
	return u.String()
}

// IsPath reports whether a text, not known to be a link, reads as an address without
// scheme and host: a path that begins as paths do, or the name of a file. Words such
// as 無 are none.
func IsPath(text string) bool {
	if strings.Contains(text, "://") || strings.ContainsAny(text, " \t\n<>\"") || strings.HasPrefix(text, "www.") {
		return false
	}
	for _, beginning := range []string{"/", "./", "../", "?"} {
		if strings.HasPrefix(text, beginning) {
			return true
		}
	}
	name, _, _ := strings.Cut(text, "?")
	ending := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	_, _, known := dcat.Format(ending)
	return known || slices.Contains([]string{"asp", "aspx", "jsp", "php", "htm", "html", "do"}, ending)
}

// Pointer appends names to a JSON pointer (RFC 6901 §3).
func Pointer(at string, names ...string) string {
	for _, n := range names {
		at += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(n)
	}
	return at
}

// steps returns the names in a JSON pointer.
func steps(at string) (names []string) {
	for _, name := range strings.Split(strings.TrimPrefix(at, "/"), "/") {
		if name != "" {
			names = append(names, strings.NewReplacer("~1", "/", "~0", "~").Replace(name))
		}
	}
	return names
}

// LinkedContext returns the context that a Link header gives to plain JSON
// (JSON-LD 1.1 §6.1), "" for none.
func LinkedContext(r *fetch.Response) string {
	mediaType, _, _ := mime.ParseMediaType(r.ContentType)
	if mediaType == "application/ld+json" ||
		mediaType != "application/json" && !strings.HasSuffix(mediaType, "+json") {
		return ""
	}
	return Link(r, "http://www.w3.org/ns/json-ld#context")
}

// Link returns the target of the first link with this relation.
func Link(r *fetch.Response, relation string) string {
	for _, h := range r.Header.Values("Link") {
		for _, link := range linkPattern.FindAllStringSubmatch(h, -1) {
			rel := relPattern.FindStringSubmatch(link[2])
			if rel != nil &&
				slices.Contains(strings.Fields(strings.ToLower(rel[1]+rel[2])), strings.ToLower(relation)) {
				return Absolute(r.URL, link[1])
			}
		}
	}
	return ""
}

// linkPattern is one link of a Link header: an address, which may hold commas
// and semicolons, and its parameters.
var linkPattern = regexp.MustCompile(`<([^>]*)>((?:\s*;\s*[^\s=;,]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s";,]*))?)*)`)

var relPattern = regexp.MustCompile(`(?i);\s*rel\s*=\s*(?:"([^"]*)"|([^\s";,]+))`)
