package shacl

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"fincat/sparql/results"
	"fincat/vocab/sheet"
	"fincat/vocab/term"
)

// Language returns the message in a language, such as "zh" or "en"; "" when
// there is none.
func (r *Result) Language(lang string) string {
	for _, m := range r.Messages {
		if langMatches(m.Lang(), lang) {
			return m.Value()
		}
	}
	return ""
}

// message returns the message in a language, else the first one.
func (r *Result) message(lang string) string {
	if m := r.Language(lang); m != "" || len(r.Messages) == 0 {
		return m
	}
	return r.Messages[0].Value()
}

// Level names the severity: "violation", "warning", "info", or the IRI of
// another one.
func (r *Result) Level() string {
	if severityRank(r.Severity) > 2 {
		return r.Severity.Value()
	}
	return strings.ToLower(r.Severity.Value()[strings.LastIndex(r.Severity.Value(), "#")+1:])
}

// Compare orders results for people: by severity, focus node, path, component,
// value and shape.
func (r *Result) Compare(o *Result) int {
	return cmp.Or(
		cmp.Compare(severityRank(r.Severity), severityRank(o.Severity)),
		term.Compare(r.Focus, o.Focus),
		strings.Compare(r.Path(), o.Path()),
		term.Compare(r.Component, o.Component),
		term.Compare(r.Value, o.Value),
		term.Compare(r.Shape, o.Shape),
		strings.Compare(r.message("en"), o.message("en")),
	)
}

// Sorted sorts results while there are at most limit of them. When there are
// more, they come as they are found, and overflow, which may be nil, is called
// before the first.
func Sorted(found iter.Seq2[Result, error], limit int, overflow func()) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		var held []Result
		release := func() bool {
			for i := range held {
				if !yield(held[i], nil) {
					return false
				}
			}
			held = nil
			return true
		}
		over := false
		for r, err := range found {
			switch {
			case err != nil:
				yield(r, err)
				return
			case over:
				if !yield(r, nil) {
					return
				}
				continue
			}
			if held = append(held, r); len(held) <= limit {
				continue
			}
			if over = true; overflow != nil {
				overflow()
			}
			if !release() {
				return
			}
		}
		slices.SortStableFunc(held, func(a, b Result) int { return a.Compare(&b) })
		release()
	}
}

// WriteTable writes results as an aligned table for people. Those of a store of records
// have two columns more: who has to mend it, and where it stands in the source.
func WriteTable(w io.Writer, found iter.Seq2[Result, error]) error {
	head := []string{"severity", "focus", "path", "value", "message", "component"}
	var out results.Writer
	begin := func(records bool) (err error) {
		if records {
			head = append(head, "origin", "place")
		}
		out, err = results.NewWriter(w, results.Table, head)
		return err
	}
	for r, err := range found {
		if out == nil {
			if failed := begin(r.Origin != ""); failed != nil {
				return failed
			}
		}
		if err == nil {
			message := strings.Join(slices.Compact([]string{r.message("zh"), r.message("en")}), " / ")
			row := results.Solution{
				term.NewString(r.Level()), r.Focus, term.NewString(r.Path()), r.Value,
				term.NewString(message), term.NewString(shortIRI(r.Component.Value())),
				term.NewString(r.Origin), term.NewString(r.Place),
			}
			err = out.Write(row[:len(head)])
		}
		if err != nil {
			return errors.Join(err, out.Fail(err))
		}
	}
	if out == nil {
		if err := begin(false); err != nil {
			return err
		}
	}
	return out.Close()
}

// WriteCSV writes results as CSV with a header, for spreadsheets.
func WriteCSV(w io.Writer, found iter.Seq2[Result, error]) error {
	out := sheet.NewWriter(w, "severity", "focus", "path", "value", "message_zh", "message_en",
		"component", "shape", "constraint", "graph", "place", "origin")
	for r, err := range found {
		if err == nil {
			err = out.Write(r.Level(), field(r.Focus), r.Path(), field(r.Value), r.message("zh"), r.message("en"),
				field(r.Component), field(r.Shape), field(r.Constraint), field(r.Graph), r.Place, r.Origin)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("write the results: %w", err), out.Close())
		}
	}
	return out.Close()
}

func field(t term.Term) string {
	if t.IsIRI() || t.IsLiteral() {
		return t.Value()
	}
	return t.String()
}
