// Package standard is the register of data standards (資料標準): which there are, with their fields,
// and which datasets follow them.
//
// A [Register] comes from the configuration. Its graph graph/standards has each standard as a
// dct:Standard with version, addresses, the day of its adoption (dct:dateAccepted) and a csvw:Schema
// of its fields. A [Follower] compares the fields with the columns that datasets have: those that
// the checks found in the files, else those that the source describes. A dataset whose columns have
// all fields that a standard asks for follows it: its graph graph/standards/{source}/{identifier}
// says so by dct:conformsTo. For each standard of which it has at least half of those fields, an
// earl:Assertion says which are missing.
//
// Names are compared as package column compares them: without width, case, blanks and the like, and a
// translation in brackets is a name too. Of files beyond 200 columns the first 200 are known.
package standard
