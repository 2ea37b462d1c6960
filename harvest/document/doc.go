// Package document reads documents as others serve them: JSON, JSON Lines, XML,
// YAML, CSV, workbooks and RDF, in any encoding and with the faults that are
// usual.
//
// A [Document] is read as a stream, entry by entry, whatever its size:
// [Document.JSONEntries], [Document.LineEntries] and [Document.Rows] yield an
// [Entry] for each object, line or element, with the place in the document where
// it stands. An entry that is broken has an error of its own, and the next one
// follows. Functions such as [JSONText], [XMLText], [YAMLToJSON] and [Quads] take a
// fetch.Response, a document that is in memory.
//
// What a format does not allow is repaired where its meaning is plain, and told to
// the document's Notice; characters that are lost become U+FFFD
// ([Replacement]). A document that cannot be read on is a *problem.Error, which
// names the place and what to do: a page of HTML instead of data, an answer that was
// cut off, the line with the fault.
//
// [Object], [LooseText] and [LooseList] take JSON whose values have another form
// than its specification says. [Pages] notices when a sequence of documents goes
// round in circles.
//
// The package knows how documents are fetched (harvest/fetch), but neither kinds of
// sources nor what the entries mean.
package document
