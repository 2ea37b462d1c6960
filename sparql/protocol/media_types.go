package protocol

// Media types of requests (SPARQL 1.1 Protocol §2).
const (
	typeForm   = "application/x-www-form-urlencoded"
	typeQuery  = "application/sparql-query"
	typeUpdate = "application/sparql-update"
)
