package vocab

// VOIDNS is the namespace of VoID.
const VOIDNS = "http://rdfs.org/ns/void#"

// Terms of VoID.
const (
	VOIDClass                 = VOIDNS + "class"
	VOIDClasses               = VOIDNS + "classes"
	VOIDClassPartition        = VOIDNS + "classPartition"
	VOIDDataDump              = VOIDNS + "dataDump"
	VOIDDataset               = VOIDNS + "Dataset"
	VOIDDatasetDescription    = VOIDNS + "DatasetDescription"
	VOIDDistinctObjects       = VOIDNS + "distinctObjects"
	VOIDDistinctSubjects      = VOIDNS + "distinctSubjects"
	VOIDDocuments             = VOIDNS + "documents"
	VOIDEntities              = VOIDNS + "entities"
	VOIDExampleResource       = VOIDNS + "exampleResource"
	VOIDFeature               = VOIDNS + "feature"
	VOIDInDataset             = VOIDNS + "inDataset"
	VOIDLinkPredicate         = VOIDNS + "linkPredicate"
	VOIDLinkset               = VOIDNS + "Linkset"
	VOIDObjectsTarget         = VOIDNS + "objectsTarget"
	VOIDOpenSearchDescription = VOIDNS + "openSearchDescription"
	VOIDProperties            = VOIDNS + "properties"
	VOIDProperty              = VOIDNS + "property"
	VOIDPropertyPartition     = VOIDNS + "propertyPartition"
	VOIDRootResource          = VOIDNS + "rootResource"
	VOIDSparqlEndpoint        = VOIDNS + "sparqlEndpoint"
	VOIDSubjectsTarget        = VOIDNS + "subjectsTarget"
	VOIDSubset                = VOIDNS + "subset"
	VOIDTarget                = VOIDNS + "target"
	VOIDTechnicalFeature      = VOIDNS + "TechnicalFeature"
	VOIDTriples               = VOIDNS + "triples"
	VOIDUriLookupEndpoint     = VOIDNS + "uriLookupEndpoint"
	VOIDUriRegexPattern       = VOIDNS + "uriRegexPattern"
	VOIDUriSpace              = VOIDNS + "uriSpace"
	VOIDVocabulary            = VOIDNS + "vocabulary"
)
