// Package catalogue makes catalogues in DCAT for benchmarks: as large as one likes, and for
// the same size and seed always the same statements in the same order.
//
// [Quads] yields a catalogue: organisations with their hierarchy, a concept scheme, datasets
// with distributions, measurements and relations, data services, and people who know each
// other and follow datasets. It holds one entity at a time, so that memory does not grow with
// the size. Numbers are drawn by whole-number arithmetic from a generator whose algorithm is
// fixed, for each entity anew; no machine and no order of work changes them. No triple occurs
// twice, also when the graph names are left out.
//
// Popularity is skewed the way it is in catalogues: few publishers have most datasets, few
// keywords are everywhere, and a few datasets and people are linked from thousands. Among
// the shapes are a chain of a tenth of the datasets (dct:replaces), many short ones
// (dcat:prev) and relations (dct:relation) that form one large cycle of cycles.
package catalogue
