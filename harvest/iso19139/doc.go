// Package iso19139 reads metadata about geographic data, ISO 19115 in the XML of
// ISO 19139 (gmd:MD_Metadata, gmi:MI_Metadata), as DCAT.
//
// [Triples] follows GeoDCAT-AP 2.0: a dataset, the catalogue record that is about it,
// and what hangs on both. Elements that GeoDCAT-AP has no property for are statements
// too, under the elements' own names: a property for each element that begins with a
// small letter, a class for each that begins with a capital. What concerns the
// description itself (gmd:contact, gmd:dateStamp, gmd:metadataStandardName) is said of
// the catalogue record. References to code lists, nil reasons and identifiers of XML
// elements are left out: they say nothing about the data.
//
// Descriptions of services are no datasets; [Triples] says so.
package iso19139
