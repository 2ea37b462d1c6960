// Package idset has sets of rows of IDs: a [Set] numbers its rows in the sequence in which they
// come, and takes what it holds from the query's memory.
package idset
