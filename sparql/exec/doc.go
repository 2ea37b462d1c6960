// Package exec evaluates physical plans of package plan over a snapshot of the
// store.
//
// Operators exchange batches: columns of store IDs, about two thousand
// solutions at a time. Terms that expressions make get IDs of their own from a
// dictionary of the query, so that joins compare IDs only and terms are decoded
// where an expression or the result needs them. Expressions are computed by
// package value; here they are compiled to functions over the columns of a
// batch, some of which need only look at IDs.
//
// A sort that holds more than is left of the memory writes sorted runs to files and
// merges them; grouping and DISTINCT leave solutions with new keys for later, parted by
// the hash of the key. See package spill.
//
// An [Env] is what the operators of one query share; [Env.Run] evaluates a plan.
package exec
