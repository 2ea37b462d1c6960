// Package portal is the web front of the catalogue: home page, search, pages
// of every resource, and a form to run SPARQL queries, in Traditional Chinese
// and English.
//
// Pages are html/template over named SPARQL queries and need neither scripts
// nor anything from another host. What the catalogue holds came from outside,
// so nothing of it is trusted: text is escaped by the templates, and only http
// and https addresses become links.
package portal
