package codelist

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// An entity is what all lists say of one IRI.
type entity struct {
	iri          string
	organisation bool
	names        []string // in full, folded
	aliases      []string // short ones, folded
	identifiers  []Identifier
}

// entities reads the graphs of all code lists, by IRI.
func entities(ctx context.Context, sn *store.Snapshot, base dcat.Base) ([]*entity, error) {
	graphs, err := follow.Beginning(ctx, sn, base.CodeListGraph(""))
	if err != nil {
		return nil, err
	}
	byIRI := map[string]*entity{}
	for _, g := range graphs {
		triples, err := follow.Triples(ctx, sn, g)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", g.Value(), err)
		}
		for iri, e := range described(triples, base) {
			if was := byIRI[iri]; was != nil {
				e.add(was)
			}
			byIRI[iri] = e
		}
	}
	out := slices.Collect(maps.Values(byIRI))
	slices.SortFunc(out, func(a, b *entity) int { return cmp.Compare(a.iri, b.iri) })
	return out, nil
}

// described returns the entities of one graph.
func described(triples []term.Triple, base dcat.Base) map[string]*entity {
	out := map[string]*entity{}
	of := func(iri string) *entity {
		if out[iri] == nil {
			out[iri] = &entity{iri: iri}
		}
		return out[iri]
	}
	kinds, values := map[string]string{}, map[string]string{} // by node
	for _, t := range triples {
		s := t.Subject.Value()
		if !strings.HasPrefix(s, base.Entities()) {
			continue
		}
		switch t.Predicate.Value() {
		case vocab.RDFType:
			if t.Object.Value() == vocab.ORGFormalOrganization {
				of(s).organisation = true
			}
		case vocab.SKOSPrefLabel:
			of(s).names = append(of(s).names, fold(t.Object.Value()))
		case vocab.FincatAlias:
			of(s).aliases = append(of(s).aliases, fold(t.Object.Value()))
		case vocab.DCTType:
			kinds[s] = strings.TrimPrefix(t.Object.Value(), base.Identifier(""))
		case vocab.SKOSNotation:
			values[s] = t.Object.Value()
		}
	}
	for _, node := range slices.Sorted(maps.Keys(values)) {
		iri, _, _ := strings.Cut(node, "#")
		of(iri).identifiers = append(of(iri).identifiers, Identifier{kinds[node], values[node]})
	}
	return out
}

// add adds what another list says of the same entity.
func (e *entity) add(o *entity) {
	e.organisation = e.organisation || o.organisation
	for _, p := range []struct{ to, from *[]string }{{&e.names, &o.names}, {&e.aliases, &o.aliases}} {
		*p.to = append(*p.to, *p.from...)
		slices.Sort(*p.to)
		*p.to = slices.Compact(*p.to)
	}
	for _, id := range o.identifiers {
		if !slices.Contains(e.identifiers, id) {
			e.identifiers = append(e.identifiers, id)
		}
	}
}

// of returns the values of a kind that the entity has.
func (e *entity) of(kind string) (out []string) {
	for _, id := range e.identifiers {
		if id.Kind == kind {
			out = append(out, id.Value)
		}
	}
	return out
}

// fold takes out what does not tell names apart: width, case, blanks, 台 and 臺, and the
// mark that exchanges put behind a short name.
func fold(s string) string {
	s = strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(s)), ""))
	return strings.ReplaceAll(strings.TrimRight(s, "*"), "台", "臺")
}

// foldText folds a text in which names are looked for. Blanks between words of ASCII stay, so
// that two numbers do not become one.
func foldText(s string) string {
	var b strings.Builder
	last := rune(0)
	for _, word := range strings.Fields(norm.NFKC.String(s)) {
		if first, _ := utf8.DecodeRuneInString(word); last != 0 && last < utf8.RuneSelf && first < utf8.RuneSelf {
			b.WriteByte(' ')
		}
		b.WriteString(word)
		last, _ = utf8.DecodeLastRuneInString(word)
	}
	return strings.ReplaceAll(strings.ToLower(b.String()), "台", "臺")
}

// forms are the forms of companies, which lists write or leave out behind a name.
var forms = []string{"股份有限公司", "有限公司"}

// bare returns a folded name without the form of the company.
func bare(name string) string {
	for _, f := range forms {
		if s, ok := strings.CutSuffix(name, f); ok {
			return s
		}
	}
	return name
}
