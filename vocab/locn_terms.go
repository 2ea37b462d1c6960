package vocab

// LOCNNS is the namespace of the ISA location core vocabulary.
const LOCNNS = "http://www.w3.org/ns/locn#"

// Terms of the ISA location core vocabulary.
const (
	LOCNAddress           = LOCNNS + "Address"
	LOCNAddressProperty   = LOCNNS + "address"
	LOCNAdminUnitL1       = LOCNNS + "adminUnitL1"
	LOCNAdminUnitL2       = LOCNNS + "adminUnitL2"
	LOCNFullAddress       = LOCNNS + "fullAddress"
	LOCNGeographicName    = LOCNNS + "geographicName"
	LOCNGeometry          = LOCNNS + "Geometry"
	LOCNGeometryProperty  = LOCNNS + "geometry"
	LOCNLocation          = LOCNNS + "location"
	LOCNLocatorDesignator = LOCNNS + "locatorDesignator"
	LOCNPoBox             = LOCNNS + "poBox"
	LOCNPostCode          = LOCNNS + "postCode"
	LOCNPostName          = LOCNNS + "postName"
	LOCNThoroughfare      = LOCNNS + "thoroughfare"
)
