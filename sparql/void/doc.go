// Package void describes the data of a store after VoID: how many statements, subjects and
// objects there are, which classes and properties, and which properties the members of each class
// have (void:classPartition with void:propertyPartition), from which editors complete queries.
//
// [Describe] does so for a snapshot. A [Follower] keeps the classes of records, organisations and
// codes with their properties in a graph of the store, so that they can be asked for like
// everything else: it looks at the records that a commit changed, and writes the graph anew when
// one has a class or property that it lacks, or when there are a fifth more or fewer datasets, so
// that the numbers there are of that order.
package void
