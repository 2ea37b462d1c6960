// Package gate decides how many requests a server works on at once, and how slow
// their clients may be.
//
// A [Gate] has places. A request gets a [Ticket] when it comes, and a place only when
// there is work to do for it: [Ticket.Turn] takes one, and is called again between
// pieces of the work. While a request waits for its client, or for another server, its
// place is free for others ([Ticket.Idle]); so clients that are slow, in sending or in
// reading, keep nobody else from being answered. Those that are slower than a minimum
// rate are cut off.
//
// Requests take turns, those that have worked least and waited longest first; those that follow each other
// on one connection without a pause count as one ([WithConnection]). Work is processor
// time. A request that has worked for long moves to the few places for long work. So there
// is always a place for a short one, and processors to do its work.
//
// A ticket is in the context of its request: [From] finds it, and all its methods do
// nothing on a nil ticket.
package gate
