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
// What failed is asked for again in the next run. Where a kind of source can ask
// for one record or page, the problem remembers which; the problems of a source
// are thus the list of what is to be asked for. Otherwise the next run starts
// where the last run without error did. Increments overlap by an hour.
//
// A source that shows a record under another identifier has renamed it: the old
// record becomes a tombstone that names the new one.
//
// Package [fincat/harvest/history] keeps the runs and tells of them; this one
// makes them, undoes them and approves what they held back. A run in progress
// says now and then that it is alive; one whose process is gone is interrupted,
// and the next run of the source takes what that received from the kept
// responses. A [Scheduler] starts runs when they are due. [Config] is the
// configuration file; who is told when the state of a source changes stands
// there too, and package [fincat/harvest/notify] delivers it.
//
// Limits: the records of a run stream through; the state of a source (less than 100
// bytes a record) is in memory while it runs.
package harvest
