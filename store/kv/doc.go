// Package kv keeps keys and values in Badger and does what Badger leaves to its
// user.
//
// [Open] locks a directory, verifies the tables in it and gives a [DB]. [DB.At]
// reads what was written up to a timestamp, [DB.Write] writes pairs in one
// transaction, a [Batch] any number of them. [DB.SyncUpTo] forces what is written to
// disk and notes in the file NEWEST up to which commit that is, and [DB.Reaches] tells
// whether that commit is still there: Badger takes a damaged end of a log or of its
// list of tables for one that was just being written. [DB.Room] refuses writes that
// could fill the disk. What Badger's errors mean is told in errors.go.
package kv
