package vocab

// SKOSNS is the namespace of SKOS.
const SKOSNS = "http://www.w3.org/2004/02/skos/core#"

// Terms of SKOS.
const (
	SKOSAltLabel          = SKOSNS + "altLabel"
	SKOSBroader           = SKOSNS + "broader"
	SKOSBroadMatch        = SKOSNS + "broadMatch"
	SKOSChangeNote        = SKOSNS + "changeNote"
	SKOSCloseMatch        = SKOSNS + "closeMatch"
	SKOSCollection        = SKOSNS + "Collection"
	SKOSConcept           = SKOSNS + "Concept"
	SKOSConceptScheme     = SKOSNS + "ConceptScheme"
	SKOSDefinition        = SKOSNS + "definition"
	SKOSEditorialNote     = SKOSNS + "editorialNote"
	SKOSExactMatch        = SKOSNS + "exactMatch"
	SKOSExample           = SKOSNS + "example"
	SKOSHasTopConcept     = SKOSNS + "hasTopConcept"
	SKOSHiddenLabel       = SKOSNS + "hiddenLabel"
	SKOSHistoryNote       = SKOSNS + "historyNote"
	SKOSInScheme          = SKOSNS + "inScheme"
	SKOSMember            = SKOSNS + "member"
	SKOSMemberList        = SKOSNS + "memberList"
	SKOSNarrower          = SKOSNS + "narrower"
	SKOSNarrowMatch       = SKOSNS + "narrowMatch"
	SKOSNotation          = SKOSNS + "notation"
	SKOSNote              = SKOSNS + "note"
	SKOSOrderedCollection = SKOSNS + "OrderedCollection"
	SKOSPrefLabel         = SKOSNS + "prefLabel"
	SKOSRelated           = SKOSNS + "related"
	SKOSRelatedMatch      = SKOSNS + "relatedMatch"
	SKOSScopeNote         = SKOSNS + "scopeNote"
	SKOSTopConceptOf      = SKOSNS + "topConceptOf"
)
