package rating

import (
	"fmt"
	"slices"
	"strings"

	"fincat/vocab"
	"fincat/vocab/dcat"
)

// Points are the result of the Metadata Quality Assessment.
type Points struct {
	Points   int       `json:"points"`
	Unknown  int       `json:"unknown"` // points of metrics of which nothing is known
	Of       int       `json:"of"`
	Rating   string    `json:"rating"` // excellent, good, sufficient or bad; unknown where what is not known decides
	File     int       `json:"file"`   // that counts, from 1; 0 when there is none
	Measures []Measure `json:"measures"`
}

// Measure is a metric, measured.
type Measure struct {
	Metric string `json:"metric"` // its name, see [dcat.MQAMetrics]
	Is     Answer `json:"is"`
	Points int    `json:"points"`
	Of     int    `json:"of"`
	Why    string `json:"why"`
	Status int    `json:"status,omitempty"` // HTTP, of addresses
}

// ratings are the bands of the sum, each above its bound.
var ratings = []struct {
	above int
	name  string
}{{350, "excellent"}, {220, "good"}, {120, "sufficient"}, {-1, "bad"}}

func band(points int) string {
	for _, r := range ratings {
		if points > r.above {
			return r.name
		}
	}
	return ""
}

// MQA counts the points of a dataset.
func MQA(s *Subject) *Points {
	p := &Points{}
	files := make([]map[string]Measure, max(len(s.Files), 1))
	best := 0
	for i := range files {
		var f *File
		if i < len(s.Files) {
			f = &s.Files[i]
		}
		files[i] = s.file(f)
		if sum(files[i]) > sum(files[best]) {
			best = i
		}
	}
	if len(s.Files) > 0 {
		p.File = best + 1
	}
	own := s.dataset()
	for _, m := range dcat.MQAMetrics() {
		x := own[m.ID]
		if m.File {
			x = files[best][m.ID]
		}
		x.Metric, x.Of = m.ID, m.Points
		switch p.Of += m.Points; x.Is {
		case True:
			x.Points = m.Points
			p.Points += m.Points
		case Unknown:
			p.Unknown += m.Points
		}
		p.Measures = append(p.Measures, x)
	}
	if p.Rating = band(p.Points); p.Rating != band(p.Points+p.Unknown) {
		p.Rating = string(Unknown)
	}
	return p
}

// sum is what the measures of a file are worth.
func sum(list map[string]Measure) (n int) {
	for _, m := range dcat.MQAMetrics() {
		if list[m.ID].Is == True {
			n += m.Points
		}
	}
	return n
}

// given measures whether something has a property.
func (s *Subject) given(subject, property, name string) Measure {
	n := len(s.values(subject, property))
	switch {
	case n == 0 && subject != s.Dataset && len(s.values(s.Dataset, property)) > 0:
		return Measure{Is: False, Why: name + " is missing of the distribution; the dataset has it"}
	case n == 0:
		return Measure{Is: False, Why: name + " is missing"}
	}
	return Measure{Is: True, Why: fmt.Sprintf("%s: %d", name, n)}
}

// dataset measures what is about the dataset itself.
func (s *Subject) dataset() map[string]Measure {
	out := map[string]Measure{"dcatApCompliance": {Is: s.Conforms, Why: s.Because}}
	for metric, property := range map[string][2]string{
		"keywordAvailability":      {vocab.DCATKeyword, "dcat:keyword"},
		"categoryAvailability":     {vocab.DCATTheme, "dcat:theme"},
		"spatialAvailability":      {vocab.DCTSpatial, "dct:spatial"},
		"temporalAvailability":     {vocab.DCTTemporal, "dct:temporal"},
		"accessRightsAvailability": {vocab.DCTAccessRights, "dct:accessRights"},
		"contactPointAvailability": {vocab.DCATContactPoint, "dcat:contactPoint"},
		"publisherAvailability":    {vocab.DCTPublisher, "dct:publisher"},
	} {
		out[metric] = s.given(s.Dataset, property[0], property[1])
	}
	align := Measure{Is: False, Why: "dct:accessRights is missing"}
	for _, v := range s.values(s.Dataset, vocab.DCTAccessRights) {
		align = Measure{Is: answer(v.IsIRI() && dcat.IsAccessRight(v.Value())), Why: "dct:accessRights " + v.Value()}
		if align.Is == True {
			break
		}
	}
	out["accessRightsVocabularyAlignment"] = align
	return out
}

