package oas

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// address is one in the form that is compared: HTTP and HTTPS are the same service, and
// so are hosts in any case.
type address struct {
	name       string // of the host
	host       string // with its port, unless that is the usual one
	path       string
	query      url.Values
	isDocument bool // it looks like that of an OpenAPI document
}

func parseAddress(s string) (address, bool) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return address{}, false
	}
	a := address{name: strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), path: tidy(u.Path),
		query:      u.Query(),
		isDocument: describes(s)}
	a.host = a.name
	if p := u.Port(); p != "" && p != "80" && p != "443" {
		a.host += ":" + p
	}
	return a, true
}

func (a address) key() string { return a.host + " " + a.path }

// tidy removes what makes no difference: slashes that are doubled or at the end.
func tidy(path string) string {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return strings.TrimSuffix(path, "/")
}

// domain returns the domain that somebody registered, "" for IP addresses.
func (a address) domain() string {
	if _, err := netip.ParseAddr(a.name); err == nil {
		return ""
	}
	d, err := publicsuffix.EffectiveTLDPlusOne(a.name)
	if err != nil {
		return ""
	}
	return d
}

// placeholder tells whether the host stands in documents that nobody filled in
// (RFC 2606, RFC 6761).
func (a address) placeholder() bool {
	for _, d := range []string{"example.com", "example.org", "example.net", "petstore.swagger.io",
		"localhost",
		"example.com.tw", "swaggerhub.com", "your-domain.com", "yourdomain.com"} {
		if a.name == d || strings.HasSuffix(a.name, "."+d) {
			return true
		}
	}
	top := a.name[strings.LastIndexByte(a.name, '.')+1:]
	return slices.Contains([]string{"internal", "localhost", "example", "invalid", "test", "local"}, top)
}

// codes returns the names in an address that may be those of an operation.
func (a address) codes() []string {
	last := a.path[strings.LastIndexByte(a.path, '/')+1:]
	out := []string{code(last)}
	for _, values := range a.query {
		for _, v := range values {
			out = append(out, code(v))
		}
	}
	return slices.DeleteFunc(out, func(c string) bool { return c == "" })
}

// bases returns the addresses that relative servers are resolved against: those that
// look like the document's, else all.
func bases(addresses []string) []string {
	var out []string
	for _, a := range addresses {
		if describes(a) {
			out = append(out, a)
		}
	}
	if len(out) == 0 {
		out = addresses
	}
	return out[:min(len(out), 20)]
}

// base returns the address that the document is read as coming from.
func base(addresses []string) string {
	if b := bases(addresses); len(b) > 0 {
		return b[0]
	}
	return ""
}

var (
	// describing is the path of an address of an OpenAPI document: the names that
	// generators of servers give it, and those that people use.
	describing = regexp.MustCompile(`(?i)(^|/)([^/]*(swagger|openapi|open-api|oas)[^/]*\.(json|ya?ml|yml)` +
		`|openapi\.get|swagger|openapi|(v[0-9]/)?api-docs|apidocs?\.(json|ya?ml)|api-spec[^/]*|oas3?)/?$` +
		`|/(swagger|openapi|api-docs|oas)/.*(\.(json|ya?ml)|/docs?|/v[0-9.]+)$`)
	inText = regexp.MustCompile(`https?://[^\s<>"'「」（）()，。；、]+`)
	// named is a text before an address that says what it is.
	named = regexp.MustCompile(`(?i)(OAS|Open ?API|Swagger)[^\n]{0,30}$|API ?說明文件[^\n]{0,12}$`)
	page  = regexp.MustCompile(`(?i)\.(html?|aspx?|jsp|pdf|csv|xlsx?|ods|zip)$`)
)

// describes tells whether an address looks like that of an OpenAPI document.
func describes(address string) bool {
	u, err := url.Parse(strings.TrimSpace(address))
	return err == nil && !page.MatchString(u.Path) && describing.MatchString(u.Path)
}

// Bounds of what is looked through for addresses.
const (
	maxText      = 100_000 // bytes of one text
	maxAddresses = 20
)

// Addresses returns the addresses of OpenAPI documents in a dataset's metadata, the
// likeliest first: those that a text calls so (OAS標準之API說明文件網址 https://…), those that
// look like it, and those that are all of a text. texts are notes and descriptions, and
// the addresses that a property such as dcat:endpointDescription holds; resources are the
// resources' addresses.
func Addresses(texts []string, resources []string) []string {
	var said, alike, bare []string
	add := func(to *[]string, a string) {
		if !slices.Contains(*to, a) && len(*to) < maxAddresses {
			*to = append(*to, a)
		}
	}
	for _, t := range texts {
		t = t[:min(len(t), maxText)]
		for _, at := range inText.FindAllStringIndex(t, -1) {
			a := strings.TrimRight(t[at[0]:at[1]], ".,;:!?)]}")
			before := t[max(0, at[0]-120):at[0]]
			u, err := url.Parse(a)
			switch {
			case err != nil:
			case named.MatchString(before) && !page.MatchString(u.Path):
				add(&said, a)
			case describes(a):
				add(&alike, a)
			case a == strings.TrimSpace(t) && !page.MatchString(u.Path):
				add(&bare, a)
			}
		}
	}
	for _, a := range resources {
		if describes(a) {
			add(&alike, strings.TrimSpace(a))
		}
	}
	for _, a := range slices.Concat(alike, bare) {
		add(&said, a)
	}
	return said
}
