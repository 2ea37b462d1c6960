package profile

import (
	_ "embed" // for the table
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"fincat/vocab"
	"fincat/vocab/term"
)

//go:embed tw.json
var table []byte

// IRI names the profile, wherever it is served; NS begins the names of its terms.
const (
	IRI = "https://w3id.org/fincat/profile/tw"
	NS  = IRI + "#"
)

// Field is a field of the standard of 2015, or with No 0 a column of the portal
// that the standard does not have.
type Field struct {
	No        int      `json:"no"` // 1 to 38
	ZH        string   `json:"zh"`
	EN        string   `json:"en"`        // name in the form of 2015
	Class     string   `json:"class"`     // Dataset or Distribution: where the paths begin
	Condition string   `json:"condition"` // required, recommended or optional
	Kind      string   `json:"kind"`      // how values are written: "" for text, else code, label, date, ...
	Form      string   `json:"form"`      // what the shapes ask of values; "" for nothing
	Single    bool     `json:"single"`    // at most one value
	Many      bool     `json:"many"`      // a list in the form of 2015
	Words     []string `json:"words"`     // paths to the source's own words, which come first
	Paths     []string `json:"paths"`     // paths to the values, such as dct:publisher/foaf:name
	Columns   []string `json:"columns"`   // of the portal's export
	V2        []string `json:"v2"`        // names in the portal's interface v2
	Codes     string   `json:"codes"`     // concept scheme of the catalogue, if any
	DCATAP    string   `json:"dcatap"`    // mandatory, recommended or optional there; - for none
	Schema    string   `json:"schema"`    // the nearest property of schema.org
	Example   string   `json:"example"`
	NoteZH    string   `json:"note_zh"`
	NoteEN    string   `json:"note_en"`
}

var fields = sync.OnceValue(func() []Field {
	var out []Field
	if err := json.Unmarshal(table, &out); err != nil {
		panic(fmt.Sprintf("the table of the profile: %v", err)) // it is part of the program
	}
	return out
})

// Fields returns the 38 fields in their order, and then the other columns.
func Fields() []Field { return fields() }

// Term returns the IRI of the field.
func (f Field) Term() string { return NS + f.EN }

// path returns the properties of a path.
func path(text string) []term.Term {
	if iri, ok := strings.CutPrefix(text, "<"); ok {
		return []term.Term{term.NewIRI(strings.TrimSuffix(iri, ">"))}
	}
	var out []term.Term
	for step := range strings.SplitSeq(text, "/") {
		out = append(out, term.NewIRI(expand(step)))
	}
	return out
}

// expand returns the IRI of a prefixed name.
func expand(name string) string {
	prefix, local, _ := strings.Cut(name, ":")
	return prefixes()[prefix] + local
}

var prefixes = sync.OnceValue(vocab.Prefixes)

// Property returns the last property of the first path as a prefixed name, "" for
// a field without one.
func (f Field) Property() string {
	if len(f.Paths) == 0 {
		return ""
	}
	if strings.HasPrefix(f.Paths[0], "<") {
		return f.Paths[0]
	}
	return f.Paths[0][strings.LastIndexByte(f.Paths[0], '/')+1:]
}

// Occurrence returns the field's cardinality, such as 1..n.
func (f Field) Occurrence() string {
	least, most := "0", "n"
	if f.Condition == "required" {
		least = "1"
	}
	if f.Single {
		most = "1"
	}
	return least + ".." + most
}
