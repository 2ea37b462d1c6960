package quality

import (
	"time"

	"fincat/harvest/quality/rating"
)

// Verdict is what an indicator says.
type Verdict string

// The verdicts.
const (
	Pass    Verdict = "pass"
	Fail    Verdict = "fail"
	Unknown Verdict = "unknown" // it could not be found out
	NA      Verdict = "na"      // it does not apply
)

// Indicator is one of the seven, judged.
type Indicator struct {
	Is       Verdict `json:"is"`
	Why      string  `json:"why"`
	Evidence string  `json:"evidence"` // what it was judged by, in words; the store has it as statements
}

// The indicators, in their order.
const (
	Link       = "link"
	Download   = "download"
	Structured = "structured"
	Encoding   = "encoding"
	Fields     = "fields"
	Timeliness = "timeliness"
	Response   = "response"
)

// resourceIndicators are those that are judged for each file.
var resourceIndicators = []string{Link, Download, Structured, Encoding, Fields}

// allIndicators are the seven.
var allIndicators = []string{Link, Download, Structured, Encoding, Fields, Timeliness, Response}

// Result is what is known of a dataset's quality.
type Result struct {
	Dataset    string               `json:"dataset"`
	Identifier string               `json:"identifier"`
	Source     string               `json:"source"`
	Title      string               `json:"title,omitempty"`
	Publisher  string               `json:"publisher,omitempty"`
	Checked    time.Time            `json:"checked,omitzero"`
	Since      time.Time            `json:"since,omitzero"` // first check that found the same
	Badge      string               `json:"badge"`
	Certainty  string               `json:"badge_certainty,omitempty"`
	BadgeWhy   string               `json:"badge_why,omitempty"` // what keeps it from the next badge
	Indicators map[string]Indicator `json:"indicators"`
	Resources  []Resource           `json:"resources"`
	OAS        OAS                  `json:"oas"`
	Findings   []Finding            `json:"findings,omitempty"`
	Licence    Licence              `json:"licence"`
	Portal     *Portal              `json:"portal,omitempty"`
	History    []Past               `json:"history,omitempty"`
	MQA        *rating.Points       `json:"mqa,omitempty"`   // of data.europa.eu
	Stars      *rating.Stars        `json:"stars,omitempty"` // of open data
}

// Licence is what is known of the terms of use.
type Licence struct {
	State string `json:"state"`          // known (of the list), other, missing
	IRI   string `json:"iri,omitempty"`  // normalised
	Text  string `json:"text,omitempty"` // in the source's words
}

// Portal is what the portal says itself.
type Portal struct {
	Badge   string `json:"badge"`             // in its words
	Checked string `json:"checked,omitempty"` // time of its check
	Differs bool   `json:"differs"`           // from the badge here
}

// Past is what was found from a check on, until the last one before that differed.
type Past struct {
	Since      time.Time          `json:"since,omitzero"`
	Checked    time.Time          `json:"checked"`
	Badge      string             `json:"badge"`
	OpenAPI    bool               `json:"open_api"`
	Indicators map[string]Verdict `json:"indicators"`
}

// At returns what was the result at a time; not ok when nobody had looked by then.
func (r *Result) At(at time.Time) (p Past, ok bool) {
	if !r.Checked.IsZero() && !r.since().After(at) {
		p = Past{Since: r.since(), Checked: r.Checked, Badge: r.Badge, OpenAPI: r.OAS.Counts,
			Indicators: map[string]Verdict{}}
		for id, i := range r.Indicators {
			p.Indicators[id] = i.Is
		}
		return p, true
	}
	for _, p := range r.History { // the newest first
		if p.Since.IsZero() {
			p.Since = p.Checked
		}
		if !p.Since.After(at) {
			return p, true
		}
	}
	return Past{}, false
}

