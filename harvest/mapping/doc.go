// Package mapping makes records of what sources say: DCAT datasets, with what is
// wrong with them.
//
// A [Record] has the source's identifier, its place in the source, and its content
// mapped to a dcat.Dataset. A [Mapper] knows the settings of one source and maps
// named texts ([Fields], [Mapper.FromFields]), datasets in RDF ([Mapper.FromGraph]),
// Dublin Core ([Mapper.FromDublinCore]) and the datasets of CKAN ([CKAN]). A kind
// of source that fills a dcat.Dataset itself uses the same parts: [Mapper.Texts],
// [Mapper.Publisher], [Record.Dates], [Record.Addresses].
//
// No value is lost. What a mapping did not take over is carried: a [Carrier]
// compares a source's object with the mapped dataset and adds what did not arrive
// as statements of their own, under the property that a [FieldUse] names or one
// made from the field's name. vocab/dcat/doc.go says in which form.
//
// The package knows documents (harvest/document), but neither kinds of sources nor
// how they are gathered.
package mapping
