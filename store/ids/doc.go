// Package ids has the IDs that stand for terms in a store.
//
// An [ID] has a [Tag] in its top four bits and 60 bits of payload: a number of the
// dictionary, or the value itself. Within a tag IDs of values sort as the values
// do. A term is inline only when it reads back byte for byte.
//
//	0  Any (0), DefaultGraph (1)
//	1  IRI                            dictionary number
//	2  blank node of the store        number; its label is "b" and the number
//	3  blank node with another label  dictionary number
//	4  literal                        dictionary number
//	5  triple term                    dictionary number
//	6  xsd:string up to 7 bytes       bytes left aligned (56), length (4)
//	7  xsd:integer and derived types  type (4), value + 2^55 (56)
//	8  xsd:decimal                    millionths + 2^56 (57), fraction digits (3)
//	9  xsd:double                     IEEE bits made sortable, without the last four
//	10 boolean, gYear, gYearMonth     type (4), value (45), time zone (11)
//	11 xsd:date                       minutes (49), time zone (11)
//	12 xsd:dateTime                   milliseconds (49), time zone (11)
//	15 never stored; for queries
//
// Time zones are 0 for none, 1 for "Z", else minutes east plus 842; dates and
// times are instants since a fixed time before the year 1.
package ids
