// Package listing keeps what is in the catalogue and when it changed, in memory,
// so that a feed finds the datasets of a page without a query.
//
// A [Listing] is one state of it, which never changes: a [Dataset] for each DCAT
// dataset, by IRI and by time, and those that were removed. [Follower] makes the next
// one along the commit log, and writes each change to a [events.Log].
// [Follower.Current] gives the newest state of the store with its listing.
//
// A change has the time at which it was first seen here, later than its commit, and
// whoever asks for a listing waits until the newest commit is in it. So a client that
// asks for what has changed since its last visit misses nothing, however long commits
// take. The log keeps these times. Without one, as in a store that was restored, they
// begin with the times in the records.
package listing
