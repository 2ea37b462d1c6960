// Package sparql answers SPARQL 1.1 and 1.2 queries and updates over a store.
//
// An [Engine] answers with [Engine.Query] and [Engine.Update], shows its plans
// with [Engine.Explain] and its work with [Engine.Running]. A query sees one
// snapshot, which is given back with [Result.Close]; an update request is one
// commit, and its later operations see what its earlier ones did.
//
// Who has to know what a request is before it is run parses it first, with
// [Engine.ParseQuery] or [Engine.ParseUpdate], and then runs the [Query] or
// [Update] with [Engine.Run] or [Engine.RunUpdate].
//
// Every query has a deadline, a memory budget and a cap on its solutions; see
// [Options]. Sorting, grouping and DISTINCT put what does not fit in the budget into
// temporary files; hash joins, paths and the terms that a query makes have to fit.
// A sequence of solutions or quads that cannot be completed ends with an error, never
// silently. Errors are of four kinds: [*syntax.Error] for a
// request that is no SPARQL, [ErrTimeout], [ErrCanceled] and [*LimitError];
// whatever else comes is the store's or a remote endpoint's.
package sparql
