package vocab

// DCNS is the namespace of Dublin Core elements 1.1.
const DCNS = "http://purl.org/dc/elements/1.1/"

// Terms of Dublin Core elements 1.1.
const (
	DCContributor = DCNS + "contributor"
	DCCoverage    = DCNS + "coverage"
	DCCreator     = DCNS + "creator"
	DCDate        = DCNS + "date"
	DCDescription = DCNS + "description"
	DCFormat      = DCNS + "format"
	DCIdentifier  = DCNS + "identifier"
	DCLanguage    = DCNS + "language"
	DCPublisher   = DCNS + "publisher"
	DCRelation    = DCNS + "relation"
	DCRights      = DCNS + "rights"
	DCSource      = DCNS + "source"
	DCSubject     = DCNS + "subject"
	DCTitle       = DCNS + "title"
	DCType        = DCNS + "type"
)
