package vocab

// GEONS is the namespace of GeoSPARQL.
const GEONS = "http://www.opengis.net/ont/geosparql#"

// Terms of GeoSPARQL.
const (
	GEOAsGeoJSON      = GEONS + "asGeoJSON"
	GEOAsWKT          = GEONS + "asWKT"
	GEOFeature        = GEONS + "Feature"
	GEOGeoJSONLiteral = GEONS + "geoJSONLiteral"
	GEOGeometry       = GEONS + "Geometry"
	GEOGmlLiteral     = GEONS + "gmlLiteral"
	GEOHasGeometry    = GEONS + "hasGeometry"
	GEOWktLiteral     = GEONS + "wktLiteral"
)
