// Package atom has the form of Atom feeds (RFC 4287), and makes entries of the changes of a
// dataset's quality badge: [Feed], [Entry], [Badges].
package atom
