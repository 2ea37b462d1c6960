// Package saving has the pages and routes of saved queries, which [fincat/harvest/queries/saved]
// keeps.
//
// Below /saved are pages for people, JSON for programs, and RDF for whoever prefers that. Whoever
// has signed in, or has a token, may save: a query with a title under a name, or a short link.
// A version after those of somebody else, and taking a query away, is for whoever saved it first
// and for maintainers. Below /api/query each saved query, each of its versions, and each example
// of the program has an address that answers it, with its parameters and those of /sparql.
package saving
