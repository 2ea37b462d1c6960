package vocab

// LDPNS is the namespace of the linked data platform.
const LDPNS = "http://www.w3.org/ns/ldp#"

// Terms of the linked data platform.
const (
	LDPBasicContainer          = LDPNS + "BasicContainer"
	LDPContainer               = LDPNS + "Container"
	LDPContains                = LDPNS + "contains"
	LDPDirectContainer         = LDPNS + "DirectContainer"
	LDPHasMemberRelation       = LDPNS + "hasMemberRelation"
	LDPIndirectContainer       = LDPNS + "IndirectContainer"
	LDPInsertedContentRelation = LDPNS + "insertedContentRelation"
	LDPIsMemberOfRelation      = LDPNS + "isMemberOfRelation"
	LDPMember                  = LDPNS + "member"
	LDPMembershipResource      = LDPNS + "membershipResource"
	LDPNonRDFSource            = LDPNS + "NonRDFSource"
	LDPRDFSource               = LDPNS + "RDFSource"
	LDPResource                = LDPNS + "Resource"
)
