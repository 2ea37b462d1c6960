package mapping

import (
	"strings"

	"fincat/harvest/document"
	"fincat/harvest/problem"
	"fincat/vocab/dcat"
)

// Record is one dataset as a source describes it. Dataset is nil when the
// record could not be mapped, and Problems then says why, or when it is gone.
type Record struct {
	ID       string // the source's identifier
	Place    problem.Place
	Dataset  *dcat.Dataset
	Problems []problem.Problem
	Deleted  bool // the source says that the record is gone
	Late     bool // it may be older than what is known of it: it counts only where nothing is

	// Again is what the next gathering asks for again if this record is not taken
	// over: what Options.Again of harvest/source then holds. It is "" where a kind cannot ask for
	// one record, or for one page, by itself.
	Again string

	Gone bool // the source answered that there is no such record
}

// Report adds a problem to the record.
func (r *Record) Report(sev problem.Severity, rule, value, message, remedy string) {
	r.Problems = append(r.Problems, problem.Problem{Severity: sev, Record: r.ID, Place: r.Place, Rule: rule,
		Value: value, Message: message, Remedy: remedy})
}

// Broken returns a record that could not be mapped.
func Broken(id string, p problem.Place, rule, value, message, remedy string) *Record {
	r := &Record{ID: id, Place: p}
	r.Report(problem.Violation, rule, value, message, remedy)
	return r
}

// CheckCharacters reports a record whose values hold U+FFFD: characters that were lost.
// One that lost them in its identifier cannot be told from the others.
func (r *Record) CheckCharacters() {
	if r.Dataset == nil {
		return
	}
	if strings.Contains(r.ID, document.Replacement) {
		id := r.ID
		r.ID, r.Dataset = "", nil
		r.Report(problem.Violation, "encoding", id,
			"characters of the identifier are lost, so that the record cannot be found again",
			"ask the source's owner to correct the record's encoding")
		return
	}
	found := ""
	r.Dataset.Values(func(v string) {
		if found == "" && strings.Contains(v, document.Replacement) {
			found = v
		}
	})
	if found != "" {
		r.Report(problem.Warning, "encoding", found,
			"characters are lost: U+FFFD stands where the source's bytes are none",
			"ask the source's owner to correct the record's encoding")
	}
}
