// Package harvest takes records from sources into the store.
//
// A [Harvester] runs one source at a time through [Harvester.Run]: gather,
// validate, compare, check limits, commit, report. A run is one atomic commit,
// whatever its size. Each record lives in a named graph of its own, which is
// replaced only when the record's content changed; what the harvester knows
// about a record (when it was first seen, the digest of its content, in how many
// runs it was missing) stands there as RDF too, so that undoing a commit undoes
// it all.
//
// A record is known by the identifier that the source gives it; of a web address
// what marks visitors and sessions is left out. Of several records with one
// identifier the first counts, and the others are reported; entries of an export
// of data.gov.tw that describe one dataset are put together.
//
// A source that shows a record under another identifier has renamed it: the old
// record becomes a tombstone that names the new one.
//
// Runs are RDF in a graph each, the problems of a source in one graph, with the
// runs from which on and up to which each was found. A run in progress says now
// and then that it is alive; one whose process is gone is interrupted, and the
// next run of the source takes what that received from the kept responses. A
// [Scheduler] starts runs when they are due. [Config] is the configuration file;
// its [Notify] names who is told when the state of a source changes.
//
// Limits: the records of a run stream through; the state of a source (less than 100
// bytes a record) is in memory while it runs.
package harvest
