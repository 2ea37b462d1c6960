// Package spill keeps what a query may not hold in memory in temporary files: a [File] of
// a [Space] is written once, record by record, and then read. Files are gone when they are
// closed or the process ends.
package spill