// file measures what is about a distribution; nil stands for none.
func (s *Subject) file(f *File) map[string]Measure {
	out := map[string]Measure{}
	if f == nil {
		for _, m := range dcat.MQAMetrics() {
			if m.File {
				out[m.ID] = Measure{Is: False, Why: "the dataset has no distribution"}
			}
		}
		return out
	}
	for metric, property := range map[string][2]string{
		"downloadUrlAvailability":  {vocab.DCATDownloadURL, "dcat:downloadURL"},
		"formatAvailability":       {vocab.DCTFormat, "dct:format"},
		"mediaTypeAvailability":    {vocab.DCATMediaType, "dcat:mediaType"},
		"licenceAvailability":      {vocab.DCTLicense, "dct:license"},
		"rightsAvailability":       {vocab.DCTRights, "dct:rights"},
		"byteSizeAvailability":     {vocab.DCATByteSize, "dcat:byteSize"},
		"dateIssuedAvailability":   {vocab.DCTIssued, "dct:issued"},
		"dateModifiedAvailability": {vocab.DCTModified, "dct:modified"},
	} {
		out[metric] = s.given(f.Distribution, property[0], property[1])
	}
	out["accessUrlStatusCode"] = s.address(f, vocab.DCATAccessURL, "dcat:accessURL")
	out["downloadUrlStatusCode"] = s.address(f, vocab.DCATDownloadURL, "dcat:downloadURL")
	out["knownLicence"] = s.licence(f)
	s.formats(f, out)
	return out
}

// address measures whether an address of a distribution answers. Of the addresses that the
// checks have not asked nothing is known.
func (s *Subject) address(f *File, property, name string) Measure {
	list := s.values(f.Distribution, property)
	if len(list) == 0 {
		return Measure{Is: False, Why: name + " is missing"}
	}
	for i := range s.Files {
		x := &s.Files[i]
		for _, v := range list {
			if x.URL != v.Value() {
				continue
			}
			why := "no answer"
			if x.Status > 0 {
				why = fmt.Sprintf("status %d", x.Status)
			}
			return Measure{Is: x.Answers, Status: x.Status, Why: why + " of " + v.Value()}
		}
	}
	return Measure{Is: Unknown, Why: "the checks do not ask for " + list[0].Value()}
}

// licence measures whether a distribution's licence is in the list of known ones.
func (s *Subject) licence(f *File) Measure {
	list := s.values(f.Distribution, vocab.DCTLicense)
	if len(list) == 0 {
		return Measure{Is: False, Why: "dct:license is missing"}
	}
	for _, v := range list {
		if known, ok := dcat.License(v.Value()); ok && known != "" {
			return Measure{Is: True, Why: known}
		}
	}
	return Measure{Is: False, Why: list[0].Value() + " is none of the known licences"}
}

// Formats after the published lists of the assessment, by their code in the EU file-type
// table: those that nobody owns, and those that machines interpret.
var (
	nonProprietary = strings.Fields("BMP CSV DBF GEOJSON GPKG GZIP HTML ICS JPEG2000 JSON JSON_LD KML KMZ NETCDF " +
		"ODS PNG RDF_N_QUADS RDF_N_TRIPLES RDF_TRIG RDF_TURTLE RDF_XML RSS RTF TAR TIFF TSV TXT WMS_SRVC XML ZIP")
	machineInterpretable = strings.Fields("ATOM CSV DBF GEOJSON GML GPKG GTFS ICS JSON JSON_LD KML KMZ MDB N3 " +
		"NETCDF ODS RDF_N_QUADS RDF_N_TRIPLES RDF_TRIG RDF_TURTLE RDF_XML REST RSS SHP SQL TSV WFS_SRVC WCS_SRVC " +
		"XLS XLSB XLSM " +
		"XLSX XML YAML")
)

// formats measures format and media type against the lists.
func (s *Subject) formats(f *File, out map[string]Measure) {
	aligned := map[Answer]int{}
	var codes, names []string
	for _, p := range []struct {
		property string
		table    func(string) (string, bool, bool)
	}{{vocab.DCTFormat, dcat.FileType}, {vocab.DCATMediaType, dcat.RegisteredMediaType}} {
		is := False
		for _, v := range s.values(f.Distribution, p.property) {
			names = append(names, v.Value())
			_, in, known := p.table(v.Value())
			switch {
			case v.IsIRI() && in && known:
				is = True
			case v.IsIRI() && in && is == False:
				is = Unknown
			}
			if iri, _, ok := dcat.Format(v.Value()); ok {
				code, _, _ := dcat.FileType(iri)
				codes = append(codes, code)
			}
		}
		aligned[is]++
	}
	if len(names) == 0 {
		for _, m := range []string{"VocabularyAlignment", "NonProprietary", "MachineInterpretable"} {
			out["formatMediaType"+m] = Measure{Is: False, Why: "dct:format and dcat:mediaType are missing"}
		}
		return
	}
	why := strings.Join(names, ", ")
	align := Measure{Is: True, Why: why}
	switch {
	case aligned[False] > 0:
		align.Is = False
	case aligned[Unknown] > 0:
		align.Is = Unknown
	}
	out["formatMediaTypeVocabularyAlignment"] = align
	for metric, list := range map[string][]string{"NonProprietary": nonProprietary,
		"MachineInterpretable": machineInterpretable} {
		m := Measure{Is: answer(slices.ContainsFunc(codes, func(c string) bool { return slices.Contains(list, c) })),
			Why: why}
		if len(codes) == 0 {
			m.Is, m.Why = Unknown, why+" is in no list of formats"
		}
		out["formatMediaType"+metric] = m
	}
}
