package source

import (
	"strings"

	"fincat/vocab/dcat"
)

// splitAddresses splits a cell of addresses. Line breaks always separate; a
// semicolon does when an address follows, because addresses may hold one.
func splitAddresses(cell string) []string {
	var out []string
	for line := range strings.FieldsFuncSeq(cell, func(c rune) bool { return c == '\n' || c == '\r' }) {
		out = append(out, joinAddresses(strings.Split(line, ";"))...)
	}
	return out
}

// joinAddresses puts pieces together again that a split at ";" tore apart: a
// piece without a scheme belongs to the address before it.
func joinAddresses(pieces []string) []string {
	var out []string
	for _, p := range pieces {
		p = strings.TrimSpace(p)
		_, ok := dcat.EncodeIRI(p)
		switch {
		case p == "":
		case !ok && len(out) > 0:
			out[len(out)-1] += ";" + p
		default:
			out = append(out, p)
		}
	}
	return out
}

func splitNames(cell string) []string {
	return strings.FieldsFunc(cell, func(c rune) bool { return strings.ContainsRune(";,、\n", c) })
}

// addresses adds a distribution for each address. The format is the one given
// for the address, else the one its name ends with, else the only one given.
func (r *Record) addresses(addresses, formats []string, encoding string, download bool) {
	for i, a := range addresses {
		if _, ok := dcat.EncodeIRI(a); !ok {
			r.problem(Warning, "address", a, "this is no address: it has no scheme", "give the whole address, beginning with https://")
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
