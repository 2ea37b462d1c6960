package vocab

// ADMSNS is the namespace of ADMS.
const ADMSNS = "http://www.w3.org/ns/adms#"

// Terms of ADMS.
const (
	ADMSAsset                   = ADMSNS + "Asset"
	ADMSAssetDistribution       = ADMSNS + "AssetDistribution"
	ADMSAssetRepository         = ADMSNS + "AssetRepository"
	ADMSIdentifier              = ADMSNS + "Identifier"
	ADMSIdentifierProperty      = ADMSNS + "identifier"
	ADMSIncludedAsset           = ADMSNS + "includedAsset"
	ADMSInteroperabilityLevel   = ADMSNS + "interoperabilityLevel"
	ADMSLast                    = ADMSNS + "last"
	ADMSNext                    = ADMSNS + "next"
	ADMSPrev                    = ADMSNS + "prev"
	ADMSRepresentationTechnique = ADMSNS + "representationTechnique"
	ADMSSample                  = ADMSNS + "sample"
	ADMSSchemaAgency            = ADMSNS + "schemaAgency"
	ADMSSchemeAgency            = ADMSNS + "schemeAgency"
	ADMSStatus                  = ADMSNS + "status"
	ADMSSupportedSchema         = ADMSNS + "supportedSchema"
	ADMSTranslation             = ADMSNS + "translation"
	ADMSVersionNotes            = ADMSNS + "versionNotes"
)
