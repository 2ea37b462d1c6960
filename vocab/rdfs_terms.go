package vocab

// RDFSNS is the namespace of RDF Schema.
const RDFSNS = "http://www.w3.org/2000/01/rdf-schema#"

// Terms of RDF Schema.
const (
	RDFSClass                       = RDFSNS + "Class"
	RDFSComment                     = RDFSNS + "comment"
	RDFSContainer                   = RDFSNS + "Container"
	RDFSContainerMembershipProperty = RDFSNS + "ContainerMembershipProperty"
	RDFSDatatype                    = RDFSNS + "Datatype"
	RDFSDomain                      = RDFSNS + "domain"
	RDFSIsDefinedBy                 = RDFSNS + "isDefinedBy"
	RDFSLabel                       = RDFSNS + "label"
	RDFSLiteral                     = RDFSNS + "Literal"
	RDFSMember                      = RDFSNS + "member"
	RDFSProposition                 = RDFSNS + "Proposition"
	RDFSRange                       = RDFSNS + "range"
	RDFSResource                    = RDFSNS + "Resource"
	RDFSSeeAlso                     = RDFSNS + "seeAlso"
	RDFSSubClassOf                  = RDFSNS + "subClassOf"
	RDFSSubPropertyOf               = RDFSNS + "subPropertyOf"
)
