// Package exec evaluates physical plans of package plan over a snapshot of the
// store.
//
// Operators exchange batches: columns of store IDs, about two thousand
// solutions at a time. Terms that expressions make get IDs of their own from a
// dictionary of the query, so that joins compare IDs only and terms are decoded
// where an expression or the result needs them.
//
// A [Value] is a term with its XPath value; the functions and operators of
// SPARQL 1.1 §17 with the additions of SPARQL 1.2 work on Values. An expression
// error is the zero Value, never a Go error.
//
// Limits: fractions of a second are kept to the nanosecond, years to eleven
// digits; decimal division is rounded to 34 digits; regular expressions have no
// back-references and no character class subtraction.
package exec
