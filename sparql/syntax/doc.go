// Package syntax reads and writes the SPARQL 1.1 Query and Update languages
// with the additions of the SPARQL 1.2 drafts.
//
// [ParseQuery] and [ParseUpdate] turn text into a tree, [Query] or [Update];
// the String method of either turns it back into text that parses to the same
// tree. All scoping and static rules of the specifications are checked while
// parsing, so a tree that comes from the parser is a valid request.
//
// The tree holds what the request means and not how it was written: prefixed
// names and relative IRIs are resolved, and property lists, collections, blank
// node property lists, reified triples and annotations are expanded to plain
// triple patterns (SPARQL 1.2 §4.2). Terms are values of package term; the
// positions of a pattern are a [Node], expressions an [Expr], property paths a
// [PathExpr], and the members of a group graph pattern an [Element].
//
// Beyond the specifications there is one extension, ORDER BY within
// GROUP_CONCAT. LATERAL is not: the drafts have not settled it.
//
// Errors are of type [*Error] and name line and column, what was met and what
// was expected. Nesting deeper than [MaxDepth] is an error; reading takes time
// linear in the length of the text.
package syntax
