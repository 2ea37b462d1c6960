// Package croissant describes a dataset whose table is described for programs that learn
// from data: as a document of Croissant 1.0 (MLCommons), an extension of schema.org.
//
// [Columns] reads what harvest/column knows of the table, [Document] makes the document of
// that and of the dataset as schema.org has it. The file changes with every update, so that
// the dataset is live in the sense of Croissant and has no checksum. Columns are texts: what
// a column identifies is known, but not which data type a source keeps to.
package croissant
