// Package sheet writes CSV (RFC 4180) for people, who open it in spreadsheets.
//
// A spreadsheet takes a field that begins like a formula for one, and formulas can
// send what else is in the sheet to anybody. [Writer] puts an apostrophe before such
// fields, which spreadsheets do not show. The results of SPARQL queries in CSV are
// for programs and are not written here: their format is fixed.
package sheet
