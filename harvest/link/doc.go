// Package link finds out which records of different sources describe the same
// dataset, and which institution makes a dataset. It knows nothing of harvests:
// it reads the graphs of records and writes graphs of links.
//
// A [Linker] is the linker itself, without a store. It compares records that
// have a key in common (block.go): a name, an address, a code, a title, or a
// piece of a title. A comparison (compare.go) sees on which level two records
// agree in title, owner, board, code, address, columns, frequency and
// description; each level has a weight (weights.go), and the sum is the evidence.
// Three things it never does: it links no records of different boards (上市, 上櫃,
// 興櫃, 公發, 創櫃); it takes no code for the same unless the same organisation runs
// both hosts; and where two titles name different parts of a table, one word
// outweighs all that agrees (difference.go, words.go).
//
// What comes of the evidence is decided by both records of a pair (decide.go).
// Each looks at all its counterparts in the other's catalogue: one that is far
// behind the best is not accepted, several that are not like each other need more
// than titles. Thus a link depends on two records and their neighbours only, and
// the links that are left after following a change are those that finding all
// links anew would give, to the last byte.
//
// A [Follower] keeps the links of a store up to date with the commit log. For each
// dataset that is the subject of links, a graph named graph/link/… holds the
// mappings in terms of SSSOM with their evidence, owl:sameAs (in both directions)
// and dct:isVersionOf for those that are accepted or confirmed, and the owner as
// dct:creator. [Decide] keeps what a person decided in a graph named
// graph/decision/…, which no harvest and no rule changes; it follows a dataset
// that is renamed.
//
// Limits: editions are sought between sources only, not within one. Of a record,
// at most 8 editions, 3 candidates and 24 counterparts in one other catalogue are
// kept. A key that more than 256 records have is not used.
package link
