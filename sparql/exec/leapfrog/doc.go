// Package leapfrog joins many relations at once, variable by variable: leapfrog triejoin
// (Veldhuizen, 2014), which never makes more partial solutions than the worst case of the
// result asks for. A [Relation] is a sorted set of pairs of IDs, or of single ones, in memory;
// a [Join] runs over some of them.
package leapfrog
