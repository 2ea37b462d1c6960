package vocab

// SPEXNS is the namespace of SPARQL examples (SIB), which goes on where SHACL ends.
const SPEXNS = "https://purl.expasy.org/sparql-examples/ontology#"

// Terms of SPARQL examples.
const (
	SPEXDescribe                 = SPEXNS + "describe"
	SPEXSPARQLDescribeExecutable = SPEXNS + "SPARQLDescribeExecutable"
)
