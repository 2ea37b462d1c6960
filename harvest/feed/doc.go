// Package feed publishes the catalogue for other catalogues and programs.
//
// [New] makes a [Handler] whose routes are: the catalogue as DCAT in pages
// with Hydra controls (/catalog), every IRI of the catalogue's own as RDF, all
// quads (/dump.nq.gz), and the catalogue as harvesters of OAI-PMH, LDES, data.json,
// CKAN, Atom, RSS, sitemaps and the 2015 interface of data.gov.tw read it, as search
// engines do ([Handler.SchemaOrg]) and assistants ([Handler.MCP]).
// [Describe] is what the catalogue says about one resource; the pages of the
// portal show the same.
//
// Every answer comes from one snapshot. Its entity tag is made of the
// snapshot's sequence number and the address, so an unchanged store answers
// 304; the links between pages carry that number, so that somebody who walks
// through them sees one state of the catalogue even while a harvest runs.
package feed
