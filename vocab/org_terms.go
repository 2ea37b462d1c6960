package vocab

// ORGNS is the namespace of the organization ontology.
const ORGNS = "http://www.w3.org/ns/org#"

// Terms of the organization ontology.
const (
	ORGChangedBy                   = ORGNS + "changedBy"
	ORGChangeEvent                 = ORGNS + "ChangeEvent"
	ORGClassification              = ORGNS + "classification"
	ORGFormalOrganization          = ORGNS + "FormalOrganization"
	ORGHasMember                   = ORGNS + "hasMember"
	ORGHasMembership               = ORGNS + "hasMembership"
	ORGHasPrimarySite              = ORGNS + "hasPrimarySite"
	ORGHasRegisteredSite           = ORGNS + "hasRegisteredSite"
	ORGHasSite                     = ORGNS + "hasSite"
	ORGHasSubOrganization          = ORGNS + "hasSubOrganization"
	ORGHasUnit                     = ORGNS + "hasUnit"
	ORGIdentifier                  = ORGNS + "identifier"
	ORGLinkedTo                    = ORGNS + "linkedTo"
	ORGMemberOf                    = ORGNS + "memberOf"
	ORGMember                      = ORGNS + "member"
	ORGMembership                  = ORGNS + "Membership"
	ORGOrganization                = ORGNS + "Organization"
	ORGOrganizationalCollaboration = ORGNS + "OrganizationalCollaboration"
	ORGOrganizationProperty        = ORGNS + "organization"
	ORGOrganizationalUnit          = ORGNS + "OrganizationalUnit"
	ORGOriginalOrganization        = ORGNS + "originalOrganization"
	ORGPost                        = ORGNS + "Post"
	ORGPurpose                     = ORGNS + "purpose"
	ORGResultedFrom                = ORGNS + "resultedFrom"
	ORGResultingOrganization       = ORGNS + "resultingOrganization"
	ORGRole                        = ORGNS + "Role"
	ORGRoleProperty                = ORGNS + "role"
	ORGSite                        = ORGNS + "Site"
	ORGSubOrganizationOf           = ORGNS + "subOrganizationOf"
	ORGTransitiveSubOrganizationOf = ORGNS + "transitiveSubOrganizationOf"
	ORGUnitOf                      = ORGNS + "unitOf"
)
