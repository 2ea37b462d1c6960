// Package dcat is the catalogue's data model: DCAT 3 records as Go values, to
// triples and back, and the code lists and organisations they refer to.
//
// [Dataset], [Distribution], [DataService] and [Agent] hold the properties the
// program works with; whatever else a source says stays with them as triples in
// Extra, where the empty IRI stands for what they belong to. [Dataset.Triples] is
// deterministic and free of blank nodes, so that equal records give equal triples
// and can be compared without canonicalisation. [Graph] reads the values back,
// from our own triples and from those of other catalogues, which name publishers
// by a label on a blank node or write formats as text.
//
// # Nothing is lost
//
// Every statement of a source is in its record's graph, mapped or carried, or a
// problem names it; and nothing is there that the source did not say. So a
// [Graph] marks triple by triple what a field of the model took, and Extra holds
// the rest: second values of a field that holds one, nodes, the descriptions of
// what the dataset leads to, and the catalogue records and data services that are
// about it.
//
// What the catalogue states itself of the content, so that it conforms to the profiles,
// is in a graph of its own beside that of the record ([OwnGraph]), which comes, changes
// and goes with it. The record's graph has, besides the content, the dcat:CatalogRecord,
// which is the catalogue's by nature.
//
// Sources that are no RDF have fields. A field that a mapping reads is looked for
// in the mapped dataset afterwards, value by value; what did not arrive, and every
// field that no mapping knows, is carried as a statement with a property of its
// own. For a field that an established vocabulary names (spatial in data.json) it
// is that vocabulary's, and for an element of XML that has a namespace the
// element's own name. For any other it is
//
//	https://w3id.org/fincat/field/{kind}#{name}
//
// with the kind of the source and the field's name in it, percent-encoded but for
// letters, digits, hyphens, dots and underscores. One property a field was chosen
// over a node with key and value for each (schema:additionalProperty), because it
// takes one statement where the other takes four, and a query names the field as
// it would any property. Values keep their JSON types; an object becomes a node
// with its members as such properties, an array several values, and an array
// inside an array a literal of rdf:JSON. Values are never addresses, as nothing
// says that they are meant so.
//
// A catalogue record of another catalogue stays a node of its own: when it was changed
// is not when the dataset was, and does not count when records are compared. Who owns
// the data is in the graph only where the source says so; what the directory's rules
// find is stated by harvest/link, in graphs of its own.
//
// What a source says of itself is with the description of its catalogue in the same
// way, under the catalogue's IRI.
//
// [Base] forms the catalogue's own IRIs. [Schemes] are the concept schemes
// (themes, frequencies, formats, licences, sectors) as SKOS; [Directory] holds
// the organisations and the rules that tell who owns a dataset.
//
// Distributions have IRIs made of what the source calls them, else of their
// addresses, so that they stay when a file is added before them.
//
// Language tags that a source states are kept. Text without one is tagged by what
// it is written in, see [Written]: the source's language where the script agrees,
// zh-Hant-TW for Chinese or zh-Hans where it is written in simplified characters, en
// for what reads as English, and none otherwise.
package dcat