// Resource is what is known of one file.
type Resource struct {
	URL          string               `json:"url"`
	Distribution string               `json:"distribution,omitempty"`
	Detected     Detected             `json:"detected"`
	Indicators   map[string]Indicator `json:"indicators"`
	Personal     []Personal           `json:"personal_data"`
	Findings     []Finding            `json:"findings"`
	Evidence     Evidence             `json:"evidence"`
	Columns      []Column             `json:"columns,omitempty"`
	Sample       *Sample              `json:"sample,omitempty"`

	Changed time.Time `json:"changed,omitzero"`
	Linked  Linked    `json:"linked,omitzero"`
}

// Linked says whether the content of a file is linked data.
type Linked struct {
	URIs  rating.Answer `json:"uris"`  // denote things
	Links rating.Answer `json:"links"` // lead to other hosts
	Why   string        `json:"why"`
}

// Column is a column of a table.
type Column struct {
	Name     string `json:"name"`
	Type     string `json:"type,omitempty"`
	Datatype string `json:"datatype,omitempty"` // of XML Schema, where all values are written as it asks
	Values   int    `json:"values"`
	Missing  int    `json:"missing,omitempty"`
	Distinct int    `json:"distinct,omitempty"`
	Least    string `json:"least,omitempty"` // of numbers and dates, in files without personal data
	Most     string `json:"most,omitempty"`
}

// Detected is what a file is.
type Detected struct {
	Format    string   `json:"format,omitempty"`
	MediaType string   `json:"media_type,omitempty"`
	Encoding  string   `json:"encoding,omitempty"`
	BOM       bool     `json:"bom"`
	Delimiter string   `json:"delimiter,omitempty"`
	HeaderRow *int     `json:"header_row"`
	Rows      *int     `json:"rows"`
	Fields    []string `json:"fields"`
}

// Personal is personal data that a column seems to have.
type Personal struct {
	Kind       string `json:"kind"`
	Column     string `json:"column"`
	Count      int    `json:"count"`
	Values     int    `json:"values"`
	Confidence string `json:"confidence"`
	Sample     string `json:"sample,omitempty"` // masked
}

// Finding is one thing worth telling.
type Finding struct {
	Rule    string `json:"rule"`
	Place   string `json:"place"`
	Message string `json:"message"`
}

// Evidence is what was seen of a file.
type Evidence struct {
	URL      string    `json:"url,omitempty"` // of the last answer
	Via      []string  `json:"via,omitempty"` // addresses that redirected
	Status   int       `json:"status,omitempty"`
	Headers  []string  `json:"headers,omitempty"`
	Bytes    int       `json:"bytes"`
	SHA256   string    `json:"sha256,omitempty"`
	First    string    `json:"first_bytes,omitempty"` // in hexadecimal; four of a file with personal data
	At       time.Time `json:"at,omitzero"`
	Fetched  time.Time `json:"fetched,omitzero"` // when the content itself came
	Millis   int64     `json:"milliseconds"`
	Attempts int       `json:"attempts,omitempty"`
	Error    string    `json:"error,omitempty"`
	Kept     bool      `json:"unchanged,omitempty"` // the server said that the file is as before
	ETag     string    `json:"etag,omitempty"`
	Modified string    `json:"last_modified,omitempty"`
}

// OAS says whether a dataset counts as an OPEN API after the OpenAPI specification.
type OAS struct {
	Counts    bool      `json:"counts"`
	Valid     bool      `json:"valid"`
	Version   string    `json:"version,omitempty"`
	Operation string    `json:"operation,omitempty"`
	URL       string    `json:"url,omitempty"`
	Findings  []Finding `json:"findings"`
	Why       string    `json:"why"`
}

// state is a result with what the next check needs.
type state struct {
	Result
	Rules string   `json:"rules"` // version of the rules
	Run   string   `json:"run"`   // that checked it
	About string   `json:"about"` // digest of the record that was checked
	Asked []string `json:"asked"` // for each resource, a digest of what was declared
	OASAs oasState `json:"oas_state,omitzero"`

	Conforms conformance `json:"dcat_ap,omitzero"`
}

type oasState struct {
	Asked, ETag, Modified string
	At                    time.Time // when the description itself came
}
