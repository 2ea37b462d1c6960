// Package document is what the readers and writers of RDF documents share: their
// options and limits, problems with their place in the document, the window over
// a document that is read as a stream, and the terms that its text stands for.
//
// A reader takes bytes from a [Source], which knows the line and column of each,
// and makes terms of them with [Terms], which checks and resolves IRIs. What is
// wrong becomes an [Error] (the syntax does not allow it), a [LimitError] (the
// document asks for more than [Limits] allow) or, when [Options] ask for lenient
// reading, a [Problem] that is reported while reading goes on.
//
// A writer passes every quad through a [Checker], which refuses what would not
// read back as it was. [Layout] finds out how a set of quads looks best to a
// person: sorted, with blank nodes and lists inside what refers to them.
//
// The package knows no syntax and no media type. Formats are the business of
// rdfio and of the packages for single syntaxes.
package document
