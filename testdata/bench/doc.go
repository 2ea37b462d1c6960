// Package bench holds the queries and updates of the command bench, for catalogues made by
// the command "bench generate". [Files] has them; README.md says what belongs into one.
package bench
