package dcat

import (
	"slices"
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

// themeOf is the EU data theme that each service category belongs to. The EU
// themes are wider, so that none is the same.
var themeOf = map[string]string{
	"100": "HEAL", "200": "SOCI", "300": "EDUC", "400": "GOVE", "500": "SOCI", "600": "ECON", "700": "SOCI",
	"800": "ECON", "900": "EDUC", "A00": "TRAN", "B00": "HEAL", "C00": "SOCI", "D00": "GOVE", "E00": "JUST",
	"F00": "SOCI", "G00": "SOCI", "H00": "SOCI", "I00": "GOVE",
}

// euThemes are the concepts of the EU data themes that categories belong to.
var euThemes = []concept{
	{"ECON", "經濟與金融", "Economy and finance"}, {"EDUC", "教育、文化與體育", "Education, culture and sport"},
	{"GOVE", "政府與公共部門", "Government and public sector"}, {"HEAL", "健康", "Health"},
	{"JUST", "司法、法制與公共安全", "Justice, legal system and public safety"},
	{"SOCI", "人口與社會", "Population and society"}, {"TRAN", "交通運輸", "Transport"},
}

var sectors = []concept{
	{"banking", "銀行", "Banking"}, {"securities-futures", "證券期貨", "Securities and futures"},
	{"insurance", "保險", "Insurance"}, {"cross-sector", "跨業", "Cross-sector"},
}

var orgKinds = []concept{
	{"commission", "主管機關", "Supervisory commission"}, {"bureau", "所屬機關", "Bureau of the commission"},
	{"peripheral", "周邊機構", "Peripheral institution"}, {"association", "公會", "Industry association"},
}

// accessRights are what the portal says of who gets data (資料提供屬性), under the
// concepts of the EU access rights.
var accessRights = []concept{
	{"PUBLIC", "開放資料", "public"}, {"RESTRICTED", "依申請提供資料", "restricted"},
	{"NON_PUBLIC", "不開放資料", "non-public"},
}

// languages are those of 資料集語系 in the metadata standard of 2015, with the code
// there, and the one that the EU language table has.
var languages = []struct {
	concept
	eu string
}{
	{concept{"zh", "中文", "Chinese"}, "ZHO"}, {concept{"en", "英文", "English"}, "ENG"},
	{concept{"fr", "法文", "French"}, "FRA"}, {concept{"ru", "俄文", "Russian"}, "RUS"},
	{concept{"ja", "日文", "Japanese"}, "JPN"}, {concept{"de", "德文", "German"}, "DEU"},
	{concept{"ar", "阿拉伯文", "Arabic"}, "ARA"}, {concept{"es", "西班牙文", "Spanish"}, "SPA"},
	{concept{"pt", "葡萄牙文", "Portuguese"}, "POR"},
}

// identifiers are what columns of data can identify; datasets that identify the same
// can be joined.
var identifiers = []struct {
	concept
	same string // in Wikidata
}{
	{concept{"tax-id", "統一編號", "Unified business number"}, ""},
	{concept{"stock-code", "證券代號", "Securities code"}, ""},
	{concept{"isin", "國際證券辨識號碼", "International Securities Identification Number"}, "P946"},
	{concept{"lei", "法人機構識別編碼", "Legal Entity Identifier"}, "P1278"},
	{concept{"bank-code", "金融機構代號", "Financial institution code"}, ""},
	{concept{"insurer-code", "保險公司代號", "Insurer code"}, ""},
	{concept{"broker-code", "證券商、期貨商代號", "Broker code"}, ""},
	{concept{"fund-code", "基金代號", "Fund code"}, ""},
	{concept{"futures-contract", "期貨選擇權契約代號", "Futures and options contract code"}, ""},
	{concept{"county", "縣市", "County or city"}, ""},
	{concept{"date", "日期", "Date"}, ""},
	{concept{"year", "年度", "Year"}, ""},
}

// TypeNS begins the IRIs of the types of dataset in the metadata standard of 2015.
const TypeNS = "https://w3id.org/fincat/profile/tw/type/"

// datasetTypes are the types of dataset (資料集類型) in the metadata standard of 2015.
var datasetTypes = []concept{
	{"rawData", "原始資料", "Raw data"}, {"TOOLS", "工具", "Tools"}, {"SERVICES", "服務", "Services"},
}

// DatasetType returns the concept of a type of dataset by its code.
func DatasetType(text string) (iri string, ok bool) {
	for _, c := range datasetTypes {
		if strings.EqualFold(strings.TrimSpace(text), c.code) {
			return TypeNS + c.code, true
		}
	}
	return "", false
}

const changeType = "http://purl.org/adms/changetype/"

var (
	availabilities = []concept{
		{"AVAILABLE", "可取得", "available"}, {"EXPERIMENTAL", "實驗中", "experimental"},
		{"STABLE", "穩定", "stable"}, {"TEMPORARY", "暫時", "temporary"},
	}
	changeTypes  = []concept{{"created", "新增", "created"}, {"updated", "修改", "updated"}, {"deleted", "刪除", "deleted"}}
	licenceTypes = []concept{
		{"Attribution", "姓名標示", "Attribution"}, {"NoDerivativeWork", "禁止改作", "No derivative work"},
		{"NonCommercialUseOnly", "非商業性", "Non-commercial use only"}, {"PublicDomain", "公眾領域", "Public domain"},
		{"ViralEffect-ShareAlike", "相同方式分享", "Share alike"},
	}
	publisherTypes = []concept{
		{"NationalAuthority", "中央機關", "National authority"}, {"LocalAuthority", "地方機關", "Local authority"},
		{"Company", "公司", "Company"}, {"NonProfitOrganisation", "非營利組織", "Non-profit organisation"},
		{"IndustryConsortium", "同業組織", "Industry consortium"},
		{"Academia-ScientificOrganisation", "學術機構", "Academia or scientific organisation"},
	}
)

// AccessRight returns the EU concept that a code, an IRI or the portal's word for
// who gets data stands for.
func AccessRight(text string) (iri string, ok bool) {
	text = strings.TrimPrefix(strings.TrimSpace(text), euAccessRight)
	for _, c := range accessRights {
		if strings.EqualFold(text, c.code) || text == c.zh || strings.EqualFold(text, c.en) {
			return euAccessRight + c.code, true
		}
	}
	return "", false
}

// LanguageIRI returns the EU concept of a language by its code, tag or name.
func LanguageIRI(text string) (iri string, ok bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	primary, _, _ := strings.Cut(strings.ReplaceAll(text, "_", "-"), "-")
	for _, l := range languages {
		if primary == l.code || primary == strings.ToLower(l.eu) || text == l.zh || text == strings.ToLower(l.en) {
			return euLanguage + l.eu, true
		}
	}
	return "", false
}

// LanguageCode returns the code that the metadata standard of 2015 has for a language
// with an IRI, "" for one that it does not have.
func LanguageCode(iri string) string {
	for _, l := range languages {
		if iri == euLanguage+l.eu {
			return l.code
		}
	}
	return ""
}

// ownTheme returns the IRI of the service category with this code or Chinese name.
func ownTheme(b Base, text string) (string, bool) {
	for _, c := range themes {
		if text = strings.TrimSpace(text); strings.EqualFold(text, c.code) || text == c.zh || text == c.en {
			return b.Theme(c.code), true
		}
	}
	return "", false
}

// IsTheme reports whether a text is the code or a name of a service category, or an address.
func IsTheme(text string) bool {
	_, ok := ownTheme("", text)
	return ok || IsAddress(text)
}

// IsSector reports whether a code is that of a sector of the financial market.
func IsSector(code string) bool {
	return slices.ContainsFunc(sectors, func(c concept) bool { return c.code == code })
}

// AddTheme adds the service category with this code or name, or an IRI as it
// is; any other text becomes a keyword.
func (d *Dataset) AddTheme(b Base, text string) {
	for _, t := range d.own(text) {
		d.addTheme(b, t)
	}
}

func (d *Dataset) addTheme(b Base, text Text) {
	if iri, ok := ownTheme(b, text.Value); ok {
		d.Theme = append(d.Theme, iri)
	} else if IsAddress(text.Value) {
		d.Theme = append(d.Theme, text.Value)
	} else {
		d.Keyword = append(d.Keyword, text)
	}
}

// NameThemes is [Dataset.AddTheme] for the themes in ThemeAs, with the language
// that each has.
func (d *Dataset) NameThemes(b Base) {
	for _, t := range d.ThemeAs {
		d.addTheme(b, t)
	}
	d.ThemeAs = nil
}

// Schemes returns the concept schemes as SKOS, in Chinese and English: service
// categories, sectors and kinds of organisation under our own IRIs; frequencies,
// formats, licences, access rights, languages and others under the IRIs of their
// authorities. skos:exactMatch leads to the same concept in other lists.
func Schemes(b Base) []term.Triple {
	s := &sink{}
	theme := s.scheme(b, "theme", "服務分類", "Service categories", "", "")
	for _, c := range themes {
		s.concept(b.Theme(c.code), theme, c)
		s.at(b.Theme(c.code), func(s *sink) { s.link(vocab.SKOSBroadMatch, euTheme+themeOf[c.code]) })
	}
	sector := s.scheme(b, "sector", "業別", "Sectors", "", "")
	for _, c := range sectors {
		s.concept(b.Sector(c.code), sector, c)
	}
	kind := s.scheme(b, "orgkind", "機關類別", "Kinds of organisation", "", "")
	for _, c := range slices.Concat(orgKinds, groupKinds) {
		s.concept(b.OrgKind(c.code), kind, c)
	}
	role := s.scheme(b, "orgrole", "機構角色", "Roles of organisations", "", vocab.ORGRole)
	for _, c := range roles {
		s.concept(b.OrgRole(c.code), role, c)
	}
	frequency := s.scheme(b, "frequency", "更新頻率", "Update frequencies", euFrequency, vocab.DCTFrequency)
	for _, f := range frequencies {
		s.concept(euFrequency+f.code, frequency, concept(f), sameFrequency[f.code]...)
	}
	language := s.scheme(b, "language", "語系", "Languages", euLanguage, vocab.DCTLinguisticSystem)
	for _, l := range languages {
		s.concept(euLanguage+l.eu, language, l.concept, "http://id.loc.gov/vocabulary/iso639-1/"+l.code)
	}
	identifier := s.scheme(b, "identifier", "欄位所識別者", "What columns identify", "", "")
	for _, c := range identifiers {
		var same []string
		if c.same != "" {
			same = []string{"http://www.wikidata.org/entity/" + c.same}
		}
		s.concept(b.Identifier(c.code), identifier, c.concept, same...)
	}
	s.formats(b)
	s.licences(b)
	s.metrics(b)
	s.mqa(b)
	for _, l := range []struct {
		name, zh, en, authority, class string
		concepts                       []concept
	}{
		{"data-theme", "資料主題", "Data themes", euTheme, "", euThemes},
		{"access-right", "資料提供屬性", "Access rights", euAccessRight, vocab.DCTRightsStatement, accessRights},
		{"availability", "可用狀態", "Planned availability", availability, "", availabilities},
		{"change-type", "異動狀態", "Changes of catalogue records", changeType, "", changeTypes},
		{"dataset-type", "資料集類型", "Types of dataset", TypeNS, "", datasetTypes},
		{"licence-type", "授權類型", "Licence types", licenceType, "", licenceTypes},
		{"publisher-type", "發布者類型", "Publisher types", publisherType, "", publisherTypes},
	} {
		in := s.scheme(b, l.name, l.zh, l.en, l.authority, l.class)
		for _, c := range l.concepts {
			s.concept(l.authority+c.code, in, c)
		}
	}
	return sorted(s.out)
}

func (s *sink) formats(b Base) {
	format := s.scheme(b, "format", "檔案格式", "File formats", euFileType, vocab.DCTMediaTypeOrExtent)
	for _, f := range fileFormats {
		var same []string
		if f.mediaType != "" {
			same = []string{MediaTypeIRI(f.mediaType)}
			s.at(same[0], func(s *sink) { s.a(vocab.DCTMediaType) })
		}
		s.concept(euFileType+f.code, format, concept{f.code, f.zh, f.code}, same...)
	}
}

func (s *sink) licences(b Base) {
	licence := s.scheme(b, "licence", "授權方式", "Licences", "", vocab.DCTLicenseDocument)
	for _, l := range licences {
		s.concept(l.iri, licence, concept{l.spdx, l.zh, l.en}, l.same()...)
		s.at(l.iri, func(s *sink) { s.link(vocab.DCTType, licenceType+l.kind()) })
	}
}

// scheme is a concept scheme of ours: its IRI, that of the authority whose concepts
// it takes over, if any, and the class that these have beside skos:Concept.
type scheme struct{ iri, authority, class string }

// scheme adds a scheme of ours and that of the authority to which IRIs of concepts
// belong that begin so.
func (s *sink) scheme(b Base, name, zh, en, authority, class string) scheme {
	out := scheme{b.Scheme(name), strings.TrimSuffix(authority, "/"), class}
	if strings.HasPrefix(authority, "http://purl.org/adms/") {
		out.authority = authority + "1.0"
	}
	for _, iri := range []string{out.iri, out.authority} {
		if iri != "" {
			s.at(iri, func(s *sink) {
				s.a(vocab.SKOSConceptScheme)
				s.text(vocab.SKOSPrefLabel, ZH(zh), Text{en, "en"})
				s.text(vocab.DCTTitle, ZH(zh), Text{en, "en"})
			})
		}
	}
	return out
}

// concept adds a concept of a scheme, and where it is the same in other lists. A
// concept of ours names our scheme; one of an authority names the authority's, so
// that all catalogues say the same of it, and our scheme names the concept.
func (s *sink) concept(iri string, in scheme, c concept, same ...string) {
	s.at(in.iri, func(s *sink) { s.link(vocab.SKOSHasTopConcept, iri) })
	s.at(iri, func(s *sink) {
		s.a(vocab.SKOSConcept)
		if in.class != "" {
			s.a(in.class)
		}
		s.text(vocab.SKOSPrefLabel, ZH(c.zh), Text{c.en, "en"})
		s.str(vocab.SKOSNotation, c.code)
		s.link(vocab.SKOSExactMatch, same...)
		if base, _, _ := strings.Cut(in.iri, "scheme/"); base != "" && strings.HasPrefix(iri, base) {
			s.link(vocab.SKOSInScheme, in.iri)
			s.link(vocab.SKOSTopConceptOf, in.iri)
		} else if in.authority != "" {
			s.link(vocab.SKOSInScheme, in.authority)
		} else {
			s.link(vocab.SKOSInScheme, in.iri)
		}
	})
}
