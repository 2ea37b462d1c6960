// Package codelist makes entities of the code lists that identifiers come from: lists of
// companies with stock code and 統一編號, of securities with their ISINs, of banks.
//
// [Config] says where a list is and which of its columns hold which identifier; [Read]
// reads it as a [List] of entries, and leaves out values that cannot be such an
// identifier (check.go). [List.Triples] describes them: each entry is an entity whose IRI
// is made of one identifier, as in entity/stock-code/2330, with all its identifiers as
// adms:Identifier, whose dct:type is the concept of the scheme "identifier" (vocab/dcat)
// that columns of datasets identify too. A list has a graph of its own, named
// graph/code-list/…; an entity of several lists is described in the graph of each.
//
// A [Follower] links the entities along the commit log (relate.go, mention.go):
//
//   - owl:sameAs between organisations that have an identifier in common, or the same
//     name in law, which no two companies have (公司法 §18). A share and its company have
//     the same stock code and are not the same thing: fincat:issuer leads from the one to
//     the other.
//   - schema:about from a dataset to each entity that its title names, schema:mentions to
//     those that its description names: with a name in full, a 統一編號, an ISIN or an LEI,
//     or a code beside the short name.
//
// Which rows a dataset has is not known. That a dataset has a column of stock codes
// (fincat:joinsOn) and an entity a stock code says only that rows about the entity may be
// there, and queries and pages tell the two apart.
//
// Limits: a list has at most 200,000 entries; of a dataset at most 50 entities are kept.
package codelist
