// Package text is the full-text index behind the property function
// text:query: it finds literals by words, phrases and, for Chinese, by any
// part of them.
//
// An [Index] holds distinct literals, never quads. A search therefore yields
// literals, and the engine finds the quads that use them in the query's own
// snapshot: an answer can never come from another state of the store, and a
// literal that is no longer used simply matches nothing. The index follows the
// commit log with its own cursor; [Index.Search] first brings it up to the
// commit that the query sees. It is derived data: deleted, it is built again.
//
// Han, kana and hangul are indexed as single characters and as pairs, so that
// 保險 is found in 人身保險業 and 險 alone is found too; full-width and
// half-width forms and upper and lower case are the same.
//
// Limits: literals of xsd:string and language-tagged strings are indexed, each
// up to [MaxLiteral] bytes; a search yields at most [DefaultLimit] literals
// unless it asks for more.
package text
