// Package store keeps RDF quads in Badger as compressed sorted blocks, with a
// dictionary of terms, snapshots, and commits that are atomic and durable at
// any size.
//
// [Open] gives a [Store]. [Store.Snapshot] is a consistent view that no writer
// blocks or changes; its [Snapshot.Scan], [Snapshot.Probe] and
// [Snapshot.Count] work on [ID]s, which [Snapshot.Lookup] and [Snapshot.Term]
// lead to and from. [Store.Commit] applies a [Change], [Store.Begin] the same
// as a stream, [Store.Load] whole documents. [Store.Log] and [Store.Wait] let
// others follow the commits; [Store.SnapshotAt], [Store.Diff] and [Store.Undo]
// look back.
//
// # How a commit travels
//
// A commit is worked out against the newest state, so that only effective
// changes remain: what is added was absent, what is removed was present. Hence
// a quad is present when its presence in a block (0 or 1) plus the signs of all
// its later changes is 1, in whatever sequence they are added up, and changes
// of one quad cancel out. The effective changes and the terms that are new go
// into the redo log under the next sequence number; the log's header marks the
// commit as done. They are also put, sorted in all six orders, into a run in
// memory; runs are merged so that there are few. When [Options].FoldChanges
// have gathered, they are folded in the background: a block's range that few
// changes touch gets them as a patch, one that has collected about a hundred is
// written anew, splitting and merging where its size asks for it. What is no
// longer used is counted, and Badger's tables are compacted when it is an eighth
// of them. (One small key per changed quad and order, the first design, took 600 to 970 commits of
// a 100-quad record per second; keys for whole patches take fewer writes and
// leave the scan of untouched blocks alone.) A base, the state the blocks stand
// for, is never changed: folding writes blocks under new numbers and then the
// root, which names the new base. Commits that do not fit in memory, and loads,
// are sorted in temporary files and folded into a new base whose root is
// written together with the log header. While such a commit gathers, its new
// terms are folded as they come, and a Bloom filter tells that the base has not
// got most of them.
//
// After a crash the log entries after the base are put into memory again,
// entries without header, and blocks and terms without root are deleted. The file
// NEWEST beside Badger's has the number of the newest commit that was safe from
// a power cut; opening fails when it is not found, since Badger takes a damaged
// end of a log or of its list of tables for one that was just being written.
//
// Readers hold the view that was newest, and a Badger transaction at its
// published timestamp, at which deleted blocks are still there. Terms are never
// deleted and are read at the newest timestamp.
//
// # Terms
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
// # IDs
//
// An ID has a tag in its top four bits and 60 bits of payload. Within a tag
// IDs of values sort as the values do; a term is inline only when it reads back
// byte for byte.
//
//	0  Any (0), DefaultGraph (1)
//	1  IRI                            dictionary number
//	2  blank node of the store        number; its label is "b" and the number
//	3  blank node with another label  dictionary number
//	4  literal                        dictionary number
//	5  triple term                    dictionary number
//	6  xsd:string up to 7 bytes       bytes left aligned (56), length (4)
//	7  xsd:integer and derived types  type (4), value + 2^55 (56)
//	8  xsd:decimal                    millionths + 2^56 (57), fraction digits (3)
//	9  xsd:double                     IEEE bits made sortable, without the last four
//	10 boolean, gYear, gYearMonth     type (4), value (45), time zone (11)
//	11 xsd:date                       minutes (49), time zone (11)
//	12 xsd:dateTime                   milliseconds (49), time zone (11)
//	15 never stored; for queries
//
// Time zones are 0 for none, 1 for "Z", else minutes east plus 842; dates and
// times are instants since a fixed time before the year 1.
//
// # Keys in Badger
//
// Numbers in keys are big-endian, numbers in values varints (signed ones
// zigzag).
//
//	r                       root: format version, hash seed (8), sequence number and
//	                        time of the base's newest commit, manifest number, first
//	                        unused block number, next number per tag (13), parts per
//	                        manifest section (8)
//	m manifest(8) section(1) part(4)
//	                        sections 0–5: the list of blocks of an order, for each its
//	                        first quad and number (differences to the one before),
//	                        rows, net of its patches, and the patches (number, changes);
//	                        6: the same of the terms order; 7: statistics; 8: numbers of
//	                        blocks to delete
//	b number(8)             block or patch
//	d tag(1) number/128(8)  terms of 128 numbers: count, then for each the length it
//	                        shares with the one before and the length of the rest, then
//	                        all rests; Zstandard. Numbers without term have length 0.
//	                        Those not below the root's number per tag do not count
//	D ID(8) part(4)         a term longer than 2 KiB, Zstandard; its block has a zero byte
//	                        and the number of parts instead
//	l commit(8) part(4)     log; part 0 is the header: 1, time, quads added and removed,
//	                        parts, parts of terms, next numbers, graphs, note, change of
//	                        the statistics; or 2 and in how many parts under h it stands.
//	                        Further parts: patches in SPOG
//	h commit(8) part(4)     parts of a long header
//	n commit(8) part(4)     terms the commit brought, until they are in the dictionary:
//	                        of numbers that follow each other tag(1), the first, count,
//	                        and each term with its length
//	v name                  named value
//
// A term is encoded as "<" and the IRI; "_" and the label; 1 and the lexical
// form of a string; 2 (datatype), 3 (language), 4 (left to right) or 5 (right to
// left) with the length of datatype IRI or tag, that, and the lexical form;
// three IDs of eight bytes for a triple term.
//
// # Blocks
//
// A block holds up to 2,048 quads of one order, in segments of 128 that can be
// decoded alone: the number of quads; for every segment its size in bytes and
// its first quad, as differences to the first of the segment before; the
// segments; eight zero bytes. A segment is four columns in the sequence of the
// order. A column is 0 when all its values are the first one's; else 1, the
// size of what follows (2 bytes, little-endian), four byte widths from 0 to 8 (4
// bits each), two bits per value choosing one of them, and the differences of
// each value to the one before, zigzag, little-endian in that width. The widths
// are those that make the column smallest.
//
// A patch is the length of its additions, those as a block, and its removals as
// a block.
//
// Blocks of the terms order have up to 512 rows of the four columns: the two
// halves of the 128-bit XXH3 of a term's encoding, whose seed is the store's plus the
// tag times 0x9E3779B97F4A7C15; its ID, rotated left by four bits; zero.
//
// # Limits
//
// One process writes a directory. Named values are limited to 400 KiB each and
// 512 KiB a commit, blocks of statistics to 65,536 characteristic sets. Terms
// that are no longer used stay in the dictionary. What a bulk load changed is
// not in the log. While a load of more than [Options].FoldChanges quads runs,
// nothing is folded: commits go on until four times that many changes have
// gathered, then wait.
package store
