package requests

import (
	"slices"
	"strconv"
	"strings"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// graph names the graph of a case.
func (x *Case) graph(base dcat.Base) string { return string(base) + "graph/" + x.Path() }

// concept is the IRI of a state or reason.
func concept(base dcat.Base, scheme, code string) string { return string(base) + scheme + "/" + code }

const (
	stateScheme  = "request-state"
	reasonScheme = "request-reason"
)

// schemes are the names of the concept schemes.
var schemes = map[string]Label{stateScheme: {"資料需求的狀態", "States of data requests"},
	reasonScheme: {"不開放的理由", "Reasons not to open data"}}

// sink collects statements.
type sink struct {
	base  dcat.Base
	quads []term.Quad
	said  map[string]bool // concepts that are described
}

func (s *sink) add(subject, p string, o term.Term) {
	s.quads = append(s.quads, term.Quad{Subject: term.NewIRI(subject), Predicate: term.NewIRI(p), Object: o})
}

func (s *sink) link(subject, p, o string) { s.add(subject, p, term.NewIRI(o)) }

// text adds a text in the language that it is written in.
func (s *sink) text(subject, p, text string) {
	switch tag := dcat.Written(text, "zh-Hant-TW"); {
	case text == "":
	case tag == "":
		s.add(subject, p, term.NewString(text))
	default:
		s.add(subject, p, term.NewLangString(text, tag))
	}
}

func (s *sink) yes(subject, p string, is bool) {
	if is {
		s.add(subject, p, term.NewLiteral("true", vocab.XSDBoolean))
	}
}

// concept links to a concept, and describes it.
func (s *sink) concept(subject, p, scheme, code string, l Label) {
	iri := concept(s.base, scheme, code)
	s.link(subject, p, iri)
	if s.said[iri] {
		return
	}
	s.said[iri] = true
	in := s.base.Scheme(scheme)
	s.link(iri, vocab.RDFType, vocab.SKOSConcept)
	s.link(iri, vocab.SKOSInScheme, in)
	s.link(in, vocab.SKOSHasTopConcept, iri)
	s.add(iri, vocab.SKOSNotation, term.NewString(code))
	s.label(iri, vocab.SKOSPrefLabel, l)
	if s.said[in] {
		return
	}
	s.said[in] = true
	s.link(in, vocab.RDFType, vocab.SKOSConceptScheme)
	s.label(in, vocab.SKOSPrefLabel, schemes[scheme])
	s.label(in, vocab.DCTTitle, schemes[scheme])
}

// label adds a name in both languages.
func (s *sink) label(subject, p string, l Label) {
	s.add(subject, p, term.NewLangString(l.ZH, "zh-Hant-TW"))
	s.add(subject, p, term.NewLangString(l.EN, "en"))
}

// quads describe a case: a request as schema:Demand, a comment as an annotation of its dataset
// (Web Annotation Data Model §3.2), both with their steps as activities (PROV-O).
func (x *Case) quads(base dcat.Base) []term.Quad {
	s := &sink{base: base, said: map[string]bool{}}
	iri := x.IRI(base)
	s.text(iri, vocab.DCTTitle, x.Title)
	s.text(iri, vocab.FincatPurpose, x.Purpose)
	s.add(iri, vocab.DCTIdentifier, term.NewString(x.ID))
	s.add(iri, vocab.DCTIssued, dcat.Time(x.Filed))
	s.add(iri, vocab.DCTModified, dcat.Time(x.Events[len(x.Events)-1].At))
	if x.Kind.IsComment() {
		x.comment(s, iri)
	} else {
		s.link(iri, vocab.RDFType, vocab.SCHEMANS+"Demand")
		s.link(iri, vocab.RDFType, vocab.FincatDataRequest)
		s.text(iri, vocab.DCTDescription, x.Text)
		s.add(iri, vocab.FincatSupport, integer(x.Support))
		for _, d := range x.Datasets {
			s.link(iri, vocab.DCTRelation, d)
		}
	}
	s.concept(iri, vocab.ADMSStatus, stateScheme, string(x.State), States[x.State])
	if x.Sector != "" {
		s.link(iri, vocab.FincatSector, base.Sector(x.Sector))
	}
	if x.Organisation != "" {
		s.link(iri, vocab.FincatResponsible, base.Org(x.Organisation))
	}
	if x.Decision != "" {
		s.concept(iri, vocab.FincatDecision, stateScheme, string(x.Decision), States[x.Decision])
	}
	if i := slices.IndexFunc(Reasons, func(r Reason) bool { return r.Code == x.Reason }); i >= 0 {
		s.concept(iri, vocab.FincatReasonCode, reasonScheme, x.Reason, Reasons[i].Label)
	}
	if x.Expected != "" {
		s.add(iri, vocab.FincatExpected, term.NewString(x.Expected))
	}
	if x.Result != "" {
		s.link(iri, vocab.FincatResult, x.Result)
	}
	if !x.Due.IsZero() {
		s.add(iri, vocab.FincatDeadline, dcat.Time(x.Due))
	}
	if !x.AnswerDue.IsZero() {
		s.add(iri, vocab.FincatAnswerDue, dcat.Time(x.AnswerDue))
	}
	if !x.Answered.IsZero() {
		s.add(iri, vocab.FincatAnswered, dcat.Time(x.Answered))
	}
	s.yes(iri, vocab.FincatEscalated, x.Escalated)
	s.yes(iri, vocab.FincatMadeUp, x.Demo)
	x.steps(s, iri)
	return s.quads
}

// comment describes a comment: what it says is the body, and its dataset the target.
func (x *Case) comment(s *sink, iri string) {
	s.link(iri, vocab.RDFType, vocab.OAAnnotation)
	s.link(iri, vocab.RDFType, vocab.FincatComment)
	motive := vocab.OAQuestioning
	if x.Kind == Fault {
		motive = vocab.OAAssessing
		s.link(iri, vocab.RDFType, vocab.DQVNS+"UserQualityFeedback")
	}
	s.link(iri, vocab.OAMotivatedBy, motive)
	for _, d := range x.Datasets {
		s.link(iri, vocab.OAHasTarget, d)
	}
	body := iri + "#body"
	s.link(iri, vocab.OAHasBody, body)
	s.link(body, vocab.RDFType, vocab.OATextualBody)
	s.text(body, vocab.RDFNS+"value", x.Text)
}

func (x *Case) steps(s *sink, iri string) {
	for i, e := range x.Events {
		step := iri + "#step-" + strconv.Itoa(i+1)
		s.link(iri, vocab.FincatStep, step)
		s.link(step, vocab.RDFType, vocab.PROVActivity)
		s.add(step, vocab.PROVEndedAtTime, dcat.Time(e.At))
		s.concept(step, vocab.ADMSStatus, stateScheme, string(e.State), States[e.State])
		if e.By != "" {
			s.link(step, vocab.PROVWasAssociatedWith, s.base.Org(e.By))
		}
		s.text(step, vocab.RDFSComment, e.Text)
	}
}

func integer(n int) term.Term { return term.NewLiteral(strconv.Itoa(n), vocab.XSDInteger) }

// About names what a case is about in one line, for lists.
func (x *Case) About() string { return strings.Join(strings.Fields(x.Title), " ") }
