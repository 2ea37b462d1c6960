package quality

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fincat/harvest/quality/rating"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// room is the IRI below which everything about the quality of a dataset stands.
func room(base dcat.Base, dataset string) string {
	return string(base) + "quality/" + strings.TrimPrefix(dataset, string(base)+"dataset/")
}

// graphOf is the name of the graph with the measurements of a dataset.
func graphOf(base dcat.Base, dataset string) string {
	return string(base) + "graph/quality/" + strings.TrimPrefix(dataset, string(base)+"dataset/")
}

// statements collects the triples about the quality of a dataset: a dqv:QualityMeasurement
// for each indicator of the dataset and of each file, with value, date, reason and
// the evidence that it was derived from.
type statements struct {
	base dcat.Base
	room string
	out  []term.Triple
}

func (s *statements) add(subject, predicate string, o term.Term) {
	s.out = append(s.out, term.Triple{Subject: term.NewIRI(subject), Predicate: term.NewIRI(predicate), Object: o})
}

func (s *statements) link(subject, predicate, object string) {
	if iri, ok := dcat.EncodeIRI(object); ok {
		s.add(subject, predicate, term.NewIRI(iri))
	}
}

func (s *statements) text(subject, predicate, value string) {
	if value != "" {
		s.add(subject, predicate, term.NewString(strings.ToValidUTF8(value, "\uFFFD")))
	}
}

func (s *statements) number(subject, predicate string, n int) {
	s.add(subject, predicate, term.NewLiteral(strconv.Itoa(n), vocab.XSDInteger))
}

func (s *statements) time(subject string, at time.Time) {
	s.add(subject, vocab.PROVGeneratedAtTime, term.NewLiteral(at.UTC().Format(time.RFC3339), vocab.XSDDateTime))
}

// measurement adds the measurement of a metric on something.
func (s *statements) measurement(iri, on, metric, value, why string, at time.Time) {
	s.measure(iri, on, s.base.Metric(metric), term.NewString(strings.ToValidUTF8(value, "\uFFFD")), why)
	s.time(iri, at)
}

// measure adds the measurement of a metric by its IRI; an empty text is no value. Its time is
// that of the measurement that is derived from it.
func (s *statements) measure(iri, on, metric string, value term.Term, why string) {
	s.link(iri, vocab.RDFType, vocab.DQVQualityMeasurement)
	s.link(iri, vocab.DQVComputedOn, on)
	s.link(iri, vocab.DQVIsMeasurementOf, metric)
	if value.Value() != "" {
		s.add(iri, vocab.DQVValue, value)
	}
	s.text(iri, vocab.FincatReason, why)
}

// triples returns what the store says of a result.
func (s *state) triples(base dcat.Base) []term.Triple {
	w := &statements{base: base, room: room(base, s.Dataset)}
	badge := w.room + "#badge"
	w.measurement(badge, s.Dataset, "badge", s.Badge, s.BadgeWhy, s.Checked)
	w.first(badge, s.since())
	w.text(badge, vocab.FincatCertainty, s.Certainty)
	for _, name := range allIndicators {
		i := s.Indicators[name]
		m := w.room + "#" + name
		w.measurement(m, s.Dataset, name, string(i.Is), i.Why, s.Checked)
		w.link(badge, vocab.PROVWasDerivedFrom, m)
		w.link(s.Dataset, vocab.DQVHasQualityMeasurement, m)
	}
	w.link(s.Dataset, vocab.DQVHasQualityMeasurement, badge)
	w.measurement(w.room+"#open-api", s.Dataset, "open-api", strconv.FormatBool(s.OAS.Counts), s.OAS.Why, s.Checked)
	w.link(w.room+"#open-api", vocab.PROVUsed, s.OAS.URL)
	w.link(s.Dataset, vocab.DQVHasQualityMeasurement, w.room+"#open-api")
	w.first(w.room+"#open-api", s.since())
	w.findings(s.Dataset, "", s.Findings, s.Checked)
	for i := range s.Resources {
		w.resource(i+1, &s.Resources[i], s.Checked)
		w.schema(i+1, s, &s.Resources[i])
	}
	w.ratings(s)
	if s.Portal != nil {
		w.measurement(w.room+"#portal-badge", s.Dataset, "portal-badge", s.Portal.Badge, s.Portal.Checked, s.Checked)
	}
	for i, p := range s.History {
		w.past(fmt.Sprintf("%s#past-%d", w.room, len(s.History)-i), s.Dataset, p)
	}
	w.document(s.Dataset, s.Checked)
	slices.SortFunc(w.out, term.CompareTriples)
	return slices.Compact(w.out)
}

