package link

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/zeebo/xxh3"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Links are published in graphs of their own, one for each dataset that is the
// subject of links or of which the owner is known. Decisions of people are kept in
// a graph each. Both are mappings in the terms of SSSOM, which are axioms of OWL.

// linkGraph returns the name of the graph with the links of a dataset.
func linkGraph(base dcat.Base, dataset string) string {
	return string(base) + "graph/link/" + dataset[len(string(base)+"dataset/"):]
}

// pairHash names the link of two datasets, whichever is the subject.
func pairHash(a, b string) string {
	if b < a {
		a, b = b, a
	}
	return fmt.Sprintf("%032x", xxh3.HashString128(a+"\x00"+b).Bytes())
}

func mappingIRI(base dcat.Base, a, b string) string { return string(base) + "link/" + pairHash(a, b) }
func decisionIRI(base dcat.Base, a, b string) string {
	return string(base) + "decision/" + pairHash(a, b)
}
func decisionGraph(base dcat.Base, a, b string) string {
	return string(base) + "graph/decision/" + pairHash(a, b)
}

// property returns the predicate of a kind of link.
func (k Kind) property() string {
	if k == Edition {
		return vocab.DCTIsVersionOf
	}
	return vocab.OWLSameAs
}

func kindOf(property string) Kind {
	if property == vocab.DCTIsVersionOf {
		return Edition
	}
	return Same
}

// String names the kind for people.
func (k Kind) String() string {
	if k == Edition {
		return "edition"
	}
	return "same"
}

// A statements collects triples.
type statements struct {
	out []term.Triple
}

func (s *statements) add(subject, predicate string, o term.Term) {
	s.out = append(s.out, term.Triple{Subject: term.NewIRI(subject), Predicate: term.NewIRI(predicate), Object: o})
}

func (s *statements) iri(subject, predicate, o string) { s.add(subject, predicate, term.NewIRI(o)) }

func (s *statements) text(subject, predicate, o string) {
	if o != "" {
		s.add(subject, predicate, term.NewString(o))
	}
}

func (s *statements) decimal(subject, predicate string, f float64, digits int) {
	s.add(subject, predicate, term.NewLiteral(strconv.FormatFloat(f, 'f', digits, 64), vocab.XSDDecimal))
}

// axiom adds what every mapping has.
func (s *statements) axiom(iri string, m Mapping) {
	s.iri(iri, vocab.RDFType, vocab.OWLAxiom)
	s.iri(iri, vocab.RDFType, vocab.SSSOMMapping)
	s.iri(iri, vocab.OWLAnnotatedSource, m.Subject)
	s.iri(iri, vocab.OWLAnnotatedProperty, m.Kind.property())
	s.iri(iri, vocab.OWLAnnotatedTarget, m.Object)
	s.text(iri, vocab.FincatState, string(m.State))
	s.decimal(iri, vocab.SSSOMConfidence, min(m.Confidence, 1), 4)
	if m.Date != "" {
		s.add(iri, vocab.SSSOMMappingDate, term.NewLiteral(m.Date, vocab.XSDDateTime))
	}
	s.text(iri, vocab.SSSOMComment, m.Comment)
	switch m.State {
	case Confirmed, Refused:
		s.iri(iri, vocab.SSSOMMappingJustification, vocab.SEMAPVManualMappingCuration)
		s.text(iri, vocab.SSSOMAuthorLabel, m.Author)
		if m.State == Refused {
			s.text(iri, vocab.SSSOMPredicateModifier, "Not")
		}
	default:
		s.iri(iri, vocab.SSSOMMappingJustification, vocab.SEMAPVCompositeMatching)
		s.text(iri, vocab.SSSOMMappingTool, "fincat")
	}
}

// A Mapping is a link as it stands in the store.
type Mapping struct {
	IRI             string
	Subject, Object string // datasets
	Kind            Kind
	State           State
	Confidence      float64
	Author          string // who decided; "" for the program
	Date            string
	Comment         string
	Evidence        []Evidence // of proposals of the program
}

// mapping adds a link that the program found.
func (s *statements) mapping(base dcat.Base, l Link, date string) {
	iri := mappingIRI(base, l.Subject, l.Object)
	s.axiom(iri, Mapping{
		Subject: l.Subject, Object: l.Object, Kind: l.Kind, State: l.State, Confidence: l.Confidence, Date: date,
	})
	s.evidence(iri, l.Evidence)
}

// evidence adds the reasons of a mapping or an owner.
func (s *statements) evidence(iri string, list []Evidence) {
	for _, e := range list {
		node := iri + "#" + e.About
		s.iri(iri, vocab.FincatEvidence, node)
		s.text(node, vocab.FincatRule, e.About+" "+e.Level)
		s.decimal(node, vocab.FincatBits, e.Bits, 2)
		s.text(node, vocab.RDFSComment, e.Why)
		s.text(node, vocab.FincatSeen, e.Seen)
	}
}

// relation adds the statement that a link stands for.
func (s *statements) relation(subject, object string, k Kind) {
	s.iri(subject, k.property(), object)
	if k == Same {
		s.iri(object, k.property(), subject)
	}
}

// roleOwner is the ISO 19115 role that DCAT 3 §6.4.19 uses in its examples.
const roleOwner = "http://registry.it.csiro.au/def/isotc211/CI_RoleCode/owner"

// owner adds the institution that makes a dataset, and why.
func (s *statements) owner(base dcat.Base, dataset string, w Owner) {
	if w.Org == "" {
		return
	}
	node := dataset + "#owner"
	s.iri(dataset, vocab.DCTCreator, base.Org(w.Org))
	s.iri(dataset, vocab.PROVQualifiedAttribution, node)
	s.iri(node, vocab.RDFType, vocab.PROVAttribution)
	s.iri(node, vocab.PROVAgentProperty, base.Org(w.Org))
	s.iri(node, vocab.DCATHadRole, roleOwner)
	s.text(node, vocab.FincatRule, "owner "+w.Rule)
	s.text(node, vocab.FincatSeen, w.Detail)
}

// sorted returns the triples in their order, each once.
func (s *statements) sorted() []term.Triple {
	slices.SortFunc(s.out, term.CompareTriples)
	return slices.Compact(s.out)
}

func parseDecimal(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0 // another program wrote it
	}
	return f
}
