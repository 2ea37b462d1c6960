// Package column describes the columns of datasets and recognises what they
// identify, so that one can ask with which other datasets a dataset can be joined,
// and on what.
//
// A [Follower] keeps, for each dataset whose source describes its fields (主要欄位說明,
// the fields of an API's answers, variables of schema.org), a graph named
// graph/columns/… in terms of CSV on the web: a csvw:Schema with its csvw:Columns in
// their order, and for each column what it identifies as a concept of the scheme
// "identifier" (vocab/dcat). The dataset leads to the schema by csvw:tableSchema, and to
// each concept that one of its columns identifies by fincat:joinsOn. What files really have
// is described in the same terms by the checks of package quality.
//
// What a column identifies is read from its name (identify.go). Names that mean different
// things with different institutions, such as 公司代號, are decided by the title and the
// other columns; where that does not tell, the column identifies nothing.
package column
