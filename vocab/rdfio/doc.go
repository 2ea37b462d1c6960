// Package rdfio reads and writes RDF documents.
package rdfio
