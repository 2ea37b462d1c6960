// Package cases is test support: it plays the cases of a quality manifest
// (fincat-quality-cases/1) on loopback and scores what a checker says of them.
//
// [Load] reads a manifest, [Serve] serves it: base, tls with a certificate of an
// authority that [Server].CA names, badtls with one that nobody signed, and trap, which must
// never be asked. [Score] compares a checker's answers with what the manifest expects: a
// point for what it says first, half a point for what can be defended too.
package cases
