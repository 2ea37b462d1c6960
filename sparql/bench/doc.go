// Package bench times queries on one or two SPARQL endpoints and compares what they
// answer.
//
// [Queries] reads what is to be asked, [Run] asks it in rounds in which the endpoints
// take turns, and the [Report] has the times, whether the answers are the same, and
// the geometric mean of the ratios. Answers are compared without regard to the order
// of solutions and to the labels of blank nodes.
package bench
