package rdfio

import (
	"slices"
	"strconv"
	"strings"
)

// Negotiate picks the offered media type that an Accept header prefers (RFC
// 9110 §12.5.1): the highest quality, then the earlier offer. No header, or an
// empty one, accepts the first offer. Offers may carry parameters.
//
// The parameter profile asks for a form of a document. One that no offer has is
// left out of account, since profiles are hints (RFC 6906 §3.1). JSON-LD that is
// offered without a profile is compacted.
func Negotiate(accept string, offers ...string) (mediaType string, ok bool) {
	if len(offers) == 0 {
		return "", false
	}
	if strings.TrimSpace(accept) == "" {
		return offers[0], true
	}
	if offer, ok := plainly(accept, offers); ok {
		return offer, true
	}
	offered := make([]mediaRange, len(offers))
	for i, offer := range offers {
		offered[i] = parseOffer(offer)
	}
	ranges := parseAccept(accept)
	for i := range ranges {
		ranges[i].dropUnknownProfile(offered)
	}
	best := 0.0
	for i, offer := range offered {
		if q := quality(ranges, offer); q > best {
			mediaType, best = offers[i], q
		}
	}
	return mediaType, best > 0
}

// plainly finds the offer for a header that is one media type and nothing more, as most
// programs send it, without taking it apart.
func plainly(accept string, offers []string) (string, bool) {
	if strings.ContainsAny(accept, `,;*"`) {
		return "", false
	}
	accept = strings.TrimSpace(accept)
	for _, offer := range offers {
		if mediaType, _, _ := strings.Cut(offer, ";"); strings.EqualFold(mediaType, accept) {
			return offer, true
		}
	}
	return "", false
}

// mediaRange is one element of an Accept header.
type mediaRange struct {
	kind, sub string
	params    []string // sorted as written, lower case, without q
	q         float64
}

// parseAccept reads an Accept header; elements that are malformed are left out.
func parseAccept(s string) []mediaRange {
	var out []mediaRange
	for _, item := range splitQuoted(s, ',') {
		parts := splitQuoted(item, ';')
		kind, sub, ok := strings.Cut(strings.ToLower(strings.TrimSpace(parts[0])), "/")
		if kind == "*" && !ok {
			sub, ok = "*", true // sent by some old clients
		}
		if !ok || kind == "" || sub == "" || kind == "*" && sub != "*" {
			continue
		}
		r := mediaRange{kind: kind, sub: sub, q: 1}
		for _, p := range parts[1:] {
			name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
			name = strings.ToLower(strings.TrimSpace(name))
			if name != "q" {
				if name != "" {
					r.params = append(r.params, name+"="+strings.ToLower(strings.Trim(value, `" `)))
				}
				continue
			}
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil || !(q >= 0 && q <= 1) {
				q = 0
			}
			r.q = q
			break // what follows are Accept extensions
		}
		out = append(out, r)
	}
	return out
}

// splitQuoted splits at a separator outside quoted strings.
func splitQuoted(s string, sep byte) []string {
	var out []string
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && s[i] == sep:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

// parseOffer reads an offered media type; a malformed one is the zero value,
// which nothing matches but */*.
func parseOffer(s string) mediaRange {
	parsed := parseAccept(s)
	if len(parsed) != 1 {
		return mediaRange{}
	}
	o := parsed[0]
	if o.kind+"/"+o.sub == jsonldType && o.profile() < 0 {
		o.params = append(o.params, profileParam+jsonldProfile+"compacted")
	}
	return o
}

const profileParam = "profile="

// profile returns the index of the parameter profile, -1 when there is none.
func (r mediaRange) profile() int {
	return slices.IndexFunc(r.params, func(p string) bool { return strings.HasPrefix(p, profileParam) })
}

// dropUnknownProfile removes a profile that no offer has.
func (r *mediaRange) dropUnknownProfile(offers []mediaRange) {
	i := r.profile()
	if i < 0 {
		return
	}
	for _, o := range offers {
		if o.kind == r.kind && o.sub == r.sub && hasParam(o.params, r.params[i]) {
			return
		}
	}
	r.params = slices.Delete(r.params, i, i+1)
}

// quality is that of the most specific range which matches an offer.
func quality(ranges []mediaRange, offer mediaRange) float64 {
	q, best := 0.0, -1
	for _, r := range ranges {
		if s := r.specificity(offer); s > best {
			q, best = r.q, s
		}
	}
	return q
}

// specificity grows with how closely r describes the offer; -1 is no match.
func (r mediaRange) specificity(offer mediaRange) int {
	switch {
	case r.kind == "*":
		return 0
	case r.kind != offer.kind:
		return -1
	case r.sub == "*":
		return 1
	case r.sub != offer.sub:
		return -1
	}
	for _, p := range r.params {
		if !hasParam(offer.params, p) {
			return -1
		}
	}
	return 2 + len(r.params)
}

func hasParam(params []string, p string) bool {
	if strings.HasPrefix(p, "charset=utf") { // every offer is UTF-8
		return p == "charset=utf-8" || p == "charset=utf8"
	}
	wanted, isProfile := strings.CutPrefix(p, profileParam)
	for _, q := range params {
		offered, ok := strings.CutPrefix(q, profileParam)
		if q == p || isProfile && ok && slices.Contains(strings.Fields(wanted), offered) {
			return true
		}
	}
	return false
}
