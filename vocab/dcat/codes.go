package dcat

import (
	"math/big"
	"path"
	"regexp"
	"strings"

	"golang.org/x/text/width"
)

const (
	euAccessRight = "http://publications.europa.eu/resource/authority/access-right/"
	euLanguage    = "http://publications.europa.eu/resource/authority/language/"
	euTheme       = "http://publications.europa.eu/resource/authority/data-theme/"
	euFrequency   = "http://publications.europa.eu/resource/authority/frequency/"
	euFileType    = "http://publications.europa.eu/resource/authority/file-type/"
	ianaMedia     = "https://www.iana.org/assignments/media-types/"
)

// LanguageZH and LanguageEN are the EU authority's concepts for the languages.
const (
	LanguageZH = euLanguage + "ZHO"
	LanguageEN = euLanguage + "ENG"
)

// MediaTypeIRI returns the IANA registry's IRI of a media type without its parameters.
func MediaTypeIRI(mediaType string) string {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	return ianaMedia + strings.ToLower(strings.TrimSpace(mediaType))
}

// MediaTypeOf returns the media type that an IANA registry IRI names, and any
// other string unchanged.
func MediaTypeOf(iri string) string {
	for _, p := range []string{
		ianaMedia, "http://www.iana.org/assignments/media-types/",
		"http://publications.europa.eu/resource/authority/media-type/",
	} {
		if rest, ok := strings.CutPrefix(iri, p); ok {
			return rest
		}
	}
	return iri
}

// fileFormat is one entry of the format list: the EU file-type code, the media
// type and the other names in use.
type fileFormat struct{ code, mediaType, zh, names string }

var fileFormats = []fileFormat{
	{"CSV", "text/csv", "CSV", "csv"},
	{"JSON", "application/json", "JSON", "json"},
	{"XML", "application/xml", "XML", "xml text/xml"},
	{"XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX", "xlsx"},
	{"XLS", "application/vnd.ms-excel", "XLS", "xls excel"},
	{"ODS", "application/vnd.oasis.opendocument.spreadsheet", "ODS", "ods"},
	{"ODT", "application/vnd.oasis.opendocument.text", "ODT", "odt"},
	{"PDF", "application/pdf", "PDF", "pdf"},
	{"ZIP", "application/zip", "ZIP", "zip application/x-zip-compressed"},
	{"7Z", "application/x-7z-compressed", "7Z", "7z"},
	{"RAR", "application/vnd.rar", "RAR", "rar"},
	{"TAR", "application/x-tar", "TAR", "tar"},
	{"GZIP", "application/gzip", "GZIP", "gz gzip tgz"},
	{"SHP", "application/vnd.shp", "SHP", "shp shapefile esri"},
	{"KML", "application/vnd.google-earth.kml+xml", "KML", "kml"},
	{"KMZ", "application/vnd.google-earth.kmz", "KMZ", "kmz"},
	{"GEOJSON", "application/geo+json", "GeoJSON", "geojson"},
	{"GML", "application/gml+xml", "GML", "gml"},
	{"GPKG", "application/geopackage+sqlite3", "GeoPackage", "gpkg"},
	{"WMS_SRVC", "", "WMS", "wms ogc:wms"},
	{"WFS_SRVC", "", "WFS", "wfs ogc:wfs"},
	{"RSS", "application/rss+xml", "RSS", "rss"},
	{"ATOM", "application/atom+xml", "Atom", "atom"},
	{"HTML", "text/html", "HTML", "html htm 網頁"},
	{"TXT", "text/plain", "TXT", "txt text 純文字 文字檔"},
	{"TSV", "text/tab-separated-values", "TSV", "tsv"},
	{"DOC", "application/msword", "DOC", "doc"},
	{"DOCX", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "DOCX", "docx"},
	{"PPTX", "application/vnd.openxmlformats-officedocument.presentationml.presentation", "PPTX", "pptx"},
	{"PNG", "image/png", "PNG", "png"},
	{"JPEG", "image/jpeg", "JPEG", "jpg jpeg"},
	{"TIFF", "image/tiff", "TIFF", "tif tiff"},
	{"RDF_XML", "application/rdf+xml", "RDF/XML", "rdf rdf/xml"},
	{"RDF_TURTLE", "text/turtle", "Turtle", "ttl turtle"},
	{"RDF_N_TRIPLES", "application/n-triples", "N-Triples", "nt n-triples"},
	{"RDF_N_QUADS", "application/n-quads", "N-Quads", "nq n-quads"},
	{"JSON_LD", "application/ld+json", "JSON-LD", "jsonld json-ld"},
	{"YAML", "application/yaml", "YAML", "yaml yml"},
	{"PPT", "application/vnd.ms-powerpoint", "PPT", "ppt"},
	{"ODP", "application/vnd.oasis.opendocument.presentation", "ODP", "odp"},
	{"XLSM", "application/vnd.ms-excel.sheet.macroenabled.12", "XLSM", "xlsm"},
	{"XLSB", "application/vnd.ms-excel.sheet.binary.macroenabled.12", "XLSB", "xlsb"},
	{"RTF", "application/rtf", "RTF", "rtf text/rtf"},
	{"MDB", "", "Access 資料庫", "mdb access application/msaccess"},
	{"DBF", "application/vnd.dbf", "DBF", "dbf"},
	{"SQL", "application/sql", "SQL", "sql"},
	{"ICS", "text/calendar", "iCalendar", "ics ical"},
	{"EPUB", "application/epub+zip", "EPUB", "epub"},
	{"XHTML", "application/xhtml+xml", "XHTML", "xhtml"},
	{"RDF_TRIG", "application/trig", "TriG", "trig"},
	{"N3", "text/n3", "Notation3", "n3"},
	{"GIF", "image/gif", "GIF", "gif"},
	{"BMP", "image/bmp", "BMP", "bmp"},
	{"SVG", "image/svg+xml", "SVG", "svg"},
	{"JPEG2000", "image/jp2", "JPEG 2000", "jp2"},
	{"GEOTIFF", "", "GeoTIFF", "geotiff"},
	{"DWG", "image/vnd.dwg", "DWG", "dwg"},
	{"DXF", "image/vnd.dxf", "DXF", "dxf"},
	{"LAS", "application/vnd.las", "LAS", "las"},
	{"LAZ", "application/vnd.laszip", "LAZ", "laz"},
	{"NETCDF", "", "NetCDF", "netcdf application/x-netcdf"},
	{"GTFS", "", "GTFS", "gtfs"},
	{"WCS_SRVC", "", "WCS", "wcs ogc:wcs"},
	{"MAP_SRVC", "", "地圖服務", "wmts ogc:wmts"},
	{"MP3", "audio/mpeg", "MP3", "mp3"},
	{"MPEG4", "video/mp4", "MP4", "mp4"},
	{"REST", "", "API", "api rest webservices openapi"},
	{"BIN", "application/octet-stream", "其他檔案", "bin 其他 other"},
}

