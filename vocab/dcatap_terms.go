package vocab

// DCATAPNS is the namespace of DCAT-AP.
const DCATAPNS = "http://data.europa.eu/r5r/"

// Terms of DCAT-AP.
const (
	DCATAPApplicableLegislation = DCATAPNS + "applicableLegislation"
	DCATAPAvailability          = DCATAPNS + "availability"
	DCATAPHvdCategory           = DCATAPNS + "hvdCategory"
)
