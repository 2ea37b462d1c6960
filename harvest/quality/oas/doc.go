// Package oas judges whether a dataset counts as 符合OAS標準之OPEN API: whether its OpenAPI
// document is valid, and has an operation that serves this dataset.
//
// [Check] is given the document and what the catalogue knows of the dataset, and
// answers with a [Result]. [Addresses] finds where such documents are, in the texts
// and addresses of a dataset's metadata. Nothing is fetched: a reference that leads out
// of the document is refused and makes it invalid.
//
// What counts is that an operation serves the dataset: neither the mechanism nor its
// documents ask for a method. One that does so only by POST counts, and is told (post-only),
// as is one that asks for a key.
//
// Documents are read by harvest/openapi, as sources of that kind are, and validated by
// kin-openapi: 2.0 (by way of 3.0), 3.0, 3.1 and 3.2. Larger documents than
// [maxBytes], deeper ones than [maxDepth] and those with more than [maxNodes] values are
// refused before that.
package oas
