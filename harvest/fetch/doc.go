// Package fetch is the guarded client: whatever the program fetches from other
// people's servers, it fetches politely and within limits.
//
// One [Client] is shared by the process. It keeps the pace of each host and
// how many requests are open there, obeys robots.txt, refuses addresses inside
// private networks, and completes the certificate chains of servers that leave
// a part out. A [Session] is one use of it, by a source or by a check, with the
// limits and the credentials of a [Policy] and its own part of the [Cache].
// Get, Head, Post and Stream take a [Request] and give a [Response], or a
// [Document] that is read as a stream and never held in memory as a whole. Text
// in any charset becomes UTF-8. What goes wrong is an [*problem.Error] with the place, a
// rule (each limit has one of its name) and a remedy.
//
// A body that comes too slowly ends as one that does not come at all. A kept
// response is asked for with conditions only if its date and its ETag can tell
// two versions of the document apart. A name in Content-Encoding that is no
// coding is passed over when the body is text, and told in [Response.Coding].
//
// A [Crawl] goes from page to page. It is colly that visits: what was visited
// already, how deep, in which domains, and which elements its selectors match.
// No other package imports colly. Its transport is the session, so that
// everything above holds for pages too; redirects are followed below it.
//
// The package knows no kind of source and nothing of DCAT.
//
// # What colly is not used for
//
// TestColly and TestCollyBodies measure each of these and fail once a release has repaired it:
//
//   - NewCollector reads COLLY_ variables of the environment, so that the
//     collector is made without it.
//   - A body longer than MaxBodySize is cut without an error, and a body is
//     converted by the charset of its header alone: the session bounds bodies and
//     finds charsets, and hands over UTF-8.
//   - The delay of a LimitRule goes on after the context was cancelled. It also
//     knows one collector only, while a host's pace holds for all sessions.
//   - Queue and Async run callbacks on goroutines of their own. A panic there
//     could not be caught and would end the program, and a record may be yielded
//     on the goroutine of its consumer only; Queue also drops the error of a
//     visit that is refused. So visits are made one after the other.
//   - OnXML holds a document as a tree that takes more than twenty times its
//     size, 1.3 GB for the 64 MiB that a source may send, and refuses a prefix
//     that was not declared, which sitemaps in use have. Sitemaps are read with
//     encoding/xml.
package fetch
