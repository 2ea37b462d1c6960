// Package problem holds what can be said against a source: a [Problem] of one of
// its records, and an [Error], for which the source could not be read to its end.
// Both name the [Place], the rule that was broken and what to do about it.
//
// The package knows neither how sources are read nor where problems are kept, so
// that the code for both can speak of them.
package problem
