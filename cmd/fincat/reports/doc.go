// Package reports is the command report: it makes the quarterly reports and the pack for the
// advisory group, writes them as files and mails them.
//
// [NewCommand] takes a [Host], what the program lends its commands. A server that carries the
// command out answers with a zip archive; [WriteFiles] lets the command, wherever it is
// carried out, write its files where it was given.
package reports
