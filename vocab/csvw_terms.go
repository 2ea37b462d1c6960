package vocab

// CSVWNS is the namespace of CSV on the web.
const CSVWNS = "http://www.w3.org/ns/csvw#"

// Terms of CSV on the web.
const (
	CSVWColumn          = CSVWNS + "Column"
	CSVWColumnProperty  = CSVWNS + "column"
	CSVWDatatype        = CSVWNS + "datatype"
	CSVWDialect         = CSVWNS + "Dialect"
	CSVWDialectProperty = CSVWNS + "dialect"
	CSVWName            = CSVWNS + "name"
	CSVWSchema          = CSVWNS + "Schema"
	CSVWTable           = CSVWNS + "Table"
	CSVWTableGroup      = CSVWNS + "TableGroup"
	CSVWTableSchema     = CSVWNS + "tableSchema"
	CSVWTitles          = CSVWNS + "titles"
	CSVWUrl             = CSVWNS + "url"
)
