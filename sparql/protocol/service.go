package protocol

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"fincat/sparql/results"
	"fincat/vocab/term"
)

// Service evaluates the pattern of a SERVICE clause (SPARQL 1.1 Federated Query
// §2) at its endpoint. The bindings that are known go along in batches, in a
// VALUES clause, so that the endpoint need not send what cannot join.
func (c *Client) Service(ctx context.Context, r ServiceRequest) iter.Seq2[results.Solution, error] {
	return func(yield func(results.Solution, error) bool) {
		var n int64
		for values := range c.batches(r) {
			more, err := c.serviceBatch(ctx, r, values, &n, yield)
			if err != nil {
				yield(nil, fmt.Errorf("SERVICE <%s>: %w", r.Endpoint, err))
				return
			}
			if !more {
				return
			}
		}
	}
}

func (c *Client) serviceBatch(ctx context.Context, r ServiceRequest, values string, n *int64, yield func(results.Solution, error) bool) (more bool, err error) {
	a, err := c.Query(ctx, Request{Endpoint: r.Endpoint, Query: serviceQuery(r, values)})
	if err != nil {
		return false, err
	}
	defer a.Close()
	if a.Results == nil {
		return false, fmt.Errorf("a graph came where solutions were expected")
	}
	if _, isBoolean := a.Results.Boolean(); isBoolean {
		return false, fmt.Errorf("a boolean came where solutions were expected")
	}
	place := make([]int, len(r.Vars)) // in the answer, -1 when it is not there
	for i, v := range r.Vars {
		place[i] = -1
		for j, w := range a.Results.Vars() {
			if v == w {
				place[i] = j
			}
		}
	}
	label := c.label()
	for s, err := range a.Results.Solutions() {
		if err != nil {
			return false, err
		}
		if *n++; *n > c.o.MaxSolutions {
			return false, fmt.Errorf("%w of %d", errTooMany, c.o.MaxSolutions)
		}
		out := make(results.Solution, len(r.Vars))
		for i, j := range place {
			if j >= 0 {
				out[i] = relabel(s[j], label)
			}
		}
		if !yield(out, nil) {
			return false, nil
		}
	}
	return true, nil
}

// relabel marks the blank nodes of one answer.
func relabel(t term.Term, label string) term.Term {
	switch t.Kind() {
	case term.BlankNode:
		return term.NewBlankNode(label + t.Value())
	case term.TripleTerm:
		r := t.Triple()
		return term.NewTripleTerm(term.Triple{Subject: relabel(r.Subject, label), Predicate: r.Predicate, Object: relabel(r.Object, label)})
	}
	return t
}

func serviceQuery(r ServiceRequest, values string) string {
	var b strings.Builder
	b.WriteString("SELECT")
	for _, v := range r.Vars {
		b.WriteString(" ?" + v)
	}
	if len(r.Vars) == 0 {
		b.WriteString(" *")
	}
	b.WriteString(" WHERE " + r.Pattern)
	b.WriteString(values)
	return b.String()
}

// batches yields the VALUES clauses to send, at least one, which may be empty.
func (c *Client) batches(r ServiceRequest) iter.Seq[string] {
	return func(yield func(string) bool) {
		columns := sendableColumns(r)
		if len(columns) == 0 {
			yield("")
			return
		}
		seen := map[string]bool{}
		var b strings.Builder
		n := 0
		flush := func() bool {
			text := " VALUES (" + strings.Join(names(r.BindVars, columns), " ") + ") {" + b.String() + " }"
			b.Reset()
			n = 0
			return yield(text)
		}
		for _, s := range r.Bindings {
			row := valuesRow(s, columns)
			if seen[row] {
				continue
			}
			seen[row] = true
			b.WriteString(row)
			if n++; n >= c.o.Batch || b.Len() >= c.o.BatchBytes {
				if !flush() {
					return
				}
			}
		}
		if n > 0 {
			flush()
		}
	}
}

// sendableColumns are the variables that restrict anything. If one solution has
// no term that can be sent, nothing is restricted.
func sendableColumns(r ServiceRequest) []int {
	var columns []int
	for i := range r.BindVars {
		for _, s := range r.Bindings {
			if sendable(s[i]) {
				columns = append(columns, i)
				break
			}
		}
	}
	for _, s := range r.Bindings {
		restricts := false
		for _, i := range columns {
			restricts = restricts || sendable(s[i])
		}
		if !restricts {
			return nil
		}
	}
	return columns
}

// sendable leaves out blank nodes, which mean nothing elsewhere, and what
// endpoints of SPARQL 1.1 would take for a syntax error.
func sendable(t term.Term) bool {
	return t.IsIRI() || t.IsLiteral() && t.Direction() == term.NoDirection
}

func names(vars []string, columns []int) []string {
	var out []string
	for _, i := range columns {
		out = append(out, "?"+vars[i])
	}
	return out
}

func valuesRow(s results.Solution, columns []int) string {
	b := []byte(" (")
	for k, i := range columns {
		if k > 0 {
			b = append(b, ' ')
		}
		if sendable(s[i]) {
			b = s[i].Append(b)
		} else {
			b = append(b, "UNDEF"...)
		}
	}
	return string(append(b, ')'))
}
