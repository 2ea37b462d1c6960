// Package store keeps RDF quads in Badger as compressed sorted blocks, with a
// dictionary, snapshots, and commits that are atomic at any size.
package store
