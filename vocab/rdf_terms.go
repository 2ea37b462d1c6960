package vocab

// RDFNS is the namespace of RDF: the model's own vocabulary.
const RDFNS = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

// Terms of RDF: the model's own vocabulary.
const (
	RDFAlt             = RDFNS + "Alt"
	RDFBag             = RDFNS + "Bag"
	RDFCompoundLiteral = RDFNS + "CompoundLiteral"
	RDFDirection       = RDFNS + "direction"
	RDFDirLangString   = RDFNS + "dirLangString"
	RDFFirst           = RDFNS + "first"
	RDFHTML            = RDFNS + "HTML"
	RDFJSON            = RDFNS + "JSON"
	RDFLangString      = RDFNS + "langString"
	RDFLanguage        = RDFNS + "language"
	RDFList            = RDFNS + "List"
	RDFNil             = RDFNS + "nil"
	RDFObject          = RDFNS + "object"
	RDFPredicate       = RDFNS + "predicate"
	RDFProperty        = RDFNS + "Property"
	RDFReifies         = RDFNS + "reifies"
	RDFRest            = RDFNS + "rest"
	RDFSeq             = RDFNS + "Seq"
	RDFStatement       = RDFNS + "Statement"
	RDFSubject         = RDFNS + "subject"
	RDFType            = RDFNS + "type"
	RDFValue           = RDFNS + "value"
	RDFXMLLiteral      = RDFNS + "XMLLiteral"
)
