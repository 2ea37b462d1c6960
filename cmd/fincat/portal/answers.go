package portal

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"fincat/sparql"
	"fincat/store"
	"fincat/vocab/term"
)

// answers remembers the solutions of the portal's own queries until the next
// commit, because most visitors ask for the same counts.
type answers struct {
	mu   sync.Mutex
	seq  uint64
	rows map[string][][]term.Term
}

const (
	maxAnswers     = 500   // queries remembered
	maxAnswerTerms = 4_000 // terms of an answer that is remembered
)

func (a *answers) get(seq uint64, text string) ([][]term.Term, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.seq != seq {
		return nil, false
	}
	rows, ok := a.rows[text]
	return rows, ok
}

func (a *answers) put(seq uint64, text string, rows [][]term.Term) {
	if len(rows) > 0 && len(rows)*len(rows[0]) > maxAnswerTerms {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if seq < a.seq {
		return
	}
	if a.seq != seq || a.rows == nil || len(a.rows) >= maxAnswers {
		a.seq, a.rows = seq, map[string][][]term.Term{}
	}
	a.rows[text] = rows
}

// solutions runs one of the portal's own queries over a snapshot.
func (p *Portal) solutions(ctx context.Context, sn *store.Snapshot, text string) ([][]term.Term, error) {
	if rows, ok := p.answered.get(sn.Seq(), text); ok {
		return rows, nil
	}
	res, err := p.Engine.Query(ctx, text, sparql.QueryOptions{Snapshot: sn})
	if err != nil {
		return nil, err
	}
	defer res.Close()
	var rows [][]term.Term
	for row, err := range res.Solutions() {
		if err != nil {
			return nil, err
		}
		rows = append(rows, slices.Clone(row))
	}
	p.answered.put(res.Seq(), text, rows)
	return rows, nil
}

// named runs a named query with parameters.
func (p *Portal) named(ctx context.Context, sn *store.Snapshot, name string, params any) ([][]term.Term, error) {
	text, err := p.Queries.Text(name, params)
	if err != nil {
		return nil, err
	}
	rows, err := p.solutions(ctx, sn, text)
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", name, err)
	}
	return rows, nil
}

// number reads the lexical form of an integer; whatever is none counts as 0.
func number(t term.Term) int {
	n, err := strconv.Atoi(t.Value())
	if err != nil {
		return 0
	}
	return n
}
