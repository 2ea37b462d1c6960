// Package series puts editions of one table together as a dcat:DatasetSeries (DCAT 3
// §6.7).
//
// Editions are datasets that differ in one division only, such as the period or the kind
// of product; harvest/link finds them. A [Follower] looks at those that are accepted or
// confirmed: datasets that are connected by such links, and whose titles have a stem in
// common (stem.go), before or behind the words in which they differ, are a series when
// there are at least [Least] of them. Records of one dataset in several catalogues count
// once. Each series has a graph of its own, named graph/series/…, which describes it and
// says dcat:inSeries of its members; its IRI comes of the stem, so that it stays while
// members come and go.
//
// Series that sources have themselves are not touched: they stand in the graphs of the
// records, and their members are left out here.
package series
