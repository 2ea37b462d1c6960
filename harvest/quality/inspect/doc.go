// Package inspect finds out what a file really is, by its bytes: its format, its
// encoding, its table with header, records and columns, and what is wrong with it.
//
// [Inspect] takes a [File], which is what a server sent together with what was
// declared of it, and gives a [Report]. [Describe] reads 主要欄位說明, the
// description of the columns, and [Description.Missing] compares it with names that a
// file has. Rows are handed over while they are read ([Options].Table), so that columns can
// be judged without holding the file twice.
//
// The package asks nobody: it opens no address that a file names, expands no entity of
// an XML document and follows no inclusion. Whatever is packed is unpacked up to
// [Options].MaxUnpacked and no further, in all members together; what is not a file of
// its format any more is a finding, never a failure of the program.
package inspect
