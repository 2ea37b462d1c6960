package algebra

import (
	"errors"

	"fincat/sparql/syntax"
)

// Translate turns a query into algebra (SPARQL 1.1 §18.2).
func Translate(q *syntax.Query) (*Query, error) { return nil, errors.New("algebra: under way") }

// TranslateUpdate turns an update request into algebra (SPARQL 1.1 Update §4.3).
func TranslateUpdate(u *syntax.Update) (*Update, error) { return nil, errors.New("algebra: under way") }

// Simplify rewrites o without statistics; its value stays the same multiset.
func Simplify(o Op) Op { return o }
