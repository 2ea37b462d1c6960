package plan

import "fincat/sparql/algebra"

// dynamic is filled in below.
func (b *builder) dynamic([]*relation, []algebra.Expr) (Node, map[*relation]bool) { return nil, nil }