// ratings adds the points of the Metadata Quality Assessment, on its published metrics, and
// the stars of open data. The sums have the time and are parts of the document; what they are
// derived from is reached from them, and says why only where it is not so. The evidence is
// that of the sums; of metrics, only of those that are about an answer.
func (w *statements) ratings(s *state) {
	if s.MQA == nil || s.Stars == nil {
		return
	}
	sum := w.room + "#mqa"
	w.measure(sum, s.Dataset, dcat.MQAScore, term.NewLiteral(strconv.Itoa(s.MQA.Points), vocab.XSDInteger),
		fmt.Sprintf("%s; of %d points nothing is known", s.MQA.Rating, s.MQA.Unknown))
	w.time(sum, s.Checked)
	w.link(s.Dataset, vocab.DQVHasQualityMeasurement, sum)
	for i, metric := range dcat.MQAMetrics() {
		if i >= len(s.MQA.Measures) {
			break
		}
		x, m, on := s.MQA.Measures[i], w.room+"#mqa-"+metric.ID, s.Dataset
		if metric.File && s.MQA.File > 0 {
			on = s.Resources[s.MQA.File-1].Distribution
		}
		if x.Status > 0 && s.MQA.File > 0 {
			w.link(m, vocab.PROVWasDerivedFrom, fmt.Sprintf("%s#evidence-%d", w.room, s.MQA.File))
		}
		w.measure(m, on, metric.IRI(), mqaValue(x), reason(x.Is, x.Why))
		w.number(m, vocab.FincatPoints, x.Points)
		w.link(sum, vocab.PROVWasDerivedFrom, m)
	}
	stars := w.room + "#stars"
	w.measure(stars, s.Dataset, w.base.Metric("stars"), term.NewLiteral(strconv.Itoa(s.Stars.Stars), vocab.XSDInteger),
		fmt.Sprintf("%d when what is not known is so", s.Stars.Most))
	w.time(stars, s.Checked)
	if s.Stars.File > 0 {
		w.link(stars, vocab.PROVWasDerivedFrom, fmt.Sprintf("%s#evidence-%d", w.room, s.Stars.File))
	}
	w.link(s.Dataset, vocab.DQVHasQualityMeasurement, stars)
	for i, x := range s.Stars.Each {
		m := fmt.Sprintf("%s#star-%d", w.room, i+1)
		w.measure(m, s.Dataset, w.base.Metric(fmt.Sprintf("star-%d", i+1)), term.NewString(string(x.Is)),
			reason(x.Is, x.Why))
		w.link(stars, vocab.PROVWasDerivedFrom, m)
	}
}

// reason is why something is not so, or not known.
func reason(is rating.Answer, why string) string {
	if is == rating.True {
		return ""
	}
	return why
}

// mqaValue is the value of a metric: the status where an address answered, else whether it is so.
func mqaValue(x rating.Measure) term.Term {
	switch {
	case x.Status > 0:
		return term.NewLiteral(strconv.Itoa(x.Status), vocab.XSDInteger)
	case x.Is == rating.Unknown:
		return term.NewString(string(x.Is))
	}
	return term.NewLiteral(string(x.Is), vocab.XSDBoolean)
}

// past adds the measurements of an earlier result.
func (s *statements) past(iri, dataset string, p Past) {
	for metric, value := range map[string]string{"badge": p.Badge, "open-api": strconv.FormatBool(p.OpenAPI)} {
		m := iri
		if metric != "badge" {
			m += "-" + metric
		}
		s.measurement(m, dataset, metric, value, "", p.Checked)
		s.link(m, vocab.RDFType, vocab.FincatPast)
		if p.Since.IsZero() {
			p.Since = p.Checked
		}
		s.first(m, p.Since)
	}
}

