// Package protocol is SPARQL over HTTP, from both ends.
//
// [Handler] serves the SPARQL 1.1 Protocol, the Graph Store HTTP Protocol, the
// service description and VoID for an engine and its store. Answers are streamed; one that fails
// after it has begun is broken off in the middle of the chunked coding, and the
// document itself is left unfinished, so that neither a client's HTTP library
// nor its parser takes it for complete. A complete one that was streamed ends
// with the trailer "Fincat-Result: complete". Errors are a [Problem], which
// other packages write with [WriteProblem] too.
//
// [Client] queries other endpoints, for SERVICE and for harvesting: bindings
// are sent in batches, answers are read as they arrive and within limits, and no
// name or redirect leads into private networks.
//
// The program's own queries are text in .rq files, read with [LoadQueries].
package protocol
