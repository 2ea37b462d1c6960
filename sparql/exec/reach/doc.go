// Package reach follows a relation of nodes from many of them at once, level by level: the
// closure of a property path (ALP of SPARQL 1.1 §18.4) that need not be whole before its
// first pairs are used.
package reach
