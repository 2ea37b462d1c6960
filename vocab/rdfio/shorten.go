package rdfio

import (
	"fmt"
	"strings"

	"fincat/vocab"
	"fincat/vocab/document"
	"fincat/vocab/term"
)

// shortener writes IRIs as prefixed names or relative to a base.
type shortener struct {
	prefixes   map[string]string // prefix to namespace
	namespaces map[string]string // namespace to prefix
	odd        []string          // namespaces that do not end in "#" or "/"
	base       string
	used       map[string]bool
	usedBase   bool
	done       map[string]string // IRIs that occurred before, and how they are written
}

// newShortener checks prefixes and base: they must be as the grammar wants.
func newShortener(o WriteOptions) (*shortener, error) {
	s := &shortener{
		prefixes: o.Prefixes, namespaces: map[string]string{}, base: o.Base, used: map[string]bool{},
		done: map[string]string{},
	}
	if s.prefixes == nil {
		s.prefixes = vocab.Prefixes()
	}
	for p, ns := range s.prefixes {
		if prefixLength([]byte(p)) != len(p) {
			return nil, fmt.Errorf("prefix %q is not allowed", p)
		}
		if err := document.CheckWritableIRI(ns); err != nil {
			return nil, fmt.Errorf("prefix %s: %w", p, err)
		}
		if other, ok := s.namespaces[ns]; ok && (len(other) < len(p) || len(other) == len(p) && other < p) {
			continue // two prefixes for one namespace: the shorter one is used
		}
		s.namespaces[ns] = p
		if !strings.HasSuffix(ns, "#") && !strings.HasSuffix(ns, "/") {
			s.odd = append(s.odd, ns)
		}
	}
	if s.base != "" {
		if err := document.CheckWritableIRI(s.base); err != nil {
			return nil, fmt.Errorf("base: %w", err)
		}
	}
	return s, nil
}

// use notes that an IRI will be written.
func (s *shortener) use(iri string) {
	if _, ok := s.done[iri]; ok {
		return
	}
	prefix, local, ok := s.split(iri)
	if ok {
		s.used[prefix] = true
		s.done[iri] = prefix + ":" + local
		return
	}
	short := s.relative(iri)
	s.usedBase = s.usedBase || short != iri
	if len(s.done) < 1<<16 {
		s.done[iri] = "<" + short + ">"
	}
}

// iri returns an IRI as it is written.
func (s *shortener) iri(iri string) string {
	if short, ok := s.done[iri]; ok {
		return short
	}
	if prefix, local, ok := s.split(iri); ok && s.used[prefix] {
		return prefix + ":" + local
	}
	return "<" + s.relative(iri) + ">"
}

// split finds the prefix of an IRI whose rest is a local name without escapes.
func (s *shortener) split(iri string) (prefix, local string, ok bool) {
	n := strings.LastIndexAny(iri, "#/") + 1
	if prefix, ok = s.namespaces[iri[:n]]; ok && isPlainLocal(iri[n:]) {
		return prefix, iri[n:], true
	}
	longest := ""
	for _, ns := range s.odd {
		if strings.HasPrefix(iri, ns) && len(ns) > len(longest) && isPlainLocal(iri[len(ns):]) {
			longest = ns
		}
	}
	if longest == "" {
		return "", "", false
	}
	return s.namespaces[longest], iri[len(longest):], true
}

// isPlainLocal reports whether s is a PN_LOCAL without escapes.
func isPlainLocal(s string) bool {
	return strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '\\') < 0 && localLength([]byte(s)) == len(s)
}

// relative returns an IRI relative to the base, where it lies below it.
func (s *shortener) relative(iri string) string {
	if s.base == "" {
		return iri
	}
	folder := s.base[:strings.LastIndexAny(s.base, "/:")+1]
	short, below := strings.CutPrefix(iri, folder)
	if !below || short == "" || short[0] == '/' {
		return iri
	}
	if back, err := term.ResolveIRI(s.base, short); err != nil || back != iri {
		return iri
	}
	return short
}
