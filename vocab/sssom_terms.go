package vocab

// SSSOMNS is the namespace of the Simple Standard for Sharing Ontological Mappings.
const SSSOMNS = "https://w3id.org/sssom/"

// Terms of SSSOM.
const (
	SSSOMAuthorLabel          = SSSOMNS + "author_label"
	SSSOMComment              = SSSOMNS + "comment"
	SSSOMConfidence           = SSSOMNS + "confidence"
	SSSOMMapping              = SSSOMNS + "Mapping"
	SSSOMMappingDate          = SSSOMNS + "mapping_date"
	SSSOMMappingJustification = SSSOMNS + "mapping_justification"
	SSSOMMappingTool          = SSSOMNS + "mapping_tool"
	SSSOMPredicateModifier    = SSSOMNS + "predicate_modifier"
)
