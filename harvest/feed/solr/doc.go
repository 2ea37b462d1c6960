// Package solr reads what clients of CKAN send as q and fq, which is a part of the query
// language of Solr's standard parser, and says which documents it selects.
//
// There are terms, phrases, prefixes (fin*), ranges ([a TO b], {a TO b}, [NOW-7DAYS TO *]),
// groups for one field (organization:(a OR b)), AND, OR, NOT, +, - and parentheses. Clauses
// with nothing between them must all hold. AND binds closer than OR. What only changes the
// ranking (boosts, fuzziness, proximity) is refused, since nothing here is ranked.
package solr
