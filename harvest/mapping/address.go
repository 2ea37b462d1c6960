package mapping

import (
	"net/url"
	"slices"
	"strings"

	"fincat/harvest/problem"
	"fincat/vocab/dcat"
)

// SplitAddresses splits a cell of addresses. Line breaks always separate; a
// semicolon does when an address follows, because addresses may hold one.
func SplitAddresses(cell string) []string {
	var out []string
	for line := range strings.FieldsFuncSeq(cell, func(c rune) bool { return c == '\n' || c == '\r' }) {
		out = append(out, JoinAddresses(strings.Split(line, ";"))...)
	}
	return out
}

// JoinAddresses puts pieces together again that a split at ";" tore apart: a
// piece without a scheme belongs to the address before it.
func JoinAddresses(pieces []string) []string {
	var out []string
	for _, p := range pieces {
		p = strings.TrimSpace(p)
		switch {
		case p == "":
		case len(out) > 0 && !dcat.HasScheme(p):
			out[len(out)-1] += ";" + p
		default:
			out = append(out, p)
		}
	}
	return out
}

// SplitKeywords splits a cell of keywords at the separator that the cell uses:
// a comma beside 、 or a semicolon is part of a keyword.
func SplitKeywords(cell string) []string {
	for _, separators := range []string{"\n\r", ";；", "、", "，", ","} {
		if !strings.ContainsAny(cell, separators) {
			continue
		}
		var out []string
		for k := range strings.FieldsFuncSeq(cell, func(c rune) bool { return strings.ContainsRune(separators, c) }) {
			if k = strings.TrimSpace(k); k != "" {
				out = append(out, k)
			}
		}
		return out
	}
	if cell = strings.TrimSpace(cell); cell == "" {
		return nil
	}
	return []string{cell}
}

// SplitNames splits a cell of names at commas, semicolons and line breaks.
func SplitNames(cell string) []string {
	return strings.FieldsFunc(cell, func(c rune) bool { return strings.ContainsRune(";,、\n", c) })
}

// NotAddress reports what should be an address and is none. The value is carried
// as text.
func (r *Record) NotAddress(value, message string) {
	r.Report(problem.Warning, "address", value, message, "give the whole address, beginning with https://")
}

// Addresses adds a distribution for each address. The format is the one given
// for the address, else the one its name ends with, else the only one given.
func (r *Record) Addresses(addresses, formats []string, encoding string, download bool) {
	for i, a := range addresses {
		if !dcat.IsAddress(a) {
			r.NotAddress(a, "this is no address to get data from")
			continue
		}
		dist := dcat.Distribution{AccessURL: a, Encoding: strings.TrimSpace(encoding)}
		if download {
			dist.DownloadURL = a
		}
		format := dcat.Extension(a)
		if len(formats) == len(addresses) {
			format = formats[i]
		} else if format == "" && len(formats) > 0 {
			format = formats[0]
		}
		if format = strings.TrimSpace(format); format != "" {
			dist.SetFormat(format)
		}
		r.Dataset.Distribution = append(r.Dataset.Distribution, dist)
	}
}

// visitorParameters follow people around, or hold their session: they are no
// part of what an address identifies.
var visitorParameters = []string{"fbclid", "gclid", "dclid", "msclkid", "yclid", "mc_cid", "mc_eid", "igshid", "_ga",
	"_gl", "phpsessid", "jsessionid", "aspsessionid", "sessionid", "cfid", "cftoken"}

// Identity returns the form of an identifier under which a record is known. Of
// a web address it leaves out what may differ from one visit to the next: the
// letter case of scheme and host, the scheme's own port, parameters that mark
// visitors and sessions, the sequence of parameters, an empty query. Whatever
// else it is, an identifier stays as it is.
func Identity(id string) string {
	if !HasWebScheme(id) {
		return id
	}
	u, err := url.Parse(id)
	if err != nil || u.Host == "" || u.User != nil {
		return id
	}
	u.Host = strings.ToLower(u.Host)
	if port := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; strings.HasSuffix(u.Host, port) {
		u.Host = strings.TrimSuffix(u.Host, port)
	}
	// Only what is left out changes: the rest keeps the form in which it came.
	rest, fragment, hasFragment := strings.Cut(id, "#")
	_, query, _ := strings.Cut(rest, "?")
	path := u.EscapedPath()
	if i := strings.Index(strings.ToLower(path), ";jsessionid="); i >= 0 {
		path = path[:i]
	}
	if path == "" {
		path = "/"
	}
	out := u.Scheme + "://" + u.Host + path
	params := slices.DeleteFunc(strings.Split(query, "&"), func(p string) bool {
		name, _, _ := strings.Cut(p, "=")
		name = strings.ToLower(name)
		return p == "" || strings.HasPrefix(name, "utm_") || slices.Contains(visitorParameters, name)
	})
	if slices.Sort(params); len(params) > 0 {
		out += "?" + strings.Join(params, "&")
	}
	if hasFragment && fragment != "" {
		out += "#" + fragment
	}
	return out
}

// HasWebScheme reports whether a text begins with http:// or https://.
func HasWebScheme(s string) bool {
	scheme, _, ok := strings.Cut(s, "://")
	return ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}
