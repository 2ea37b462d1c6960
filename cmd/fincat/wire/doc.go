// Package wire is how a command and the server that carries it out speak: a socket in
// the directory of the store ([Listen], [Dial], [PeerName]), a form with the
// parameters and the files ([Send], [Receive]), and an answer of frames, which keep
// apart what the command prints on standard output, on standard error, and how it
// ends ([Writer], [Read]).
package wire
