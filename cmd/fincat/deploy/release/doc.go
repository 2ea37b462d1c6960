// Command release makes the archive that fincat is given away as: the program, the files
// to run it with, a bill of materials (CycloneDX) and the notices of its libraries.
//
//	go run ./cmd/fincat/deploy/release -out dist
//
// The same commit, Go version and platform give the same bytes: the program is built
// without paths and build identifiers, and everything in the archive has the time of the
// commit. GOOS and GOARCH choose another platform.
package main
