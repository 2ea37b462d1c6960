// Package dcat is the catalogue's data model: DCAT 3 records as Go values, to
// triples and back, and the code lists and organisations they refer to.
//
// [Dataset], [Distribution], [DataService] and [Agent] hold the properties the
// program works with; whatever else a source says about a dataset stays with
// it as triples in Extra. [Dataset.Triples] is deterministic and free of blank
// nodes, so that equal records give equal triples and can be compared without
// canonicalisation. [Graph] reads the values back, from our own triples and
// from those of other catalogues, which name publishers by a label on a blank
// node or write formats as text.
//
// [Base] forms the catalogue's own IRIs. [Schemes] are the concept schemes
// (themes, frequencies, formats, licences, sectors) as SKOS; [Directory] holds
// the organisations and the rules that tell who owns a dataset.
//
// Language tags: text without a tag from a Taiwanese source is given
// zh-Hant-TW by [ZH]; tags that a source states are kept.
package dcat
