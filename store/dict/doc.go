// Package dict numbers terms and keeps them.
//
// [Terms] is the dictionary: [Terms.Lookup] leads from a term to its ID,
// [Terms.Term] back. An [Interner] turns the quads of a document or commit into
// IDs and numbers new terms, a [Table] with its [Worker] those of a bulk load. The
// dictionary reads through a small interface that the store implements, and gives
// what is to be written to functions: it knows no database.
//
// # How terms come in
//
// New terms are numbered in memory, where the commit's log entry and the next
// fold find them. The fold writes them into the dictionary's blocks, and their
// hashes, with their IDs, into the terms order: a sorted list in blocks and
// patches as those of the quads, which is part of the base. So nothing of a term
// is in force before the root is. (One Badger key for every hash, the first
// design, made up a third of a load's time and a sixth of the store.)
//
// A load numbers its terms in a table of its own, by whole blocks of the
// dictionary, which its workers write without going through memory. Nobody sees
// these terms before the load's root, except commits that add the same ones:
// they get the same numbers, and the terms go into their log entries. No other
// base is made in the meantime, so that everything in the dictionary from the
// root's numbers on is the load's, and can be deleted when it fails.
//
// # How terms go
//
// [Sweep.Unused] finds the terms of the base that a caller does not use; when a base is in
// force whose terms order lacks them, [Sweep.Erase] takes their texts out of the blocks.
package dict
