package vocab

// OANS is the namespace of web annotations.
const OANS = "http://www.w3.org/ns/oa#"

// Terms of web annotations.
const (
	OAAnnotatedAt      = OANS + "annotatedAt"
	OAAnnotatedBy      = OANS + "annotatedBy"
	OAAnnotation       = OANS + "Annotation"
	OAAssessing        = OANS + "assessing"
	OAClassifying      = OANS + "classifying"
	OACommenting       = OANS + "commenting"
	OADescribing       = OANS + "describing"
	OAHasBody          = OANS + "hasBody"
	OAHasSource        = OANS + "hasSource"
	OAHasTarget        = OANS + "hasTarget"
	OALinking          = OANS + "linking"
	OAMotivatedBy      = OANS + "motivatedBy"
	OAMotivation       = OANS + "Motivation"
	OAQuestioning      = OANS + "questioning"
	OASpecificResource = OANS + "SpecificResource"
	OATextualBody      = OANS + "TextualBody"
)
