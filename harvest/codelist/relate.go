package codelist

import (
	"regexp"
	"slices"
	"unicode/utf8"

	"fincat/vocab"
	"fincat/vocab/term"
)

// shared are the identifiers that one organisation alone has.
var shared = []string{"tax-id", "lei", "stock-code", "bank-code", "insurer-code", "broker-code"}

// ofClass is the code of a share that is not the common one, such as 2881A: that of the
// company comes first.
var ofClass = regexp.MustCompile(`^(\d{4})[A-Z]$`)

// maxAlike is how many entities may share an identifier or a name and still be told
// apart from a mistake of the lists.
const maxAlike = 8

// relations links entities to each other, sorted.
func relations(list []*entity) []term.Triple {
	byID, byName := map[Identifier][]*entity{}, map[string][]*entity{}
	for _, e := range list {
		if !e.organisation {
			continue
		}
		for _, id := range e.identifiers {
			if slices.Contains(shared, id.Kind) {
				byID[id] = append(byID[id], e)
			}
		}
		for _, name := range bareNames(e) {
			byName[name] = append(byName[name], e)
		}
	}
	var out []term.Triple
	add := func(a *entity, property string, b *entity) {
		out = append(out, term.Triple{Subject: term.NewIRI(a.iri), Predicate: term.NewIRI(property),
			Object: term.NewIRI(b.iri)})
	}
	alike := func(group []*entity) {
		if len(group) > maxAlike {
			return
		}
		for i, a := range group {
			for _, b := range group[i+1:] {
				if !contradict(a, b) {
					add(a, vocab.OWLSameAs, b)
					add(b, vocab.OWLSameAs, a)
				}
			}
		}
	}
	for _, group := range byID {
		alike(group)
	}
	for _, group := range byName {
		alike(group)
	}
	for _, e := range list {
		if e.organisation {
			continue
		}
		for _, code := range e.of("stock-code") {
			if m := ofClass.FindStringSubmatch(code); m != nil {
				code = m[1]
			}
			for _, company := range byID[Identifier{"stock-code", code}] {
				add(e, vocab.FincatIssuer, company)
			}
		}
	}
	slices.SortFunc(out, term.CompareTriples)
	return slices.Compact(out)
}

// shortestName is the length in characters of a name that is told from other words.
const shortestName = 4

// bareNames returns the names in full that are long enough, without the form of company.
func bareNames(e *entity) (out []string) {
	for _, name := range e.names {
		if name = bare(name); utf8.RuneCountInString(name) >= shortestName && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// contradict reports whether two organisations cannot be one: both have an identifier of
// a kind, and none in common.
func contradict(a, b *entity) bool {
	for _, kind := range shared {
		x, y := a.of(kind), b.of(kind)
		if len(x) > 0 && len(y) > 0 && !slices.ContainsFunc(x, func(v string) bool { return slices.Contains(y, v) }) {
			return true
		}
	}
	return false
}
