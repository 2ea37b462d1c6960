// Package stats counts the quads of a store for planning queries: in all, by
// predicate, and by characteristic set.
//
// [Counts] is what callers see of one state. A [Delta] is statistics or a change to
// them: commits work out their own, and those of a state are the sum of all. Counts
// are exact, save that no more than 65,536 characteristic sets are kept.
package stats
