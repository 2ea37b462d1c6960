// Package words says in Chinese what the checks say in English.
//
// Reasons, findings, places and evidence are kept in English: in the store, in the JSON of
// the commands, in statements. messages.tsv has each of these messages as the code writes
// it, with the verbs of fmt, and beside it the same in Traditional Chinese as it is written
// in Taiwan. [Table.Chinese] finds the message that a text was made from, and makes the
// Chinese one with the same arguments, so that what was found before a translation is
// translated too.
//
// In the Chinese column {1} is the first argument as it is, [1] the same translated where it
// is a message itself, and <1> the same where only messages may stand: else the line does
// not hold. What the table does not know, such as the words of a server, stays as it is.
package words
