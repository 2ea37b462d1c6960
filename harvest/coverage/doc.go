// Package coverage keeps how much of what each institution shows itself data.gov.tw has
// too, quarter by quarter.
//
// A [Follower] counts (harvest/link, Coverage) whenever records or links change, and
// writes what came of it as qb:Observations into a graph of the quarter, graph/coverage/
// and for example 2026Q4: for each organisation of the directory that has records of its
// own, for each sector, and for all. While a quarter lasts its graph says how it stands;
// then it stays as it was at the end of the quarter, whatever happens to the records. A
// quarter in which nothing was committed has no graph.
//
// [Rows] reads the graphs of all quarters, and [Table] puts them side by side.
package coverage
