package text

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"

	"fincat/vocab/term"
)

// DefaultLimit is how many literals a search yields that names no limit, and
// MaxLimit the most it may ask for.
const (
	DefaultLimit = 10_000
	MaxLimit     = 100_000
)

// Query is a search for literals.
type Query struct {
	Text  string // words, "phrases", prefix*, AND, OR, NOT, +, -, ( )
	Lang  string // basic language range such as zh; "none" for literals without a tag; "" for all
	Limit int    // most literals wanted; 0 is DefaultLimit
}

// Match is a literal that was found, and how well it matches: higher is better.
type Match struct {
	Literal term.Term
	Score   float64
}

// Search yields the literals that match q, best first, each once. It first
// waits until everything up to commit seq is indexed. A mistake in the text is
// a [*SyntaxError].
func (x *Index) Search(ctx context.Context, seq uint64, q Query) iter.Seq2[Match, error] {
	return func(yield func(Match, error) bool) {
		r, err := x.request(q)
		if err == nil {
			err = x.reach(ctx, seq)
		}
		var hits []*search.DocumentMatch
		if err == nil {
			hits, err = x.hits(ctx, r)
		}
		if err != nil {
			yield(Match{}, err)
			return
		}
		for _, h := range hits {
			if m, err := match(h); !yield(m, err) || err != nil {
				return
			}
		}
	}
}

func (x *Index) request(q Query) (*bleve.SearchRequest, error) {
	limit := q.Limit
	switch {
	case limit == 0:
		limit = DefaultLimit
	case limit < 0 || limit > MaxLimit:
		return nil, fmt.Errorf("text query limit %d is not between 1 and %d", limit, MaxLimit)
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

func (x *Index) hits(ctx context.Context, r *bleve.SearchRequest) ([]*search.DocumentMatch, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.index == nil {
		return nil, bleve.ErrorIndexClosed
	}
	res, err := x.index.SearchInContext(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("search the text index: %w", err)
	}
	return res.Hits, nil
}

// match reads the literal back from the document.
func match(h *search.DocumentMatch) (Match, error) {
	t, ok := literal(h.Fields)
	if !ok {
		return Match{}, fmt.Errorf("text index document %s holds no literal; delete the index to build it anew", h.ID)
	}
	return Match{t, h.Score}, nil
}
