// Package published reads back what a server publishes of a store, with a second,
// independent reader (knakk/rdf), and compares it with what the store holds: the
// dump, the pages of the catalogue in several syntaxes, and a backup that is made and
// restored. [Check] prints every difference.
//
// The package knows servers as handlers only; who calls it says how one is made of a
// store.
package published
