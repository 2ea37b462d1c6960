// Package protocol is SPARQL over HTTP, from both ends.
//
// [Handler] serves the SPARQL 1.1 Protocol, the Graph Store HTTP Protocol, the
// service description and VoID for an engine and its store. Answers are
// streamed. An answer that fails after it has begun is broken off in the middle
// of the chunked coding, and the document itself is left unfinished, so that
// neither a client's HTTP library nor its parser takes it for complete. A
// streamed answer that is complete ends with the trailer "Fincat-Result:
// complete". An error is answered by a [Problem], which other packages write
// with [WriteProblem] too.
//
// [Client] queries other endpoints, for SERVICE, for LOAD and for comparisons.
// Answers are read as they arrive and within limits, and no name or redirect
// leads into private networks.
//
// The program's own queries are text in .rq files, read with [LoadQueries].
//
// # The client library
//
// github.com/knakk/sparql holds the named queries in its Bank, a [Request] is a
// Provider of it, and its JSON parser reads small answers whose shape is checked
// afterwards. The rest of it cannot be used, for reasons that a test measures so
// that a repaired release is noticed:
//
//   - A Repo sends through http.DefaultClient, and no option gives it another
//     client, so a name or a redirect could lead it into private networks. Its
//     options Timeout, BasicAuth and DigestAuth alter that client for the whole
//     process. When an endpoint redirects, it asks the new address by GET and
//     without the query.
//   - The parser takes any JSON object for a result without solutions, such as
//     an error message that was sent with status 200, and does not look at what
//     follows the object. It holds the whole answer in memory, refuses triple terms
//     and loses the base direction of strings. Its Solutions leave out literals
//     with language tags of more than two parts, such as zh-Hant-TW.
//   - A Bank joins lines; [LoadQueries] refuses files that this would change.
package protocol
