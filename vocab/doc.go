// Package vocab names the vocabularies that fincat reads and writes: one
// constant for each term in use and the table of prefixes under which people
// write them. It depends on nothing, so that every other package can use it.
package vocab
