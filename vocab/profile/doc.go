// Package profile is the Taiwan profile of DCAT: the 38 fields of 資料集詮釋資料標準規範
// (2015) and the columns of the export of data.gov.tw, each with its properties.
//
// One table, tw.json, says of every [Field] what it is called, whether it must be
// filled in, and the paths of properties from the dataset or distribution to its
// values. Everything else comes from it: the [Shapes] in SHACL, the [Context] in
// JSON-LD, the [Document] that describes the profile after PROF, the page in the
// portal, and the forms of 2015, of the portal's interface v2 and of its export that
// a [Form] makes of a record.
//
// The other way, from these forms to properties, goes harvest/source; its tests hold
// it to the table, field by field.
package profile
