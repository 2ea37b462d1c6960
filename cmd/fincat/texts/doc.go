// Package texts holds the commands that work on a text without a store: parse, which
// reads SPARQL, and jsonld, which transforms JSON-LD.
package texts
