package quality

import (
	"context"
	"fmt"
	"strings"

	"fincat/harvest/fetch"
	"fincat/harvest/quality/inspect"
	"fincat/harvest/quality/rating"
	"fincat/sparql/shacl"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// conformance says whether the metadata of a dataset conforms to DCAT-AP.
type conformance struct {
	Is  rating.Answer `json:"is"`
	Why string        `json:"why"`
}

// dcatShapes are the shapes of DCAT-AP.
func dcatShapes() (*shacl.Shapes, error) {
	quads, facts, err := shacl.Builtin("dcat-ap")
	if err != nil {
		return nil, err
	}
	shapes, err := shacl.Compile(quads, shacl.ImportBuiltin)
	if err != nil {
		return nil, fmt.Errorf("the shapes of DCAT-AP: %w", err)
	}
	shapes.State(facts)
	return shapes, nil
}

// describe adds to a dataset what ratings need: what the catalogue itself says of it, and
// whether all of it conforms to DCAT-AP. A record that is as it was is not validated again.
func (r *Runner) describe(ctx context.Context, c *catalogue, d *dataset, before *state) error {
	own, err := c.triples(ctx, dcat.OwnGraph(d.graph))
	if err != nil {
		return err
	}
	d.metadata = append(d.metadata[:len(d.metadata):len(d.metadata)], own...)
	if before != nil && before.Rules == r.rules.Version && before.About == d.digest && d.digest != "" &&
		before.Conforms.Is != rating.Unknown && before.Conforms.Is != "" {
		d.conforms = before.Conforms
		return nil
	}
	shapes, err := r.dcat()
	if err != nil {
		return err
	}
	d.conforms, err = c.conforms(ctx, shapes, d)
	return err
}

// conforms validates the dataset and its distributions.
func (c *catalogue) conforms(ctx context.Context, shapes *shacl.Shapes, d *dataset) (conformance, error) {
	about := map[string]bool{d.d.IRI: true}
	focus := []term.Term{term.NewIRI(d.d.IRI)}
	for i := range d.d.Distribution[:min(len(d.d.Distribution), maxRated)] {
		if iri := d.d.Distribution[i].IRI; strings.Contains(iri, ":") && !about[iri] {
			about[iri] = true
			focus = append(focus, term.NewIRI(iri))
		}
	}
	n, path, first := 0, "", ""
	for x, err := range shacl.Validate(ctx, c.sn, shapes, shacl.Options{Focus: focus}) {
		if ctx.Err() != nil {
			return conformance{}, context.Cause(ctx)
		}
		if err != nil { // the shapes could not be worked out of this dataset
			return conformance{rating.Unknown, fmt.Sprintf("DCAT-AP could not be validated: %v", err)}, nil
		}
		if x.Severity.Value() != vocab.SHViolation {
			continue
		}
		if n++; n == 1 {
			path, first = x.Path(), x.Language("en")
			if first == "" && len(x.Messages) > 0 {
				first = x.Messages[0].Value()
			}
		}
	}
	switch {
	case n > 0 && path != "":
		return conformance{rating.False, fmt.Sprintf("%d violations of DCAT-AP, the first at %s: %s", n, path, first)},
			nil
	case n > 0:
		return conformance{rating.False, fmt.Sprintf("%d violations of DCAT-AP: %s", n, first)}, nil
	}
	return conformance{rating.True, "no violation of the shapes of DCAT-AP"}, nil
}

// maxRated is how many distributions of a dataset are rated.
const maxRated = 1000

// answers are the verdicts as answers.
var answers = map[Verdict]rating.Answer{Pass: rating.True, Fail: rating.False, Unknown: rating.Unknown,
	NA: rating.Unknown}

// rate gives the points and stars.
func (s *state) rate(d *dataset) {
	about := &rating.Subject{Dataset: d.d.IRI, Metadata: d.metadata, Conforms: d.conforms.Is, Because: d.conforms.Why,
		LicenceText: s.Licence.Text}
	if s.Licence.State != "missing" {
		about.Licence = s.Licence.IRI
	}
	for i := range s.Resources[:min(len(s.Resources), maxRated)] {
		r := &s.Resources[i]
		f := rating.File{Distribution: r.Distribution, URL: r.URL, Status: r.Evidence.Status,
			Format:  r.Detected.Format,
			Answers: answers[r.Indicators[Link].Is], Arrives: answers[r.Indicators[Download].Is],
			Structured: answers[r.Indicators[Structured].Is],
			URIs:       r.Linked.URIs, Links: r.Linked.Links, Why: r.Linked.Why}
		if f.URIs == "" {
			f.URIs, f.Links, f.Why = rating.Unknown, rating.Unknown, "no content was looked at"
		}
		about.Files = append(about.Files, f)
	}
	s.MQA, s.Stars = rating.MQA(about), rating.Five(about)
}

// linked looks for linked data in a file.
func linked(ctx context.Context, r *inspect.Report, l *fetch.Look) Linked {
	switch {
	case r.Empty || r.NotData != "":
		return Linked{rating.Unknown, rating.Unknown, "what arrived is not the data"}
	case len(r.Members) > 0 || r.Format == "zip":
		return Linked{rating.Unknown, rating.Unknown, "members of archives are not read as RDF"}
	case !l.Whole:
		return Linked{rating.Unknown, rating.Unknown, "the file is not whole"}
	}
	var out Linked
	out.URIs, out.Links, out.Why = rating.Linked(ctx, l.Body, r.Format, l.URL)
	return out
}
