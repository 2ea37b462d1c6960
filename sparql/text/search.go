package text

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"

	"fincat/sparql/algebra"
	"fincat/sparql/exec"
	"fincat/sparql/gate"
)

// DefaultLimit is how many literals a search yields that names no limit, and
// MaxLimit the most it may ask for.
const (
	DefaultLimit = 10_000
	MaxLimit     = 100_000
)

// Search yields the literals that match q, best first, each once. It first
// waits until everything up to commit seq is indexed. The text consists of
// words, "phrases" and beginnings*, which are alternatives unless AND, OR, NOT,
// +, - and brackets say otherwise; the language is a basic range such as zh, or
// "none" for literals without a tag. A mistake in the text is a [*SyntaxError].
func (x *Index) Search(ctx context.Context, seq uint64, q exec.TextQuery) iter.Seq2[exec.TextMatch, error] {
	return func(yield func(exec.TextMatch, error) bool) {
		var hits []*search.DocumentMatch
		r, err := x.request(q)
		for begun := false; err == nil && !begun; {
			gate.From(ctx).Idle(func() { err = x.following.Reach(ctx, seq) })
			if err == nil {
				hits, begun, err = x.hits(ctx, r, seq)
			}
		}
		if err != nil {
			yield(exec.TextMatch{}, err)
			return
		}
		for _, h := range hits {
			if m, err := match(h); !yield(m, err) || err != nil {
				return
			}
		}
	}
}

func (x *Index) request(q exec.TextQuery) (*bleve.SearchRequest, error) {
	limit := q.Limit
	switch {
	case limit == 0:
		limit = DefaultLimit
	case limit < 0 || limit > MaxLimit:
		return nil, algebra.Requestf("text query limit %d is not between 1 and %d", limit, MaxLimit)
	}
	wants, err := parse(q.Text, x.mapping.AnalyzerNamed(wanted))
	if err != nil {
		return nil, err
	}
	if q.Lang != "" {
		lang := query.NewTermQuery(strings.ToLower(q.Lang))
		lang.SetField(fieldLang)
		lang.SetBoost(0)
		wants = query.NewConjunctionQuery([]query.Query{wants, lang})
	}
	r := bleve.NewSearchRequestOptions(wants, limit, 0, false)
	r.Fields = []string{fieldValue, fieldTag}
	r.SortBy([]string{"-_score", "_id"})
	return r, nil
}

// hits returns what the index has; begun is false when it has just been emptied, to
// be built anew, so that it must be waited for again.
func (x *Index) hits(
	ctx context.Context, r *bleve.SearchRequest, seq uint64,
) (hits []*search.DocumentMatch, begun bool, err error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	switch {
	case x.index == nil:
		return nil, false, bleve.ErrorIndexClosed
	case seq > 0 && x.state.cursor.Seq == 0:
		return nil, false, nil
	}
	res, err := x.index.SearchInContext(ctx, r)
	if err != nil {
		return nil, false, fmt.Errorf("search the text index: %w", err)
	}
	return res.Hits, true, nil
}

// match reads the literal back from the document.
func match(h *search.DocumentMatch) (exec.TextMatch, error) {
	t, ok := literal(h.Fields)
	if !ok {
		return exec.TextMatch{},
			fmt.Errorf("text index document %s holds no literal; delete the index to build it anew", h.ID)
	}
	return exec.TextMatch{Literal: t, Score: h.Score}, nil
}
