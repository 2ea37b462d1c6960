// Package sparql answers SPARQL 1.1 and 1.2 queries and updates over a store.
//
// An [Engine] has four methods: [Engine.Query], [Engine.Update],
// [Engine.Explain] and [Engine.Running]. A query sees one snapshot, which is
// given back with [Result.Close]; an update request is one commit, and its later
// operations see what its earlier ones did.
//
// Every query has a deadline, a memory budget and a cap on its solutions; see
// [Options]. A sequence of solutions or quads that cannot be completed ends with
// an error, never silently. Errors are of four kinds: [*syntax.Error] for a
// request that is no SPARQL, [ErrTimeout], [ErrCanceled] and [*LimitError];
// whatever else comes is the store's or a remote endpoint's.
package sparql
