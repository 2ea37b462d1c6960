package codelist

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fincat/harvest/document"
	"fincat/harvest/problem"
)

// An Identifier is a value and the code of the concept that says what it identifies.
type Identifier struct{ Kind, Value string }

// An Entry is an entity as a list describes it.
type Entry struct {
	Key         Identifier // of which its IRI is made
	Identifiers []Identifier
	Facts       map[string]string // by the names of columns that hold no identifier
}

// A List is what was read of a code list.
type List struct {
	Config  Config
	Entries []Entry // by key, each once
	Rows    int
	Left    int // rows that are no entry
	// Problems are the values and rows that were left out.
	Problems []problem.Problem
}

// maxValue is how many bytes of a value are kept.
const maxValue = 500

// maxEntries is how many entries a list may have.
const maxEntries = 200_000

// Read reads a list. A row without a valid key is left out and reported; of rows with one
// key the first counts.
func Read(ctx context.Context, cfg Config, d *document.Document) (*List, error) {
	l := &List{Config: cfg}
	keys := map[Identifier]bool{}
	o := document.RowOptions{Format: cfg.Format, Encoding: cfg.Encoding, Record: cfg.Record, Sheet: cfg.Sheet,
		Separator: cfg.Separator, Header: cfg.Header, Columns: slices.Collect(maps.Values(cfg.Columns)),
		Limit: cfg.WithDefaults().MaxBytes}
	var failed error
	err := d.Rows(o, func(row document.Entry, err error) bool {
		if failed = errors.Join(err, ctx.Err()); failed != nil {
			return false
		}
		place := problem.At(d.URL, row.Locator)
		e, ok := l.entry(row, place)
		switch {
		case !ok:
		case keys[e.Key]:
			l.leave(problem.Warning, place, "twice", e.Key.Value, "an entry before has the same "+e.Key.Kind,
				"ask the list's owner which one holds")
		case len(l.Entries) == maxEntries:
			failed = problem.Errorf(place, "entries", "give a list with less entries",
				"the list has more than %d entries", maxEntries)
			return false
		default:
			keys[e.Key] = true
			l.Entries = append(l.Entries, e)
		}
		return true
	})
	if err = cmp.Or(failed, err); err != nil {
		return nil, err
	}
	if len(l.Entries) == 0 {
		return nil, problem.Errorf(problem.Place{URL: d.URL}, "empty",
			"look at the list, and at columns and record of its configuration",
			"none of %s of the list is an entry", problem.Count(l.Rows, "row"))
	}
	slices.SortFunc(l.Entries, func(a, b Entry) int { return cmp.Compare(a.Key.Value, b.Key.Value) })
	return l, nil
}

// entry reads a row; not ok when it is no entry.
func (l *List) entry(row document.Entry, place problem.Place) (e Entry, ok bool) {
	l.Rows++
	if row.Err != nil {
		l.leave(problem.Violation, place, "entry", "", row.Err.Error(), "ask the list's owner to correct the entry")
		return e, false
	}
	text := func(field string) string {
		v := document.ValueText(document.Lookup(row.Values, l.Config.Columns[field]))
		return problem.Cut(strings.TrimSpace(v), maxValue)
	}
	e.Facts = map[string]string{}
	for _, field := range facts {
		if l.Config.Columns[field] != "" {
			if v := text(field); !blank(v) {
				e.Facts[field] = v
			}
		}
	}
	key := l.Config.key()
	for _, kind := range identifiers {
		if l.Config.Columns[kind] == "" {
			continue
		}
		value := normal(text(kind))
		if blank(value) || kind == "tax-id" && strings.Trim(value, "0") == "" { // as companies of other countries have
			continue
		}
		if why := invalid(kind, value); why != "" {
			l.problem(problem.Warning, place, kind, text(kind), why+"; the value is left out",
				"ask the list's owner to correct it")
			continue
		}
		e.Identifiers = append(e.Identifiers, Identifier{kind, value})
		if kind == key {
			e.Key = Identifier{kind, value}
		}
	}
	switch {
	case e.Key.Value != "" && e.name() != "":
		return e, true
	case len(e.Identifiers) == 0 && len(e.Facts) == 0: // an empty line
		l.Rows--
	case e.Key.Value == "":
		l.leave(problem.Warning, place, "key", e.name(), "the entry has no "+key+"; it is left out",
			"ask the list's owner for it, or set key to an identifier that all entries have")
	default:
		l.leave(problem.Warning, place, "name", e.Key.Value, "the entry has no name; it is left out",
			"ask the list's owner for it")
	}
	return e, false
}

// blank reports whether a value is one of those that stand for none.
func blank(s string) bool {
	return strings.Trim(s, " \t-－—–_*") == "" || s == "無" || s == "N/A"
}

// name returns the name in full, or else the short one.
func (e *Entry) name() string { return cmp.Or(e.Facts["name"], e.Facts["short-name"]) }

// maxProblems is how many problems of a list are kept.
const maxProblems = 1000

func (l *List) problem(s problem.Severity, p problem.Place, rule, value, message, remedy string) {
	if len(l.Problems) < maxProblems {
		l.Problems = append(l.Problems, problem.Problem{Severity: s, Place: p, Rule: rule, Value: value,
			Message: message, Remedy: remedy})
	}
}

// leave notes a row that is no entry.
func (l *List) leave(s problem.Severity, p problem.Place, rule, value, message, remedy string) {
	l.Left++
	l.problem(s, p, rule, value, message, remedy)
}

// String returns the name of the entry with its identifiers.
func (e Entry) String() string {
	s := e.name()
	for _, id := range e.Identifiers {
		s += fmt.Sprintf(", %s %s", id.Kind, id.Value)
	}
	return s
}
