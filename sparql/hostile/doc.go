// Package hostile is test support: queries that ask for too much time or memory.
//
// [Queries] lists them, each with a name that says what it abuses. Tests of the
// engine and of the server take them from here, so that what was closed once is
// tried everywhere. The queries need no particular data; on a store with a few
// hundred quads most of them would run for minutes without limits.
package hostile
