// Package measuring is the command bench: it compares SPARQL endpoints, and makes
// catalogues to compare them with.
package measuring
