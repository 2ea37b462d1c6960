package vocab

// FOAFNS is the namespace of FOAF.
const FOAFNS = "http://xmlns.com/foaf/0.1/"

// Terms of FOAF.
const (
	FOAFAccount                = FOAFNS + "account"
	FOAFAccountName            = FOAFNS + "accountName"
	FOAFAccountServiceHomepage = FOAFNS + "accountServiceHomepage"
	FOAFAgent                  = FOAFNS + "Agent"
	FOAFDepiction              = FOAFNS + "depiction"
	FOAFDocument               = FOAFNS + "Document"
	FOAFGroup                  = FOAFNS + "Group"
	FOAFHomepage               = FOAFNS + "homepage"
	FOAFImg                    = FOAFNS + "img"
	FOAFInterest               = FOAFNS + "interest"
	FOAFIsPrimaryTopicOf       = FOAFNS + "isPrimaryTopicOf"
	FOAFLogo                   = FOAFNS + "logo"
	FOAFKnows                  = FOAFNS + "knows"
	FOAFMaker                  = FOAFNS + "maker"
	FOAFMbox                   = FOAFNS + "mbox"
	FOAFMember                 = FOAFNS + "member"
	FOAFName                   = FOAFNS + "name"
	FOAFOnlineAccount          = FOAFNS + "OnlineAccount"
	FOAFOrganization           = FOAFNS + "Organization"
	FOAFPage                   = FOAFNS + "page"
	FOAFPerson                 = FOAFNS + "Person"
	FOAFPhone                  = FOAFNS + "phone"
	FOAFPrimaryTopic           = FOAFNS + "primaryTopic"
	FOAFProject                = FOAFNS + "Project"
	FOAFTopic                  = FOAFNS + "topic"
)
