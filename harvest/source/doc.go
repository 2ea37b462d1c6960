// Package source gathers records from other catalogues: one file for each
// [Kind] of source.
//
// A kind is a name and a function that gathers records as a stream. What is wrong
// with a record is a list of [Problem] values, never a reason to stop. To add a
// kind, write its file, add it to [Kinds], and record a source with its expected
// triples under testdata/harvest/<kind>; the README has the recipe.
//
// A kind puts together what other packages do: harvest/document reads JSON, XML,
// tables and RDF as others serve them, harvest/openapi descriptions of APIs, and
// harvest/mapping makes a mapping.Record of what was read.
//
// A [Session] is the gathering of one source. It gives a kind the source's
// configuration and fetches for it, through the guarded client of
// harvest/fetch. What a kind finds besides records, it leaves in the session's
// [Findings]: what the source says of itself, what is wrong with it as a whole,
// and whether a record that did not come is missing.
//
// A gathering may be asked for what changed since a time, and then also for what
// earlier ones could not read ([Options.Again]); mapping.Record.Again says what that is.
// A source that says how many records it has, and sends fewer, was not gathered
// completely; nor was one that names a page as the page after itself.
//
// The kinds html, schemaorg and sitemap go from page to page by a fetch.Crawl.
// Documents that may be large (exports, tables, data.json) are received into a
// temporary file and read as a stream; RDF documents and workbooks are read
// whole, within max_bytes.
//
// # What knakk/sparql is not used for
//
// The kind sparql lets knakk/sparql write the requests that are posted and read
// the lists of datasets. It does not send with it: a Repo sends through
// http.DefaultClient, which no guard watches, takes no other client, and its
// options Timeout, BasicAuth and DigestAuth change that client for the whole
// process. Nor does it read with it what users ask for: its parser holds all
// solutions in memory and takes any JSON object for an answer without
// solutions. TestKnakkSPARQL fails once a release has repaired this.
package source
