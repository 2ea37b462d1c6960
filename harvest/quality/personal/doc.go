// Package personal finds personal data in tables: identifiers, telephone numbers,
// mail boxes, cards, accounts, birth dates, names and addresses of people.
//
// A [Detector] is made for the columns of a table, is given its rows and then tells
// its [Finding]s. It judges whole columns, never single cells: of random codes that
// look like a national identifier one in ten has the right check digit, so that a
// column is raised only if far more of its different values pass than chance gives.
// What stands in the header, and which other columns the table has, decides what no
// check digit can: a telephone number beside a birth date is a person's, one beside
// the name of a branch is an office's.
//
// Published registers are not raised: business numbers (統一編號), offices' numbers,
// boxes and addresses, representatives of companies, officials, members of licensed
// professions, sanctioned persons. Values that are masked or hashed are not personal.
//
// Memory is bounded whatever is read: [maxColumns] columns, [maxDistinct] hashes for
// each kind in a column and [maxHashes] in all. No value is kept but one masked
// sample of each finding.
package personal
