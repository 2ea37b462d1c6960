// Package history keeps and tells what harvests did.
//
// A [History] reads the runs of a store and needs nothing else: no configuration
// and nothing of how sources are read. A run is known by its identifier, which
// sorts by time and names the source. Of a run it tells the [Report] (state and
// figures), the problems that it found, and the difference that it made, record
// by record ([RecordChange]) or quad by quad ([QuadChange]).
//
// Everything is RDF. Each run has a named graph of its own, which
// [History.Graph] makes from a report. All problems of a source stand in one
// graph; [ProblemLog] writes those of a run. Differences are not kept: they are
// read from the log of the store, as far back as it reaches.
//
// Only one process at a time holds a store. A run that is recorded as running,
// but which the process that holds the store does not know, was therefore cut
// off with its process, and is told as interrupted.
package history