// first says when a measurement had its value for the first time.
func (s *statements) first(iri string, at time.Time) {
	s.add(iri, vocab.FincatFirstSeen, term.NewLiteral(at.UTC().Format(time.RFC3339), vocab.XSDDateTime))
}

// document adds the document that all of it is part of, whose address leads there: of what it
// has, everything that has a time.
func (s *statements) document(dataset string, at time.Time) {
	var parts []string
	for _, t := range s.out {
		iri := t.Subject.Value()
		if t.Predicate.Value() == vocab.PROVGeneratedAtTime && strings.HasPrefix(iri, s.room+"#") {
			parts = append(parts, iri)
		}
	}
	slices.Sort(parts)
	for _, iri := range slices.Compact(parts) {
		s.link(s.room, vocab.DCTHasPart, iri)
	}
	s.link(s.room, vocab.RDFType, vocab.DQVQualityMetadata)
	s.link(s.room, vocab.FOAFPrimaryTopic, dataset)
	s.link(dataset, vocab.DQVHasQualityMetadata, s.room)
	s.time(s.room, at)
}

// resource adds what is known of one file.
func (s *statements) resource(n int, r *Resource, at time.Time) {
	evidence := fmt.Sprintf("%s#evidence-%d", s.room, n)
	for _, name := range resourceIndicators {
		i := r.Indicators[name]
		m := fmt.Sprintf("%s#%s-%d", s.room, name, n)
		s.measurement(m, r.Distribution, name, string(i.Is), i.Why, at)
		s.link(m, vocab.PROVWasDerivedFrom, evidence)
		s.link(s.room+"#"+name, vocab.PROVWasDerivedFrom, m)
	}
	s.findings(r.Distribution, strconv.Itoa(n)+"-", r.Findings, at)
	for i, p := range r.Personal {
		a := fmt.Sprintf("%s#personal-%d-%d", s.room, n, i+1)
		s.annotation(a, r.Distribution, "personal-data: "+p.Kind, p.Column,
			fmt.Sprintf("%d cells with %d values, confidence %s", p.Count, p.Values, p.Confidence), at)
	}
	e := r.Evidence
	s.link(evidence, vocab.RDFType, vocab.PROVEntity)
	s.link(evidence, vocab.PROVAtLocation, e.URL)
	s.time(evidence, e.At)
	if e.Status > 0 {
		s.number(evidence, vocab.FincatHTTPStatus, e.Status)
	}
	for _, h := range e.Headers {
		s.text(evidence, vocab.FincatHTTPHeader, h)
	}
	if e.SHA256 != "" {
		s.add(evidence, vocab.DCATByteSize, term.NewLiteral(strconv.Itoa(e.Bytes), vocab.XSDNonNegativeInteger))
		s.text(evidence, vocab.FincatDigest, "sha256:"+e.SHA256)
		s.add(evidence, vocab.FincatFirstBytes, term.NewLiteral(strings.ToUpper(e.First), vocab.XSDHexBinary))
	}
	s.text(evidence, vocab.FincatReason, e.Error)
	d := r.Detected
	s.text(evidence, vocab.FincatFormatText, d.Format)
	s.text(evidence, vocab.FincatCharacterEncoding, d.Encoding)
	if d.Rows != nil {
		s.number(evidence, vocab.FincatQuantity, *d.Rows)
	}
}

// maxAnnotations bounds the findings of one file in the store.
const maxAnnotations = 100

func (s *statements) findings(about, n string, list []Finding, at time.Time) {
	for i, f := range list[:min(len(list), maxAnnotations)] {
		s.annotation(fmt.Sprintf("%s#finding-%s%d", s.room, n, i+1), about, f.Rule, f.Place, f.Message, at)
	}
}

// annotation adds something found about a file or dataset.
func (s *statements) annotation(iri, about, rule, place, message string, at time.Time) {
	s.link(iri, vocab.RDFType, vocab.DQVQualityAnnotation)
	s.link(iri, vocab.OAHasTarget, about)
	s.text(iri, vocab.FincatRule, rule)
	s.text(iri, vocab.FincatPlace, place)
	s.text(iri, vocab.RDFSComment, message)
	s.time(iri, at)
}
