// Package bench compares SPARQL endpoints: it asks them the same, checks that they answer
// the same, and reports the times.
//
// [Queries] reads what is to be asked, [Run] asks it in rounds in which the endpoints take
// turns, over HTTP by SPARQL 1.1 alone, so that every store is measured in the same way,
// and the [Report] is written as table, CSV, JSON or chart.
//
// A time is from the request until the last byte of the answer; what the answer means is
// found out afterwards. Answers agree when they are the same multiset of solutions, blank
// nodes counting as equal and numbers by value. Of a query with ORDER BY over variables that
// it selects, the sequence of their values must agree too; of one with LIMIT or OFFSET, only
// that and the number of solutions, because the specification leaves open which of equals
// are cut off. A query that takes longer than the limit is a timeout: it is not asked again
// there, and counts with the limit.
package bench
