// Package events keeps what happened to the datasets of a catalogue, durably and for
// good: that one was created, updated or deleted, when, and what it then said.
//
// A [Log] is a directory of files, one for each [Fragment] of the stream. [Log.Append]
// adds the changes of one step together with the cursor of the commit that they lead
// to: after a crash either all of them are there or none. A fragment that another one
// follows is full and never changes. It has no two changes of one dataset, so that a
// reader may put all that it says into one graph.
//
// Nothing is ever dropped. A change takes about a kilobyte.
//
// # Files
//
// A file begins with the line "fincat events 1". Frames follow: a byte that says what
// it is, the length and the CRC-32C of what comes (4 bytes each, big-endian).
//
//	m  change: kind (1), time in nanoseconds since 1970 (8), digest (8), length of the
//	   IRI (2), IRI, N-Triples or, of a deletion, what the dataset was, compressed by
//	   Zstandard; none where there is nothing to tell
//	c  cursor (16): everything before it is valid
//
// What comes after the last cursor of all files was being written when the process ended,
// and is taken away.
package events
