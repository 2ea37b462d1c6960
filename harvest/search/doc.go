// Package search finds datasets by their texts and by facets, in memory, for pages that
// people wait for.
//
// A [Table] is one state of the catalogue, which never changes: beside each dataset of the
// feeds' listing ([listing.Listing]) an entry with its texts and, as small numbers, its
// values of each [Facet]. [Table.Find] answers a [Query] in one pass over the entries:
// which match, how well and where, and how many have each value. Datasets that links say
// to be the same are one. [Follower] makes the next table along the commit log, and reads
// only the entries of datasets that a commit touched.
//
// A word of a query is Chinese, of which every occurrence counts; or it begins with a letter
// or digit of another script, and is found where a word begins, so that "insur" finds
// insurance; or it has a digit, and is found as a whole: 10689 is not in 110689. Each entry
// has a signature of its pairs of characters and beginnings of words, so that most entries
// are passed over without reading their texts.
//
// Texts are compared after [fold]: letter case and width do not matter, nor do 台 and 臺.
package search
