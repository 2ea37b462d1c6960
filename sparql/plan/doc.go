// Package plan chooses how a query is evaluated: it turns algebra into a tree
// of physical operators with the counts of a store snapshot.
//
// [Build] makes the tree; each [Node] carries an [Info] that says which
// variables it binds, in which order its solutions come and how many are
// expected. Package exec runs the tree. [Print] shows it, with the measured
// numbers of a run where there are some.
//
// Joins of triple patterns are ordered by dynamic programming over connected
// patterns, greedily beyond a fixed number of them. Patterns whose variables
// the solutions so far bind are looked up in the index (Lookup); patterns sorted
// on a common variable are merged (MergeJoin); everything else is hashed
// (HashJoin). OPTIONAL, EXISTS and everything else that depends on the solutions
// beside it runs a plan for each batch of them (Apply) when that is cheaper, or
// when only that is right.
package plan
