package dcat

import (
	"path"
	"regexp"
	"strings"
)

const (
	euFrequency = "http://publications.europa.eu/resource/authority/frequency/"
	euFileType  = "http://publications.europa.eu/resource/authority/file-type/"
	ianaMedia   = "https://www.iana.org/assignments/media-types/"
)

// LanguageZH and LanguageEN are the EU authority's concepts for the languages.
const (
	LanguageZH = "http://publications.europa.eu/resource/authority/language/ZHO"
	LanguageEN = "http://publications.europa.eu/resource/authority/language/ENG"
)

// MediaTypeIRI returns the IANA registry's IRI of a media type without its parameters.
func MediaTypeIRI(mediaType string) string {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	return ianaMedia + strings.ToLower(strings.TrimSpace(mediaType))
}

// MediaTypeOf returns the media type that an IANA registry IRI names, and any
// other string unchanged.
func MediaTypeOf(iri string) string {
	for _, p := range []string{ianaMedia, "http://www.iana.org/assignments/media-types/", "http://publications.europa.eu/resource/authority/media-type/"} {
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
	{"HTML", "text/html", "HTML", "html htm"},
	{"TXT", "text/plain", "TXT", "txt text"},
	{"TSV", "text/tab-separated-values", "TSV", "tsv"},
	{"DOC", "application/msword", "DOC", "doc"},
	{"DOCX", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "DOCX", "docx"},
	{"PPTX", "application/vnd.openxmlformats-officedocument.presentationml.presentation", "PPTX", "pptx"},
	{"PNG", "image/png", "PNG", "png"},
	{"JPEG", "image/jpeg", "JPEG", "jpg jpeg"},
	{"TIFF", "image/tiff", "TIFF", "tif tiff"},
	{"RDF_XML", "application/rdf+xml", "RDF/XML", "rdf rdf/xml"},
	{"RDF_TURTLE", "text/turtle", "Turtle", "ttl turtle"},
	{"RDF_N_TRIPLES", "application/n-triples", "N-Triples", "nt"},
	{"RDF_N_QUADS", "application/n-quads", "N-Quads", "nq"},
	{"JSON_LD", "application/ld+json", "JSON-LD", "jsonld json-ld"},
	{"YAML", "application/yaml", "YAML", "yaml yml"},
	{"REST", "", "API", "api rest webservices"},
	{"BIN", "application/octet-stream", "其他檔案", "bin 其他 other"},
}

// formatNames maps every name, code and media type, in lower case, to an index
// of fileFormats. It is written once, before main.
var formatNames = func() map[string]int {
	m := map[string]int{}
	for i, f := range fileFormats {
		for _, n := range append(strings.Fields(f.names), strings.ToLower(f.code), f.mediaType) {
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
	name = strings.ToLower(strings.TrimPrefix(MediaTypeOf(name), euFileType))
	name, _, _ = strings.Cut(name, ";")
	i, ok := formatNames[strings.Trim(name, " .")]
	if !ok {
		return "", "", false
	}
	return euFileType + fileFormats[i].code, fileFormats[i].mediaType, true
}

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

// SetFormat fills Format and MediaType from a format's name; a name that no
// list knows is kept as text.
func (d *Distribution) SetFormat(name string) {
	if iri, mediaType, ok := Format(name); ok {
		d.Format = iri
		if d.MediaType == "" {
			d.MediaType = mediaType
		}
		return
	}
	if name = strings.TrimSpace(name); d.MediaType == "" && strings.Count(name, "/") == 1 && !strings.Contains(name, " ") {
		d.MediaType = name
	} else if d.Format == "" {
		d.Format = name
	}
}

// frequency is one concept of the EU frequency list with our Chinese label.
type frequency struct{ code, zh, en string }

var frequencies = []frequency{
	{"1MIN", "每1分鐘", "every minute"}, {"5MIN", "每5分鐘", "every five minutes"}, {"10MIN", "每10分鐘", "every ten minutes"},
	{"15MIN", "每15分鐘", "every fifteen minutes"}, {"30MIN", "每30分鐘", "every thirty minutes"},
	{"HOURLY", "每小時", "hourly"}, {"BIHOURLY", "每2小時", "bihourly"}, {"TRIHOURLY", "每3小時", "trihourly"}, {"12HRS", "每12小時", "every twelve hours"},
	{"DAILY", "每日", "daily"}, {"DAILY_2", "每日2次", "twice a day"},
	{"WEEKLY", "每週", "weekly"}, {"WEEKLY_2", "每週2次", "twice a week"}, {"WEEKLY_3", "每週3次", "three times a week"}, {"BIWEEKLY", "每2週", "biweekly"},
	{"MONTHLY", "每月", "monthly"}, {"MONTHLY_2", "每月2次", "twice a month"}, {"MONTHLY_3", "每月3次", "three times a month"}, {"BIMONTHLY", "每2月", "bimonthly"},
	{"QUARTERLY", "每季", "quarterly"}, {"ANNUAL_3", "每4月", "three times a year"}, {"ANNUAL_2", "每半年", "semiannual"}, {"ANNUAL", "每年", "annual"},
	{"BIENNIAL", "每2年", "biennial"}, {"TRIENNIAL", "每3年", "triennial"}, {"QUADRENNIAL", "每4年", "quadrennial"}, {"QUINQUENNIAL", "每5年", "quinquennial"}, {"DECENNIAL", "每10年", "decennial"},
	{"CONT", "即時", "continuous"}, {"UPDATE_CONT", "持續更新", "continuously updated"}, {"IRREG", "不定期更新", "irregular"},
	{"NEVER", "不更新", "never"}, {"AS_NEEDED", "依需要更新", "as needed"}, {"NOT_PLANNED", "未規劃更新", "not planned"}, {"UNKNOWN", "未知", "unknown"}, {"OTHER", "其他", "other"},
}

var everyN = regexp.MustCompile(`^每\s*(半|\d*)\s*個?\s*(分鐘|分|小時|時|日|天|週|周|星期|月|季|年)(?:\s*(\d+)\s*次)?(?:更新)?$`)

// byPeriod maps count and unit of 更新頻率 to EU codes.
var byPeriod = map[string]string{
	"1分": "1MIN", "5分": "5MIN", "10分": "10MIN", "15分": "15MIN", "30分": "30MIN",
	"1時": "HOURLY", "2時": "BIHOURLY", "3時": "TRIHOURLY", "12時": "12HRS", "24時": "DAILY",
	"1日": "DAILY", "7日": "WEEKLY", "14日": "BIWEEKLY", "1週": "WEEKLY", "2週": "BIWEEKLY",
	"1月": "MONTHLY", "2月": "BIMONTHLY", "3月": "QUARTERLY", "4月": "ANNUAL_3", "6月": "ANNUAL_2", "12月": "ANNUAL",
	"半月": "MONTHLY_2", "1季": "QUARTERLY", "2季": "ANNUAL_2", "4季": "ANNUAL",
	"半年": "ANNUAL_2", "1年": "ANNUAL", "2年": "BIENNIAL", "3年": "TRIENNIAL", "4年": "QUADRENNIAL", "5年": "QUINQUENNIAL", "10年": "DECENNIAL",
	"1日2": "DAILY_2", "1週2": "WEEKLY_2", "1週3": "WEEKLY_3", "1月2": "MONTHLY_2", "1月3": "MONTHLY_3", "1年2": "ANNUAL_2", "1年3": "ANNUAL_3", "1年4": "QUARTERLY", "1年1": "ANNUAL", "1月1": "MONTHLY",
}

// frequencyWords maps what is not of the form 每N… to EU codes: words of the
// Taiwanese lists, Dublin Core frequencies and ISO 8601 repetitions.
var frequencyWords = map[string]string{
	"即時": "CONT", "不定期": "IRREG", "不定期更新": "IRREG", "不更新": "NEVER", "未知": "UNKNOWN", "其他": "OTHER", "依需要": "AS_NEEDED",
	"irregular": "IRREG", "continuous": "CONT", "semiweekly": "WEEKLY_2", "threetimesaweek": "WEEKLY_3", "threetimesamonth": "MONTHLY_3", "semimonthly": "MONTHLY_2", "threetimesayear": "ANNUAL_3", "semiannual": "ANNUAL_2", "yearly": "ANNUAL", "annually": "ANNUAL", "everyday": "DAILY",
	"r/p10y": "DECENNIAL", "r/p4y": "QUADRENNIAL", "r/p3y": "TRIENNIAL", "r/p2y": "BIENNIAL", "r/p1y": "ANNUAL", "r/p6m": "ANNUAL_2", "r/p4m": "ANNUAL_3", "r/p3m": "QUARTERLY", "r/p2m": "BIMONTHLY", "r/p1m": "MONTHLY",
	"r/p0.5m": "MONTHLY_2", "r/p2w": "BIWEEKLY", "r/p1w": "WEEKLY", "r/p3.5d": "WEEKLY_2", "r/p1d": "DAILY", "r/pt1h": "HOURLY", "r/pt1s": "CONT",
}

// Frequency returns the EU frequency concept that text or another vocabulary's
// IRI stands for; ok is false when none fits.
func Frequency(text string) (iri string, ok bool) {
	word := strings.TrimSpace(text)
	for _, p := range []string{euFrequency, "http://purl.org/cld/freq/", "http://purl.org/linked-data/sdmx/2009/code#freq-"} {
		word = strings.TrimPrefix(word, p)
	}
	if m := everyN.FindStringSubmatch(word); m != nil {
		n, unit := m[1], map[string]string{"分鐘": "分", "小時": "時", "天": "日", "周": "週", "星期": "週"}[m[2]]
		if n == "" {
			n = "1"
		}
		if unit == "" {
			unit = m[2]
		}
		code, ok := byPeriod[n+unit+m[3]]
		return euFrequency + code, ok
	}
	if code, ok := frequencyWords[strings.ToLower(word)]; ok {
		return euFrequency + code, true
	}
	for _, f := range frequencies {
		if strings.EqualFold(word, f.code) || strings.EqualFold(word, f.en) || word == f.zh {
			return euFrequency + f.code, true
		}
	}
	return "", false
}

// SetFrequency fills Frequency and FrequencyAs from a source's words or IRI.
func (d *Dataset) SetFrequency(text string) {
	text = strings.TrimSpace(text)
	if iri, ok := Frequency(text); ok {
		d.Frequency = iri
	} else if hasScheme(text) {
		d.Frequency = text
	}
	if !hasScheme(text) {
		d.FrequencyAs = text
	}
}
