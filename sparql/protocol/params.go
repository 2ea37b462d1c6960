package protocol

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// CheckParams refuses parameters that an address does not know, those that come several
// times, and queries that cannot be read: a mistyped filter would select everything. The
// error is a [Problem] that says which parameters there are.
func CheckParams(r *http.Request, known ...string) error {
	params, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return problemf(http.StatusBadRequest, "the parameters cannot be read: %v", err)
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		switch there := "there are " + strings.Join(known, ", "); {
		case !slices.Contains(known, name):
			if len(known) == 0 {
				there = "this address has none"
			}
			return problemf(http.StatusBadRequest, "there is no parameter %.40q; %s", name, there)
		case len(params[name]) > 1:
			return problemf(http.StatusBadRequest, "the parameter %q is given %d times", name, len(params[name]))
		}
	}
	return nil
}

// Only puts [CheckParams] in front of a handler.
func Only(h http.Handler, known ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := CheckParams(r, known...); err != nil {
			WriteProblem(w, r, ProblemOf(err))
			return
		}
		h.ServeHTTP(w, r)
	})
}

// followed are parameters that others add to the addresses of pages that they lead to, to know
// who followed: those of newsletters and campaigns begin with utm_.
var followed = map[string]bool{"fbclid": true, "gclid": true, "gbraid": true, "wbraid": true, "dclid": true,
	"msclkid": true, "twclid": true, "ttclid": true, "li_fat_id": true, "igshid": true, "mc_cid": true, "mc_eid": true,
	"_gl": true, "_ga": true, "openExternalBrowser": true}

// Unfollowed returns a request without the parameters with which others see who follows
// their links, of which no page of ours makes anything.
func Unfollowed(r *http.Request) *http.Request {
	mine := func(part string) bool {
		name, _, _ := strings.Cut(part, "=")
		return part != "" && !strings.HasPrefix(name, "utm_") && !followed[name]
	}
	parts := strings.Split(r.URL.RawQuery, "&")
	kept := slices.DeleteFunc(slices.Clone(parts), func(part string) bool { return !mine(part) })
	if len(kept) == len(parts) || r.URL.RawQuery == "" {
		return r
	}
	one, u := *r, *r.URL
	u.RawQuery, one.URL = strings.Join(kept, "&"), &u
	one.RequestURI = u.RequestURI()
	return &one
}
