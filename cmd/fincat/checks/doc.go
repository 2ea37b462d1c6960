// Package checks is the command quality: it runs the checks of datasets' files, shows
// what they found and explains it.
//
// [NewCommand] takes a [Host], what the program lends its commands: the store, the
// configuration, the audit log. It works alone and inside a server alike.
package checks
