// Package store keeps RDF quads in Badger as compressed sorted blocks, with a
// dictionary of terms, snapshots, and commits that are atomic and durable at
// any size.
//
// [Open] gives a [Store]. [Store.Snapshot] is a consistent view that no writer
// blocks or changes; its [Snapshot.Scan], [Snapshot.Probe] and
// [Snapshot.Count] work on [ID]s, which [Snapshot.Lookup] and [Snapshot.Term] lead to
// and from. The packages below it have the parts: ids, block, dict, stats, and kv,
// which alone knows Badger. [Store.Commit] applies a [Change], [Store.Begin] the same
// as a stream, [Store.Load] whole documents. The package
// store/follow keeps what is derived from the quads up to date along the commit log;
// [Store.SnapshotAt], [Snapshot.Difference] and [Store.Undo] look back.
//
// # Words
//
//   - base: the state up to one commit that is written as blocks and patches, with the
//     list of blocks in memory. It is never changed; a new one takes its place.
//   - patch: changes of one block's range that are kept beside the block, so that it need
//     not be written anew for a few of them.
//   - run: the changes of one commit, or of several merged, in memory and sorted in every
//     order.
//   - view: one state of the store, a base and the runs of the commits after it. A
//     [Snapshot] holds a view.
//   - fold: to make a new base of a base and runs.
//   - tail: the terms that are numbered and not yet in the base's dictionary.
//
// # How a commit travels
//
//	[Store.Commit]   a Change, all at once      [Store.Begin]   a stream
//	        |                                        |
//	        +-------------------+--------------------+
//	                            v
//	  Tx        terms become IDs; operations are sorted, the last of each quad counts
//	                            v
//	  effects   compared with the newest view: what was absent is added, what was
//	            present is removed, the rest drops out; statistics change likewise
//	                            v
//	  log       changes and new terms, then the header, which marks the commit;
//	            forced to disk, together with commits that come at the same time
//	                            v
//	  run       beside those before it; the new view is published, waiters wake
//	                            v
//	  fold      later, in the background: runs become patches and blocks, then the root
//	            names the new base and the terms leave the tail
//
// A commit that does not fit in memory, and a bulk load, goes from effects straight to
// a fold of its own, whose root is written together with the log header.
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
// published timestamp, at which deleted blocks are still there. Terms are read at the
// newest timestamp. They stay until [Store.Compact] takes out those that neither a quad
// nor the log has, while there are no readers and writers: a base comes into force whose
// terms order lacks them, and then their texts are erased. Numbers are never used again.
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
//	                        blocks to delete; 9: numbers of terms to erase
//	b number(8)             block or patch
//	d tag(1) number/128(8)  terms of 128 numbers: the codec's version (1), count, then for each the length it
//	                        shares with the one before and the length of the rest, then
//	                        all rests; Zstandard. Numbers without term have length 0,
//	                        and a block without terms is left out.
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
// # Limits
//
// One process writes a directory. Named values are limited to 400 KiB each and
// 512 KiB a commit, blocks of statistics to 65,536 characteristic sets. Terms
// that are no longer used stay in the dictionary until the store is compacted. What a
// bulk load changed is not in the log. While a load of more than [Options].FoldChanges quads runs,
// nothing is folded: commits go on until four times that many changes have
// gathered, then wait.
package store
