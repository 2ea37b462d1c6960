package quality

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// dataset is what the catalogue says of a dataset, as far as checks need it.
type dataset struct {
	graph     string // name of the record's graph
	source    string
	d         *dcat.Dataset
	modified  time.Time
	portal    *Portal
	resources []resource
	services  []string // addresses of descriptions of its services
	metadata  []term.Triple
	conforms  conformance
	digest    string // of the record's content
}

// resource is a file of a dataset.
type resource struct {
	iri      string
	url      string
	title    string // of the dataset
	format   string
	encoding string
	fields   string
	oas      []string // addresses of descriptions of an API
	modified time.Time
}

// asked is a digest of what was declared of a file: when it changes, the file has to be
// judged anew.
func (r resource) asked() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{r.url, r.format, r.encoding, r.fields, r.title}, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// catalogue reads datasets from one state of the store.
type catalogue struct {
	sn   *store.Snapshot
	base dcat.Base
}

// maxStatements bounds what is read of one record.
const maxStatements = 200_000

// recordGraph returns the source and the path of the dataset that a graph is about; not ok
// when it is none of a record.
func recordGraph(base dcat.Base, name string) (source, path string, ok bool) {
	dataset, source, ok := base.DatasetOf(name)
	return source, strings.TrimPrefix(dataset, string(base)+"dataset/"), ok
}

// graphs returns the names of the graphs of records.
func (c *catalogue) graphs(ctx context.Context) ([]string, error) {
	var out []string
	for id, err := range c.sn.Graphs() {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		t, err := c.sn.Term(id)
		if err != nil {
			return nil, err
		}
		if _, _, ok := recordGraph(c.base, t.Value()); ok {
			out = append(out, t.Value())
		}
	}
	slices.Sort(out)
	return out, nil
}

// triples returns the statements of a graph.
func (c *catalogue) triples(ctx context.Context, name string) ([]term.Triple, error) {
	id, ok, err := c.sn.Lookup(term.NewIRI(name))
	if err != nil || !ok {
		return nil, err
	}
	var out []term.Triple
	for q, err := range c.sn.Match(ctx, store.Pattern{G: id}, store.GSPO) {
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		if out = append(out, q.Triple()); len(out) > maxStatements {
			return nil, fmt.Errorf("read %s: more than %d statements", name, maxStatements)
		}
	}
	return out, nil
}

// dataset reads the dataset of a record's graph; nil when that has none any more.
func (c *catalogue) dataset(ctx context.Context, graph string) (*dataset, error) {
	source, path, ok := recordGraph(c.base, graph)
	if !ok {
		return nil, nil
	}
	triples, err := c.triples(ctx, graph)
	if err != nil || len(triples) == 0 {
		return nil, err
	}
	iri := term.NewIRI(string(c.base) + "dataset/" + path)
	out := &dataset{graph: graph, source: source, metadata: triples}
	for _, t := range triples {
		switch {
		case t.Subject == iri && portalBadge(t.Predicate.Value()):
			out.portal = &Portal{Badge: t.Object.Value()}
		case t.Predicate.Value() == vocab.FincatDigest && t.Subject.Value() == string(c.base)+"record/"+path:
			out.digest = t.Object.Value()
		}
	}
	out.d = dcat.NewGraph(triples).Dataset(iri)
	if len(out.d.Title) == 0 { // a tombstone
		return nil, nil
	}
	out.modified, _ = instant(out.d.Modified)
	about := texts(out.d.Fields)
	for i := range out.d.Distribution {
		x := &out.d.Distribution[i]
		r := resource{iri: x.IRI, url: x.DownloadURL, format: formatName(x), encoding: x.Encoding,
			fields: texts(x.Fields)}
		if r.url == "" {
			r.url = x.AccessURL
		}
		if r.fields == "" {
			r.fields = about
		}
		r.modified, _ = instant(x.Modified)
		for _, iri := range x.ConformsTo {
			if apiAddress(iri) {
				r.oas = append(r.oas, iri)
			}
		}
		if at, ok := instant(x.Checked); ok && out.portal != nil && out.portal.Checked == "" {
			out.portal.Checked = at.In(taipei()).Format("2006-01-02 15:04:05")
		}
		out.resources = append(out.resources, r)
	}
	return out, nil
}

// portalBadge reports whether a property is the portal's own 品質檢測.
func portalBadge(p string) bool {
	name, ok := strings.CutPrefix(p, vocab.FincatFieldNS)
	if !ok {
		return false
	}
	_, name, _ = strings.Cut(name, "#")
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	return name == "品質檢測" || name == "quality_badge_type"
}

// formatName is a file's format in the source's words, else its name in the code list.
func formatName(x *dcat.Distribution) string {
	if x.FormatAs != "" {
		return x.FormatAs
	}
	if i := strings.LastIndexByte(x.Format, '/'); i >= 0 && strings.Contains(x.Format, "://") {
		return x.Format[i+1:]
	}
	return x.Format
}

// texts puts texts together, one a line.
func texts(list []dcat.Text) string {
	var out []string
	for _, t := range list {
		if !slices.Contains(out, t.Value) {
			out = append(out, t.Value)
		}
	}
	return strings.Join(out, "\n")
}

// instantForms are those of dates and times in RDF; without a zone they are of Taipei.
var instantForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02Z07:00", "2006-01-02",
	"2006-01", "2006"}

// instant reads a date or time.
func instant(t term.Term) (time.Time, bool) {
	for _, form := range instantForms {
		if at, err := time.ParseInLocation(form, t.Value(), taipei()); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// name is how a dataset is called in commands: source and identifier.
func (d *dataset) name(base dcat.Base) string {
	return strings.TrimPrefix(d.d.IRI, string(base)+"dataset/")
}

// frequency is the update frequency in the source's words, else its code.
func (d *dataset) frequency() string {
	if d.d.FrequencyAs != "" {
		return d.d.FrequencyAs
	}
	return d.d.Frequency[strings.LastIndexByte(d.d.Frequency, '/')+1:]
}

// licence tells what is known of the terms of use.
func (d *dataset) licence() Licence {
	text := d.d.LicenseAs
	if text == "" {
		text = texts(d.d.Rights)
	}
	switch known, ok := dcat.License(d.d.License); {
	case d.d.License == "" && text == "":
		return Licence{State: "missing"}
	case ok && known != "":
		return Licence{State: "known", IRI: known, Text: text}
	case d.d.License == "":
		return Licence{State: "other", Text: text}
	}
	return Licence{State: "other", IRI: d.d.License, Text: text}
}
