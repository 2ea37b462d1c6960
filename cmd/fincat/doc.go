// Command fincat harvests, stores, queries and publishes the metadata of
// Taiwan's financial open data.
//
// Each subcommand is one file named after it, with one constructor that
// returns its cobra command. root.go puts them together and turns errors into
// exit statuses: 0 done, 1 failed, 2 wrong use, 3 done but something was found.
// Results go to standard output, messages to standard error.
package main
