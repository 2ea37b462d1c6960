package vocab

// DQVNS is the namespace of the data quality vocabulary.
const DQVNS = "http://www.w3.org/ns/dqv#"

// Terms of the data quality vocabulary.
const (
	DQVCategory                  = DQVNS + "Category"
	DQVComputedOn                = DQVNS + "computedOn"
	DQVDimension                 = DQVNS + "Dimension"
	DQVExpectedDataType          = DQVNS + "expectedDataType"
	DQVHasQualityAnnotation      = DQVNS + "hasQualityAnnotation"
	DQVHasQualityMeasurement     = DQVNS + "hasQualityMeasurement"
	DQVHasQualityMetadata        = DQVNS + "hasQualityMetadata"
	DQVInCategory                = DQVNS + "inCategory"
	DQVInDimension               = DQVNS + "inDimension"
	DQVIsMeasurementOf           = DQVNS + "isMeasurementOf"
	DQVMetric                    = DQVNS + "Metric"
	DQVQualityAnnotation         = DQVNS + "QualityAnnotation"
	DQVQualityCertificate        = DQVNS + "QualityCertificate"
	DQVQualityMeasurement        = DQVNS + "QualityMeasurement"
	DQVQualityMeasurementDataset = DQVNS + "QualityMeasurementDataset"
	DQVQualityMetadata           = DQVNS + "QualityMetadata"
	DQVQualityPolicy             = DQVNS + "QualityPolicy"
	DQVUserQualityFeedback       = DQVNS + "UserQualityFeedback"
	DQVValue                     = DQVNS + "value"
)
