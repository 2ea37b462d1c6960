// Package canon compares RDF datasets whatever their blank nodes are called.
//
// [Isomorphic] says whether two RDF datasets are the same up to the labels of
// blank nodes, and [Diff] in which quads they differ. [Canonicalize] gives blank
// nodes canonical labels by RDFC-1.0, so that isomorphic RDF datasets become one
// document, byte for byte.
//
// All three hold the RDF datasets in memory. Isomorphic and Diff always end with
// an answer. Canonicalize stops with [ErrPoison] when the blank nodes are so alike
// that labelling them would take more than its work limit.
package canon
