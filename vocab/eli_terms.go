package vocab

// ELINS is the namespace of the European legislation identifier.
const ELINS = "http://data.europa.eu/eli/ontology#"

// Terms of the European legislation identifier.
const (
	ELIIdLocal       = ELINS + "id_local"
	ELILegalResource = ELINS + "LegalResource"
)
