package vocab

// CCNS is the namespace of Creative Commons.
const CCNS = "http://creativecommons.org/ns#"

// Terms of Creative Commons.
const (
	CCAttributionName = CCNS + "attributionName"
	CCAttributionURL  = CCNS + "attributionURL"
	CCLegalcode       = CCNS + "legalcode"
	CCLicense         = CCNS + "License"
	CCLicenseProperty = CCNS + "license"
	CCPermits         = CCNS + "permits"
	CCProhibits       = CCNS + "prohibits"
	CCRequires        = CCNS + "requires"
)
