// Package vocab names the vocabularies that fincat reads and writes: one
// constant for each term in use and the table of prefixes under which people
// write them. It depends on nothing, so that every other package can use it.
//
// A constant is the prefix in capitals and the local name with a capital
// letter: [DCATDataset] is dcat:Dataset, [DCTTitle] is dct:title, [RDFType] is
// rdf:type; hyphens and underscores go. Where a class and a property differ in
// the first letter's case only, the property ends in Property:
// [DCATDatasetProperty] is dcat:dataset. Namespaces end in NS: [DCATNS].
package vocab
