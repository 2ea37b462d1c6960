package codelist

import (
	"cmp"
	"slices"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// kinds are the classes of what lists list. Companies and institutions are organisations
// besides.
var kinds = map[string]string{
	"company":     vocab.SCHEMACorporation,
	"institution": vocab.SCHEMAFinancialService,
	"security":    vocab.FIBOSecurity,
}

// Triples describes the list and its entities, sorted. It says nothing of when it was
// read, so that the same list gives the same triples.
func (l *List) Triples(b dcat.Base) []term.Triple {
	var out []term.Triple
	add := func(s, p string, o term.Term) {
		out = append(out, term.Triple{Subject: term.NewIRI(s), Predicate: term.NewIRI(p), Object: o})
	}
	link := func(s, p, o string) { add(s, p, term.NewIRI(o)) }
	list := b.CodeList(l.Config.ID)
	link(list, vocab.RDFType, vocab.FincatCodeList)
	add(list, vocab.DCTIdentifier, term.NewString(l.Config.ID))
	add(list, vocab.DCTTitle, dcat.ZH(cmp.Or(l.Config.Title, l.Config.ID)).Term())
	if l.Config.Publisher != "" {
		link(list, vocab.DCTPublisher, b.Org(l.Config.Publisher))
	}
	if l.Config.License != "" {
		link(list, vocab.DCTLicense, l.Config.License)
	}
	if l.Config.URL != "" {
		link(list, vocab.PROVHadPrimarySource, l.Config.URL)
	}
	for i := range l.Entries {
		e := &l.Entries[i]
		iri := b.Entity(e.Key.Kind, e.Key.Value)
		link(iri, vocab.RDFType, kinds[l.Config.Of])
		if l.Config.Of != "security" {
			link(iri, vocab.RDFType, vocab.ORGFormalOrganization)
		}
		link(iri, vocab.DCTIsPartOf, list)
		add(iri, vocab.SKOSPrefLabel, dcat.ZH(e.name()).Term())
		for field, property := range map[string]string{"short-name": vocab.FincatAlias, "market": vocab.FincatMarket} {
			if v := e.Facts[field]; v != "" {
				add(iri, property, term.NewString(v))
			}
		}
		if v := e.Facts["name-en"]; v != "" {
			add(iri, vocab.SKOSAltLabel, dcat.Text{Value: v, Lang: "en"}.Term())
		}
		if v, ok := dcat.EncodeIRI(e.Facts["homepage"]); ok && dcat.IsAddress(v) {
			link(iri, vocab.FOAFHomepage, v)
		}
		for _, id := range e.Identifiers {
			node := iri + "#" + id.Kind + "-" + dcat.Segment(id.Value)
			link(iri, vocab.ADMSIdentifierProperty, node)
			link(node, vocab.RDFType, vocab.ADMSIdentifier)
			link(node, vocab.DCTType, b.Identifier(id.Kind))
			add(node, vocab.SKOSNotation, term.NewString(id.Value))
		}
	}
	slices.SortFunc(out, term.CompareTriples)
	return slices.Compact(out)
}
