// Package value computes with RDF terms: numbers, dates and durations, strings,
// regular expressions, casts, comparisons and the set functions of grouping. It
// does not know the store; who has IDs decodes them first.
//
// A [Value] is a term with its XPath value. An expression error is the zero
// Value, never a Go error.
//
// A [Function] is an operator, a builtin function or a cast of SPARQL 1.1 §17
// with the additions of SPARQL 1.2. One table says for each its keyword or IRI,
// how many arguments it takes, what kind of term it gives, what its value
// depends on, and computes it: the parser, the simplifier, the planner, the
// executor and the printers ask that table. What a function knows beside its
// arguments is in a [Scope]. An [Aggregator] is a set function; an
// [Accumulator] is one for one group.
//
// Limits: fractions of a second are kept to the nanosecond, years to eleven
// digits; decimal division is rounded to 34 digits; regular expressions have no
// back-references and no character class subtraction.
package value
