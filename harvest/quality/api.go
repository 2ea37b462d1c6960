package quality

import (
	"context"
	"fmt"
	"mime"
	"net/url"
	"slices"
	"strings"

	"fincat/harvest/fetch"
	"fincat/harvest/quality/inspect"
	"fincat/harvest/quality/oas"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// maxAPIs is how many addresses of descriptions of a dataset are asked.
const maxAPIs = 3

// apiAddress reports whether what a file conforms to is an address that may be that of a
// description of an API: the web's and the government's standards are none.
func apiAddress(iri string) bool {
	u, err := url.Parse(iri)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	for _, host := range []string{"w3.org", "data.europa.eu", "opengis.net", "schema.org", "purl.org", "w3id.org",
		"datatracker.ietf.org", "schemas.data.gov.tw", "spec.openapis.org"} {
		if u.Hostname() == host || strings.HasSuffix(u.Hostname(), "."+host) {
			return false
		}
	}
	return true
}

// addresses returns where a description of the API of a dataset may be: what its files
// name, then what its notes name, then those of its services, then files that are
// one themselves.
func (d *dataset) addresses(own []string) []string {
	var out []string
	add := func(list ...string) {
		for _, a := range list {
			if a = strings.TrimSpace(a); a != "" && !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	notes, files := []string{texts(d.d.Note)}, []string{}
	for i := range d.d.Distribution {
		notes = append(notes, texts(d.d.Distribution[i].Note))
	}
	for _, r := range d.resources {
		add(r.oas...)
		files = append(files, r.url)
	}
	notes = append(notes, texts(d.d.Description))
	for _, a := range slices.Concat(d.d.Page, d.d.ConformsTo) {
		if apiAddress(a) {
			files = append(files, a)
		}
	}
	add(oas.Addresses(append(notes, d.services...), files)...)
	add(own...)
	return out[:min(len(out), maxAPIs)]
}

// descriptions returns the addresses of the descriptions of a dataset's services.
func (c *catalogue) descriptions(ctx context.Context, d *dataset) ([]string, error) {
	services := []string{d.d.Service}
	for i := range d.d.Distribution {
		if s := d.d.Distribution[i].Service; s != "" && !slices.Contains(services, s) {
			services = append(services, s)
		}
	}
	var out []string
	for _, s := range services[:min(len(services), maxAPIs)] {
		p, ok, err := c.sn.PatternOf(term.NewIRI(s), term.NewIRI(vocab.DCATEndpointDescription), term.Term{},
			term.Term{})
		if err != nil {
			return nil, err
		}
		if s == "" || !ok {
			continue
		}
		for q, err := range c.sn.Match(ctx, p, store.SPOG) {
			if err != nil {
				return nil, err
			}
			if q.Object.IsIRI() && !slices.Contains(out, q.Object.Value()) {
				out = append(out, q.Object.Value())
			}
		}
	}
	return out, nil
}

// api finds out whether a dataset counts as an OPEN API.
func (c *checker) api(ctx context.Context, s *fetch.Session, d *dataset, out *state, own []string) error {
	list := d.addresses(own)
	if len(list) == 0 {
		out.OASAs = oasState{}
		out.OAS = OAS{Findings: []Finding{}, Why: "no address of an OpenAPI document is given"}
		return nil
	}
	about := oas.Dataset{Title: out.Title, Identifier: out.Identifier}
	for _, r := range d.resources {
		about.Addresses = append(about.Addresses, r.url)
		about.Fields = append(about.Fields, names(r.fields)...)
	}
	asked := resource{url: strings.Join(slices.Concat(list, about.Addresses), " "),
		fields: strings.Join(about.Fields, " "),
		format: about.Title}.asked()
	same := out.OASAs.Asked == asked && out.OAS.URL == list[0]
	for i, address := range list {
		ask := fetch.Request{}
		if i == 0 && same {
			ask = out.OASAs.conditions(c.o.Now())
		}
		ask.Accept = "application/json, application/yaml;q=0.9, */*;q=0.5"
		doc, result, err := c.described(ctx, s, address, ask, about)
		if err != nil || doc.same {
			return err
		}
		if i == 0 || result.Counts {
			out.OAS = result
			out.OASAs = oasState{Asked: asked}
			if doc.look.Err == nil {
				out.OASAs.ETag, out.OASAs.Modified = validators(doc.look)
				out.OASAs.At = doc.look.At
			}
		}
		if result.Counts {
			return nil
		}
	}
	return nil
}

// described fetches and judges a description of an API.
func (c *checker) described(ctx context.Context, s *fetch.Session, address string, ask fetch.Request,
	about oas.Dataset) (*document, OAS, error) {
	doc, release := c.docs.get(ctx, c, s, address, ask)
	defer release()
	if ctx.Err() != nil {
		return nil, OAS{}, context.Cause(ctx)
	}
	if doc.same {
		return doc, OAS{}, nil
	}
	select {
	case c.looking <- struct{}{}:
		defer func() { <-c.looking }()
	case <-ctx.Done():
		return nil, OAS{}, context.Cause(ctx)
	}
	about.Document = doc.look.URL
	out := describe(ctx, doc.look, about)
	out.URL = address
	return doc, out, nil
}

// names are the names that a description of fields gives.
func names(text string) []string {
	var out []string
	for _, n := range inspect.Describe(text).Names {
		out = append(out, n.Text)
	}
	return out
}

// describe judges a description of an API.
func describe(ctx context.Context, l *fetch.Look, about oas.Dataset) OAS {
	if l.Err != nil {
		place := "address"
		if l.Status > 0 {
			place = "status"
		}
		rule := l.Err.Rule
		if rule == "http-status" {
			rule = fmt.Sprintf("http-%d", l.Status)
		}
		return OAS{Why: "the OpenAPI document cannot be loaded: " + l.Err.Err.Error(),
			Findings: []Finding{{rule, place, l.Err.Error()}}}
	}
	r := oas.Check(ctx, l.Body, about)
	out := OAS{Counts: r.Counts, Valid: r.Valid, Version: r.Version, Operation: r.Operation, Why: r.Why,
		Findings: []Finding{}}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, Finding(f))
	}
	return out
}

// parseDisposition reads a header as servers write it, also with a name in bytes that are
// no ASCII.
func parseDisposition(v string) (kind string, params map[string]string, err error) {
	if kind, params, err = mime.ParseMediaType(v); err == nil {
		return kind, params, nil
	}
	if _, name, ok := strings.Cut(v, "filename="); ok {
		return "", map[string]string{"filename": strings.Trim(strings.TrimSpace(name), `"`)}, nil
	}
	return "", nil, err
}
