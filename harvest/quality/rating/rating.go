package rating

import (
	"fincat/vocab/term"
)

// Answer is what is known of a metric.
type Answer string

// The answers.
const (
	True    Answer = "true"
	False   Answer = "false"
	Unknown Answer = "unknown" // it could not be found out
)

// answer is True or False.
func answer(is bool) Answer {
	if is {
		return True
	}
	return False
}

// File is what the checks know of one distribution.
type File struct {
	Distribution string // its IRI
	URL          string // that was asked for
	Answers      Answer // whether that address answers with 2xx
	Status       int    // of the answer; 0: there was none
	Arrives      Answer // whether data arrives from there
	Structured   Answer
	Format       string // found in the content, such as csv
	URIs         Answer // whether the content denotes things with URIs
	Links        Answer // whether it links to other data
	Why          string // about these two
}

// Subject is what is rated.
type Subject struct {
	Dataset  string        // IRI
	Metadata []term.Triple // what the catalogue says of the dataset and its distributions
	Files    []File
	Conforms Answer // to DCAT-AP
	Because  string // what does not conform, or why that is not known

	Licence     string // IRI of the licence that is known, normalised
	LicenceText string // in the source's words, where it is not known
}

// values are what a subject has as values of a property.
func (s *Subject) values(subject, property string) (out []term.Term) {
	for _, t := range s.Metadata {
		if t.Predicate.Value() == property && t.Subject.IsIRI() && t.Subject.Value() == subject &&
			t.Object.Value() != "" {
			out = append(out, t.Object)
		}
	}
	return out
}
