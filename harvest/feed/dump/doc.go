// Package dump prepares all quads of a store as one compressed file, once per commit.
//
// [Maker.Get] returns the [File] of the newest commit, which everybody shares. It consists
// of gzip members, each of which has the quads of some graphs; a member is taken over from
// the file before when its quads are the same, so that a small commit costs little.
package dump
