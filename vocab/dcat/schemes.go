package dcat

import (
	"strings"

	"fincat/vocab"
	"fincat/vocab/term"
)

// concept is one entry of a concept scheme.
type concept struct{ code, zh, en string }

// themes are the 18 service categories (服務分類) of the national metadata
// standard of 2015, table 6. The English labels are ours.
var themes = []concept{
	{"100", "生育保健", "Maternity and child health"}, {"200", "出生及收養", "Birth and adoption"},
	{"300", "求學及進修", "Schooling and further education"}, {"400", "服兵役", "Military service"},
	{"500", "求職及就業", "Job seeking and employment"}, {"600", "開創事業", "Starting a business"},
	{"700", "婚姻", "Marriage"}, {"800", "投資理財", "Investment and finance"},
	{"900", "休閒旅遊", "Leisure and travel"}, {"A00", "交通及通訊", "Transport and communications"},
	{"B00", "就醫", "Medical care"}, {"C00", "購屋及遷徙", "Home purchase and relocation"},
	{"D00", "選舉及投票", "Elections and voting"}, {"E00", "生活安全及品質", "Safety and quality of life"},
	{"F00", "退休", "Retirement"}, {"G00", "老年安養", "Elderly care"},
	{"H00", "生命禮儀", "Funerals and memorials"}, {"I00", "公共資訊", "Public information"},
}

var sectors = []concept{
	{"banking", "銀行", "Banking"}, {"securities-futures", "證券期貨", "Securities and futures"},
	{"insurance", "保險", "Insurance"}, {"cross-sector", "跨業", "Cross-sector"},
}

var orgKinds = []concept{
	{"commission", "主管機關", "Supervisory commission"}, {"bureau", "所屬機關", "Bureau of the commission"},
	{"peripheral", "周邊機構", "Peripheral institution"}, {"association", "公會", "Industry association"},
}

// Theme returns the IRI of the service category with this code or Chinese name.
func (b Base) theme(text string) (string, bool) {
	for _, c := range themes {
		if text = strings.TrimSpace(text); strings.EqualFold(text, c.code) || text == c.zh || text == c.en {
			return b.Theme(c.code), true
		}
	}
	return "", false
}

// AddTheme adds the service category with this code or name, or an IRI as it
// is; any other text becomes a keyword.
func (d *Dataset) AddTheme(b Base, text string) {
	if iri, ok := b.theme(text); ok {
		d.Theme = append(d.Theme, iri)
	} else if hasScheme(text) {
		d.Theme = append(d.Theme, text)
	} else {
		d.Keyword = append(d.Keyword, d.own(text)...)
	}
}

// Schemes returns the concept schemes as SKOS: service categories, sectors and
// kinds of organisation under our own IRIs; frequencies, formats and licences
// under the IRIs of their authorities, to which we add Chinese labels.
func Schemes(b Base) []term.Triple {
	s := &sink{}
	own := func(name, zh, en string, iri func(string) string, list []concept) {
		s.scheme(b.Scheme(name), zh, en)
		for _, c := range list {
			s.concept(iri(c.code), b.Scheme(name), c)
		}
	}
	own("theme", "服務分類", "Service categories", b.Theme, themes)
	own("sector", "業別", "Sectors", b.Sector, sectors)
	own("orgkind", "機關類別", "Kinds of organisation", b.OrgKind, orgKinds)
	s.scheme(b.Scheme("frequency"), "更新頻率", "Update frequencies")
	for _, f := range frequencies {
		s.concept(euFrequency+f.code, b.Scheme("frequency"), concept(f))
	}
	s.scheme(b.Scheme("format"), "檔案格式", "File formats")
	for _, f := range fileFormats {
		s.concept(euFileType+f.code, b.Scheme("format"), concept{f.code, f.zh, f.code})
		if f.mediaType != "" {
			s.at(euFileType+f.code, func(s *sink) { s.link(vocab.SKOSCloseMatch, MediaTypeIRI(f.mediaType)) })
		}
	}
	s.scheme(b.Scheme("licence"), "授權方式", "Licences")
	for _, l := range licences {
		s.concept(l.iri, b.Scheme("licence"), concept{l.spdx, l.zh, l.en})
		s.at(l.iri, func(s *sink) {
			s.a(vocab.DCTLicenseDocument)
			s.link(vocab.SKOSExactMatch, "http://spdx.org/licenses/"+l.spdx)
		})
	}
	return sorted(s.out)
}

func (s *sink) scheme(iri, zh, en string) {
	s.at(iri, func(s *sink) {
		s.a(vocab.SKOSConceptScheme)
		s.text(vocab.SKOSPrefLabel, ZH(zh), Text{en, "en"})
	})
}

func (s *sink) concept(iri, scheme string, c concept) {
	s.at(iri, func(s *sink) {
		s.a(vocab.SKOSConcept)
		s.text(vocab.SKOSPrefLabel, ZH(c.zh), Text{c.en, "en"})
		s.str(vocab.SKOSNotation, c.code)
		s.link(vocab.SKOSInScheme, scheme)
		s.link(vocab.SKOSTopConceptOf, scheme)
	})
}