// formatNames maps every name, code and media type, in lower case, and every EU
// file-type IRI to an index of fileFormats. It is written once, before main.
var formatNames = func() map[string]int {
	m := map[string]int{}
	for i, f := range fileFormats {
		for _, n := range append(strings.Fields(f.names), strings.ToLower(f.code), f.mediaType, euFileType+f.code) {
			if n != "" {
				m[n] = i
			}
		}
	}
	return m
}()

// Format finds a file format by extension, name, EU file-type IRI or media type
// and returns its EU file-type IRI and media type (empty for services).
func Format(name string) (iri, mediaType string, ok bool) {
	if len(name) > maxFormat {
		return "", "", false
	}
	if i, ok := formatNames[name]; ok {
		return euFileType + fileFormats[i].code, fileFormats[i].mediaType, true
	}
	name = strings.ToLower(strings.TrimPrefix(MediaTypeOf(width.Fold.String(strings.TrimSpace(name))), euFileType))
	name, _, _ = strings.Cut(name, ";")
	name = strings.Trim(name, " .")
	i, ok := formatNames[name]
	for _, file := range []string{"檔案", "檔", "格式", " file", " format"} { // CSV檔
		if of, is := strings.CutSuffix(name, file); is && !ok {
			i, ok = formatNames[strings.Trim(of, " .")]
		}
	}
	if !ok {
		return "", "", false
	}
	return euFileType + fileFormats[i].code, fileFormats[i].mediaType, true
}

const maxFormat = 200 // bytes; what is longer is a text of its own

// Extension returns the format name at the end of an address's path, else at
// the end of one of its query's values; "" when there is none that [Format]
// knows.
func Extension(address string) string {
	address, _, _ = strings.Cut(address, "#")
	address, query, _ := strings.Cut(address, "?")
	if _, rest, _ := strings.Cut(address, "://"); !strings.Contains(rest, "/") {
		address = ""
	}
	for part := range strings.FieldsFuncSeq(address+"&"+query, func(c rune) bool { return c == '&' }) {
		ext := strings.ToLower(strings.TrimPrefix(path.Ext(part), "."))
		if _, ok := formatNames[ext]; ok {
			return ext
		}
	}
	return ""
}

// mediaTypes is a media type of a registered top-level type (RFC 6838 §4.2), or
// one in private use, without parameters.
var mediaTypes = regexp.MustCompile(`(?i)^(application|audio|font|image|message|model|` +
	`multipart|text|video|chemical|x-\w+)` +
	`/[a-z0-9][a-z0-9!#$&^_.+-]*$`)

// WholeNumber reads a number without a fraction, in whatever form XML Schema has
// for it, and returns its digits.
func WholeNumber(s string) (digits string, ok bool) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "+")
	if s == "" || len(s) > 64 {
		return "", false
	}
	if strings.Trim(s, "0123456789") == "" {
		return s, true
	}
	if strings.Trim(s, "0123456789.eE+") != "" {
		return "", false
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok || !r.IsInt() || r.Num().BitLen() > 64 {
		return "", false
	}
	return r.Num().String(), true
}

// SetFormat fills Format and MediaType from a format's name; a name that no
// list knows is kept as text, and so is one that is not a list's own.
func (d *Distribution) SetFormat(name string) {
	name = strings.TrimSpace(name)
	if iri, mediaType, ok := Format(name); ok {
		d.Format = iri
		if d.MediaType == "" {
			d.MediaType = mediaType
		}
		if !isOwnName(name, iri, mediaType) {
			d.FormatAs = name
		}
		return
	}
	if d.MediaType == "" && mediaTypes.MatchString(name) {
		d.MediaType = name
	} else if d.Format == "" {
		d.Format = name
	}
}

// isOwnName reports whether a name says no more than the format and media type
// that it stands for.
func isOwnName(name, iri, mediaType string) bool {
	f := fileFormats[formatNames[strings.ToLower(strings.TrimPrefix(iri, euFileType))]]
	name, _, _ = strings.Cut(strings.Trim(MediaTypeOf(name), " ."), ";")
	return hasScheme(name) || strings.EqualFold(name, f.code) || strings.EqualFold(name, f.zh) ||
		strings.EqualFold(name, mediaType)
}
