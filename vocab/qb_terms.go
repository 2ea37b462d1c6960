package vocab

// QBNS is the namespace of the RDF data cube.
const QBNS = "http://purl.org/linked-data/cube#"

// Terms of the RDF data cube.
const (
	QBDataSet                 = QBNS + "DataSet"
	QBDataSetProperty         = QBNS + "dataSet"
	QBDataStructureDefinition = QBNS + "DataStructureDefinition"
	QBDimension               = QBNS + "dimension"
	QBDimensionProperty       = QBNS + "DimensionProperty"
	QBMeasure                 = QBNS + "measure"
	QBMeasureProperty         = QBNS + "MeasureProperty"
	QBObservation             = QBNS + "Observation"
	QBStructure               = QBNS + "structure"
)
