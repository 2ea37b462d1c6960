package oas

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"fincat/harvest/openapi"
	"fincat/harvest/problem"
)

// Bounds of a document. The largest one that is known, of 143 paths, has 400 kB.
const (
	maxBytes    = 8 << 20
	maxDepth    = 100     // objects and lists within each other
	maxNodes    = 400_000 // values
	maxFindings = 50
)

// Dataset is what the catalogue knows of a dataset.
type Dataset struct {
	Title      string
	Identifier string   // the source's, such as 18420 or A45020000D-000354
	Addresses  []string // of its resources, and of the document if that is not named below
	Document   string   // address of the document; "" tells to look for it among the addresses
	Fields     []string // of its resources
}

// Result is the judgement about a dataset and a document.
type Result struct {
	Counts    bool   // the dataset counts as an OPEN API
	Valid     bool   // the document does, whatever it serves
	Version   string // of the specification, as the document writes it
	Operation string // that serves the dataset, such as GET /funds
	Why       string // it counts, or does not
	Findings  []Finding
}

// Finding is something worth telling about a document.
type Finding struct {
	Rule    string // html-instead-of-data, ref-refused, server-elsewhere, …
	Place   string // a JSON pointer, or a line
	Message string
}

func (r *Result) find(rule, place, format string, args ...any) {
	if len(r.Findings) < maxFindings {
		r.Findings = append(r.Findings, Finding{rule, place, fmt.Sprintf(format, args...)})
	}
}

// fail adds a finding that is the reason why the dataset does not count.
func (r *Result) fail(rule, place, format string, args ...any) {
	r.find(rule, place, format, args...)
	if r.Why == "" {
		r.Why = fmt.Sprintf(format, args...)
	}
}

// knownVersion is a version of OpenAPI that is understood; they are texts of three
// numbers, but for 2.0 (OpenAPI 3.1 §4.1, Swagger 2.0 "swagger").
var knownVersion = regexp.MustCompile(`^3\.[012]\.\d+(-[0-9A-Za-z.-]+)?$`)

// Document is a document that was read and validated once, for any number of datasets.
type Document struct {
	doc        *openapi.Document // nil if it cannot be read
	operations []*operation
	result     Result // what is said of the document, whatever the dataset
}

// Check judges a document for a dataset. It stops when ctx is cancelled, between its
// steps, each of which takes seconds at most.
func Check(ctx context.Context, doc []byte, d Dataset) Result {
	address := d.Document
	if address == "" {
		address = base(d.Addresses)
	}
	return Read(ctx, doc, address).Serves(d)
}

// Read reads and validates a document that was found at an address. It never fails: what
// is wrong is told by the results of [Document.Serves].
func Read(ctx context.Context, text []byte, address string) *Document {
	d := &Document{}
	r := &d.result
	doc := r.read(text, address)
	if doc == nil {
		return d
	}
	r.Version = doc.Version()
	switch {
	case r.Version == "":
		r.fail("api-description-missing", "",
			"the document names no version of OpenAPI (openapi or swagger): it is "+
				"something else")
	case doc.Swagger != "" && doc.OpenAPI != "":
		r.fail("version", "/openapi", "the document names versions of both Swagger and OpenAPI")
	case doc.Swagger != "" && r.Version != "2.0", doc.OpenAPI != "" && !knownVersion.MatchString(r.Version):
		r.fail("version", "", "%s is no version of OpenAPI that is known: 2.0, 3.0.x, 3.1.x", r.Version)
	case r.stopped(ctx):
	default:
		d.doc = doc
		r.Valid = r.unique(text) && r.validate(ctx, doc)
		d.operations = r.operations(doc)
		if r.stopped(ctx) {
			d.doc = nil
		}
	}
	return d
}

// Serves tells whether a dataset counts as an OPEN API because of the document.
func (d *Document) Serves(dataset Dataset) Result {
	r := d.result
	r.Findings = slices.Clone(r.Findings)
	if d.doc == nil {
		return r
	}
	found, ok := newMatcher(d, dataset).serves(&r)
	if ok {
		r.Operation = found.String()
	}
	switch {
	case !r.Valid && r.Why == "":
		r.Why = "the document is not valid"
	case r.Valid && ok:
		r.Counts = true
	}
	return r
}

func (r *Result) stopped(ctx context.Context) bool {
	if err := ctx.Err(); err != nil {
		r.Valid = false
		r.fail("stopped", "", "the check was stopped: %v", err)
		return true
	}
	return false
}

// read reads the document, nil when it cannot be.
func (r *Result) read(doc []byte, address string) *openapi.Document {
	if len(doc) > maxBytes {
		r.fail("too-large", "", "the document has %d bytes, more than %d are not read", len(doc),
			maxBytes)
		return nil
	}
	document, err := openapi.Parse(doc, address)
	if err != nil {
		rule, place := "syntax", ""
		var p *problem.Error
		if errors.As(err, &p) {
			rule, place = p.Rule, p.Place.Locator
		}
		if rule == "html" {
			rule = "html-instead-of-data"
		}
		r.fail(rule, place, "the document cannot be read: %v", err)
		return nil
	}
	if err := bounded(document.JSON()); err != nil {
		r.fail("too-large", "", "the document is refused: %v", err)
		return nil
	}
	return document
}

// bounded tells whether a text in JSON has no more values, and is nested no deeper, than
// is read.
func bounded(text []byte) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	depth, nodes := 0, 0
	for {
		t, err := dec.Token()
		if err != nil {
			return nil // the end: it was read before
		}
		if t == json.Delim('{') || t == json.Delim('[') {
			depth++
		} else if t == json.Delim('}') || t == json.Delim(']') {
			depth--
		}
		if nodes++; nodes > maxNodes {
			return fmt.Errorf("it has more than %d values", maxNodes)
		}
		if depth > maxDepth {
			return fmt.Errorf("it is nested deeper than %d", maxDepth)
		}
	}
}
