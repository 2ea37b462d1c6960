package dcat

import (
	"slices"
	"strconv"
	"strings"

	"fincat/vocab"
	"fincat/vocab/term"
)

// MQANS is the namespace of the metrics and dimensions of the Metadata Quality Assessment of
// data.europa.eu, as its makers publish them.
const MQANS = "https://piveau.eu/ns/voc#"

// MQAMetric is a metric of the Metadata Quality Assessment of data.europa.eu.
type MQAMetric struct {
	ID        string // end of the IRI below [MQANS]
	ZH, EN    string
	Dimension string
	Points    int  // for true; together 405
	File      bool // it is about a distribution, else about the dataset
}

// IRI is the published IRI of the metric.
func (m MQAMetric) IRI() string { return MQANS + m.ID }

// MQAScore is the published IRI of the metric that is the sum of points.
const MQAScore = MQANS + "score"

var mqaDimensions = []concept{
	{"findability", "可尋找性", "Findability"}, {"accessibility", "可取得性", "Accessibility"},
	{"interoperability", "互通性", "Interoperability"}, {"reusability", "可再利用性", "Reusability"},
	{"contextuality", "脈絡性", "Contextuality"},
}

var mqaMetrics = []MQAMetric{
	{"keywordAvailability", "有關鍵字", "Keywords are given", "findability", 30, false},
	{"categoryAvailability", "有分類", "A category is given", "findability", 30, false},
	{"spatialAvailability", "有空間範圍", "A place is given", "findability", 20, false},
	{"temporalAvailability", "有時間範圍", "A period is given", "findability", 20, false},

	{"accessUrlStatusCode", "存取網址有回應", "The access URL answers", "accessibility", 50, true},
	{"downloadUrlAvailability", "有下載網址", "A download URL is given", "accessibility", 20, true},
	{"downloadUrlStatusCode", "下載網址有回應", "The download URL answers", "accessibility", 30, true},

	{"formatAvailability", "有檔案格式", "A format is given", "interoperability", 20, true},
	{"mediaTypeAvailability", "有媒體類型", "A media type is given", "interoperability", 10, true},
	{"formatMediaTypeVocabularyAlignment", "格式與媒體類型採用受控詞彙", "Format and media type are of the code lists",
		"interoperability", 10, true},
	{"formatMediaTypeNonProprietary", "非專屬格式", "Format that nobody owns", "interoperability", 20, true},
	{"formatMediaTypeMachineInterpretable", "機器可判讀格式", "Format that machines interpret", "interoperability", 20,
		true},
	{"dcatApCompliance", "符合 DCAT-AP", "Conforms to DCAT-AP", "interoperability", 30, false},

	{"licenceAvailability", "有授權方式", "A licence is given", "reusability", 20, true},
	{"knownLicence", "授權方式為已知條款", "The licence is a known one", "reusability", 10, true},
	{"accessRightsAvailability", "有取用權限", "Access rights are given", "reusability", 10, false},
	{"accessRightsVocabularyAlignment", "取用權限採用受控詞彙", "Access rights are of the code list", "reusability", 5,
		false},
	{"contactPointAvailability", "有聯絡窗口", "A contact is given", "reusability", 20, false},
	{"publisherAvailability", "有提供機關", "A publisher is given", "reusability", 10, false},

	{"rightsAvailability", "有權利說明", "Rights are stated", "contextuality", 5, true},
	{"byteSizeAvailability", "有檔案大小", "A size is given", "contextuality", 5, true},
	{"dateIssuedAvailability", "有發布日期", "A date of issue is given", "contextuality", 5, true},
	{"dateModifiedAvailability", "有修改日期", "A date of modification is given", "contextuality", 5, true},
}

// MQAMetrics returns the 23 metrics, by dimension.
func MQAMetrics() []MQAMetric { return mqaMetrics }

// mqa adds the scheme of these metrics, under their published IRIs.
func (s *sink) mqa(b Base) {
	dimensions := s.scheme(b, "mqa-dimension", "歐盟詮釋資料品質面向", "Dimensions of metadata quality (MQA)", "",
		vocab.DQVDimension)
	for _, c := range mqaDimensions {
		s.concept(MQANS+c.code, dimensions, c)
	}
	metrics := s.scheme(b, "mqa-metric", "歐盟詮釋資料品質指標", "Metrics of metadata quality (MQA)", "",
		vocab.DQVMetric)
	for _, m := range mqaMetrics {
		s.concept(m.IRI(), metrics, concept{m.ID, m.ZH, m.EN})
		s.at(m.IRI(), func(s *sink) {
			s.link(vocab.DQVInDimension, MQANS+m.Dimension)
			if strings.HasSuffix(m.ID, "StatusCode") {
				s.link(vocab.DQVExpectedDataType, vocab.XSDInteger)
			} else {
				s.link(vocab.DQVExpectedDataType, vocab.XSDBoolean)
			}
			s.add(MQANS+"trueScore", term.NewLiteral(strconv.Itoa(m.Points), vocab.XSDInteger))
		})
	}
	s.concept(MQAScore, metrics, concept{"score", "詮釋資料品質總分", "Points of metadata quality"})
	s.at(MQAScore, func(s *sink) {
		s.link(vocab.DQVInDimension, b.QualityDimension("overall"))
		s.link(vocab.DQVExpectedDataType, vocab.XSDInteger)
	})
}

// The controlled vocabularies that the assessment asks for.
var (
	fileTypeTables  = []string{euFileType}
	mediaTypeTables = []string{ianaMedia, "http://www.iana.org/assignments/media-types/"}
)

// FileType returns the code of an IRI of the EU file-type table; in tells that it is of that
// table by its form, and known that the list of formats here has it.
func FileType(iri string) (code string, in, known bool) { return inTable(iri, fileTypeTables) }

// RegisteredMediaType does the same for media types of the IANA registry.
func RegisteredMediaType(iri string) (mediaType string, in, known bool) {
	return inTable(iri, mediaTypeTables)
}

func inTable(iri string, tables []string) (code string, in, known bool) {
	for _, table := range tables {
		if code, in = strings.CutPrefix(iri, table); in {
			_, _, known = Format(code)
			return code, in, known
		}
	}
	return "", false, false
}

// IsAccessRight reports whether an IRI is one of the EU access rights.
func IsAccessRight(iri string) bool {
	code, ok := strings.CutPrefix(iri, euAccessRight)
	return ok && slices.Contains([]string{"PUBLIC", "RESTRICTED", "NON_PUBLIC", "CONFIDENTIAL", "SENSITIVE", "NORMAL",
		"OP_DATPRO"}, code)
}
