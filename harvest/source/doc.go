// Package source gathers records from other catalogues: one file for each
// [Kind] of source.
//
// A kind is a name and a function that gathers records as a stream. Each
// [Record] has the source's identifier, its [Place] in the source, and its
// content mapped to a dcat.Dataset; what is wrong with it is a list of
// [Problem] values, never a reason to stop. To add a kind, write its file, add
// it to [Kinds], and record a source with its expected triples under
// testdata/harvest/<kind>.
//
// Documents that may be large (exports, tables, data.json) are received into a
// temporary file and read as a stream; RDF documents and workbooks are read
// whole, within max_bytes.
//
// All fetching goes through a [Client], which paces and counts requests per
// host over all sources, obeys robots.txt, refuses addresses inside private
// networks, completes the certificate chains of servers that leave a part out,
// and keeps to the limits of the configuration: each that is exceeded is an
// [Error] with a rule of its name. A [Session] is one source's use of
// it. No other package knows that colly does the visiting.
package source
