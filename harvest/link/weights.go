package link

import "math"

// A level is how a pair of records agrees in one respect.
type level uint8

// The levels, by what is compared.
const (
	titleEqual      level = iota // letter for letter, but for punctuation and variants of characters
	titleShort                   // equal, but of three characters or less
	titleCore                    // equal without the words that stand in any title, the owner and the board
	titleForm                    // but for a word such as 一覽表 that one has
	titleOrder                   // but for the order, or a word of little weight such as 國內
	titleMore                    // one says more than the other
	titlePart                    // they name different parts of the same table
	titleClose                   // most of the words agree
	titleFar                     // about half of the words agree
	titleOther                   // they have little in common
	ownerSame                    //
	ownerAbove                   // the one publishes for the other
	ownerUnknown                 //
	ownerOther                   //
	marketSame                   // both name the same board
	marketImplied                // one names the board of which the other's owner makes the tables
	marketOmitted                // one names the board of its own institution; that of the other is not known
	marketNone                   // neither names one
	marketMore                   // one names a board, the other none, or one more
	codeOnly                     // a code of a table that is in no other record of the source
	codeFew                      // in two or three
	addressOnly                  // the same address, in no other record of the source
	addressFew                   // in two or three
	declared                     // one names the other
	fieldsSame                   // nearly all columns
	fieldsHalf                   // at least half of the columns
	fieldsOther                  // hardly any column
	frequencySame                //
	frequencyOther               //
	textSame                     // the same description
	addressesEqual               // within one source: exactly the same files
	addressesShared              // within one source: some of the same files
	addressesOther               // within one source: other files
	alone                        // neither has a better counterpart
	levels
)

// An ownerLevel is one of the levels of owners.
type ownerLevel = level

// A weight is how often a level is seen in pairs that are the same dataset (m)
// and in other pairs that are compared at all (u). The logarithm of m/u is the
// number of bits by which the level speaks for the same dataset. This is the
// model of Fellegi and Sunter (1969). The figures are rounded counts over
// records of the exchanges with their counterparts found by hand; where there
// were too few, they lean towards abstaining.
type weight struct {
	about, name string
	m, u        float64
	why         string // in words, for people who are asked to decide
}

var weights = [levels]weight{
	titleEqual: {"title", "equal", 0.75, 0.0002, "the titles are equal"},
	titleShort: {"title", "short", 0.01, 0.00005,
		"the titles are equal, but so short that datasets of other institutions have them too"},
	titleCore: {"title", "core", 0.20, 0.0001,
		"the titles are equal without owner, board and words that stand in any title"},
	titleForm: {"title", "form", 0.02, 0.0001,
		"the titles differ in a word for the form of a table, which one leaves out"},
	titleOrder: {"title", "order", 0.01, 0.0001, "the titles differ in the order or in a word of little weight"},
	titleMore:  {"title", "more", 0.02, 0.06, "one title says more than the other"},
	titlePart:  {"title", "part", 0.0005, 0.25, "the titles name different parts of the same table"},
	titleClose: {"title", "close", 0.01, 0.02, "most of the words of the titles agree"},
	titleFar:   {"title", "far", 0.01, 0.12, "the titles agree in part"},
	titleOther: {"title", "other", 0.008, 0.50, "the titles have little in common"},

	ownerSame:    {"owner", "same", 0.95, 0.06, "the same institution makes both"},
	ownerAbove:   {"owner", "above", 0.04, 0.015, "the publisher of the one stands above the other"},
	ownerUnknown: {"owner", "unknown", 0.01, 0.01, "the institution of one is not known"},
	ownerOther:   {"owner", "other", 0.0001, 0.90, "different institutions make them"},

	marketSame:    {"market", "same", 0.40, 0.13, "both are about the same board"},
	marketImplied: {"market", "implied", 0.10, 0.07, "one names the board whose tables the other's institution makes"},
	marketOmitted: {"market", "omitted", 0.05, 0.06, "one names the board whose tables its institution makes anyway"},
	marketNone:    {"market", "none", 0.50, 0.50, "neither names a board"},
	marketMore:    {"market", "more", 0.005, 0.20, "only one names a board"},

	codeOnly: {"code", "only", 0.90, 0.00003,
		"both addresses hold the same code of a table, of the same institution"},
	codeFew: {"code", "few", 0.06, 0.0005,
		"both addresses hold a code of the same institution that a few datasets have"},
	addressOnly: {"address", "only", 0.50, 0.00002, "the data is at the same address"},
	addressFew:  {"address", "few", 0.05, 0.0005, "the data is at an address that a few datasets have"},
	declared:    {"declared", "identifier", 0.99, 0.000001, "one record names the other"},

	fieldsSame:  {"fields", "same", 0.80, 0.02, "the columns are the same"},
	fieldsHalf:  {"fields", "half", 0.15, 0.10, "at least half of the columns are the same"},
	fieldsOther: {"fields", "other", 0.02, 0.60, "hardly any column is the same"},

	frequencySame:  {"frequency", "same", 0.70, 0.40, "updated equally often"},
	frequencyOther: {"frequency", "other", 0.30, 0.60, "not updated equally often"},
	textSame:       {"description", "same", 0.30, 0.02, "the descriptions are equal"},

	addressesEqual:  {"addresses", "equal", 0.90, 0.002, "exactly the same files"},
	addressesShared: {"addresses", "shared", 0.05, 0.01, "some of the same files"},
	addressesOther:  {"addresses", "other", 0.05, 0.90, "other files"},

	alone: {"rivals", "none", 0.64, 0.005, "neither record has a better counterpart in the other's source"},
}

// Shares of the pairs that are compared which are the same dataset, and which
// are editions of one.
const (
	priorSame      = 1.0 / 128
	priorDuplicate = 1.0 / 512 // within one source
	priorEdition   = 1.0 / 16
)

// editionWeights are those of editions, for the levels where they differ from
// the weights of the same dataset. A code or address that is equal speaks
// against editions as strongly as different parts speak against the same dataset.
var editionWeights = map[level]weight{
	titlePart:   {"title", "part", 0.90, 0.004, "the titles name different parts of the same table"},
	codeOnly:    {"code", "only", 0.01, 0.5, "the same code speaks for one table, not for two editions"},
	codeFew:     {"code", "few", 0.10, 0.2, "the same code speaks for one table, not for two editions"},
	addressOnly: {"address", "only", 0.01, 0.5, "the same address speaks for one table, not for two editions"},
	addressFew:  {"address", "few", 0.10, 0.2, "the same address speaks for one table, not for two editions"},
}

// bits returns the weight in bits.
func (w weight) bits() float64 { return math.Log2(w.m / w.u) }

// probability returns the probability that belongs to bits of evidence.
func probability(bits float64) float64 { return 1 / (1 + math.Exp2(-bits)) }
