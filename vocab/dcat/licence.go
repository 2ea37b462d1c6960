package dcat

import (
	"slices"
	"strings"

	"golang.org/x/text/width"
)

// OGDL is the IRI of the Open Government Data License, version 1.0 of Taiwan
// (政府資料開放授權條款-第1版, SPDX OGDL-Taiwan-1.0).
const OGDL = "https://data.gov.tw/license"

// licence is one entry of the licence list: its IRI, SPDX code, code in the EU
// licence table, labels, and other names and addresses, separated by blanks.
type licence struct{ iri, spdx, eu, zh, en, others string }

const (
	cc        = "https://creativecommons.org/"
	ccTW      = "/3.0/tw/"
	euLicence = "http://publications.europa.eu/resource/authority/licence/"
	spdx      = "http://spdx.org/licenses/"
)

var licences = []licence{
	{OGDL, "OGDL-Taiwan-1.0", "", "政府資料開放授權條款-第1版", "Open Government Data License, version 1.0",
		"http://data.gov.tw/en/license https://www.data.gov.tw/license https://data.gov.tw/licenses " +
			"http://data.gov.tw/principle http://data.gov.tw/opendata/principle " +
			"https://data.gov.tw/license#license-content https://cms.data.gov.tw/license " +
			"政府資料開放授權條款 政府資料開放授權條款第1.0版 政府資料開放授權條款1.0版 政府資料開放授權條款1.0 臺灣政府資料開放授權條款第1版 OGDL OGDL-1.0 " +
			"OGDL-TW-1.0 OGDL-Taiwan OpenGovernmentDataLicense OpenGovernmentDataLicense,version1.0 " +
			"OpenGovernmentDataLicenseversion1.0 OpenGovernmentDataLicense1.0 Taiwan-OGDL-1.0 " +
			"TaiwanOpenGovernmentDataLicense,version1.0 1"},
	{cc + "licenses/by/4.0/", "CC-BY-4.0", "CC_BY_4_0", "創用CC 姓名標示 4.0", "Creative Commons Attribution 4.0",
		"cc-by creativecommonsattribution4.0international 創用cc姓名標示4.0國際 創用cc授權姓名標示4.0國際 姓名標示4.0國際 " +
			euLicence + "CC_BY"},
	{cc + "licenses/by-sa/4.0/", "CC-BY-SA-4.0", "CC_BYSA_4_0", "創用CC 姓名標示-相同方式分享 4.0",
		"Creative Commons Attribution-ShareAlike 4.0",
		"cc-by-sa creativecommonsattributionsharealike4.0international 創用cc姓名標示相同方式分享4.0國際 " + euLicence + "CC_BYSA"},
	{cc + "licenses/by-nc/4.0/", "CC-BY-NC-4.0", "CC_BYNC_4_0", "創用CC 姓名標示-非商業性 4.0",
		"Creative Commons Attribution-NonCommercial 4.0",
		"cc-by-nc creativecommonsattributionnoncommercial4.0international " + euLicence + "CC_BYNC"},
	{cc + "licenses/by-nd/4.0/", "CC-BY-ND-4.0", "CC_BYND_4_0", "創用CC 姓名標示-禁止改作 4.0",
		"Creative Commons Attribution-NoDerivatives 4.0", "cc-by-nd " + euLicence + "CC_BYND"},
	{cc + "licenses/by-nc-sa/4.0/", "CC-BY-NC-SA-4.0", "CC_BYNCSA_4_0", "創用CC 姓名標示-非商業性-相同方式分享 4.0",
		"Creative Commons Attribution-NonCommercial-ShareAlike 4.0", "cc-by-nc-sa " + euLicence + "CC_BYNCSA"},
	{cc + "licenses/by-nc-nd/4.0/", "CC-BY-NC-ND-4.0", "CC_BYNCND_4_0", "創用CC 姓名標示-非商業性-禁止改作 4.0",
		"Creative Commons Attribution-NonCommercial-NoDerivatives 4.0", "cc-by-nc-nd " + euLicence + "CC_BYNCND"},
	{cc + "licenses/by/3.0/", "CC-BY-3.0", "CC_BY_3_0", "創用CC 姓名標示 3.0", "Creative Commons Attribution 3.0", ""},
	{cc + "licenses/by-sa/3.0/", "CC-BY-SA-3.0", "CC_BYSA_3_0", "創用CC 姓名標示-相同方式分享 3.0",
		"Creative Commons Attribution-ShareAlike 3.0", ""},
	{cc + "licenses/by" + ccTW, "", "", "創用CC 姓名標示 3.0 台灣", "Creative Commons Attribution 3.0 Taiwan",
		"cc-by-3.0-tw 創用cc姓名標示3.0臺灣 創用cc姓名標示3.0台灣授權條款"},
	{cc + "licenses/by-sa" + ccTW, "", "", "創用CC 姓名標示-相同方式分享 3.0 台灣",
		"Creative Commons Attribution-ShareAlike 3.0 Taiwan", "cc-by-sa-3.0-tw 創用cc姓名標示相同方式分享3.0臺灣"},
	{cc + "publicdomain/zero/1.0/", "CC0-1.0", "CC0", "CC0 1.0 公眾領域貢獻宣告", "CC0 1.0 Universal",
		"cc0 cc-zero creativecommonszero creativecommonscc01.0universal cc01.0通用 公眾領域貢獻宣告 " + cc +
			"licenses/zero/1.0/"},
	{cc + "publicdomain/mark/1.0/", "", "CC_PDM_1_0", "公眾領域標章 1.0", "Public Domain Mark 1.0",
		"public-domain publicdomain pdm 公眾領域"},
	{"https://opendatacommons.org/licenses/by/1-0/", "ODC-By-1.0", "ODC_BY", "開放資料共享 姓名標示授權",
		"Open Data Commons Attribution License", "odc-by http://www.opendefinition.org/licenses/odc-by " +
			"http://opendatacommons.org/licenses/by"},
	{"https://opendatacommons.org/licenses/odbl/1-0/", "ODbL-1.0", "ODC_BL", "開放資料庫授權", "Open Database License",
		"odc-odbl odbl http://www.opendefinition.org/licenses/odc-odbl http://opendatacommons.org/licenses/odbl"},
	{"https://opendatacommons.org/licenses/pddl/1-0/", "PDDL-1.0", "ODC_PDDL", "開放資料共享 公眾領域貢獻及授權",
		"Open Data Commons Public Domain Dedication and License",
		"odc-pddl pddl http://opendatacommons.org/licenses/pddl"},
	{"https://openfontlicense.org/", "OFL-1.1", "OFL_1_1", "SIL 開放字型授權 1.1", "SIL Open Font License 1.1",
		"ofl https://scripts.sil.org/ofl https://openfontlicense.org/open-font-license-official-text/"},
	{"https://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0", "APACHE_2_0", "Apache 授權 2.0",
		"Apache License 2.0", "apache2 http://www.apache.org/licenses/license-2.0.html"},
	{"https://opensource.org/license/mit", "MIT", "MIT", "MIT 授權", "MIT License",
		"https://opensource.org/licenses/mit"},
}

// Licence is one of the licences that are known.
type Licence struct {
	IRI, Code, Title string // the code is that of SPDX, else the end of the address
	Open             bool   // conforms to the Open Definition: anyone may use, change and share, for any purpose
}

// Licences returns the licences that are known.
func Licences() []Licence {
	out := make([]Licence, len(licences))
	for i, l := range licences {
		out[i] = l.public()
	}
	return out
}

// LicenceOf returns the licence with an IRI or code.
func LicenceOf(name string) (Licence, bool) {
	for _, l := range licences {
		if x := l.public(); x.IRI == name || x.Code == name {
			return x, true
		}
	}
	return Licence{}, false
}

func (l licence) public() Licence {
	x := Licence{IRI: l.iri, Code: l.spdx, Title: l.zh}
	if x.Code == "" {
		path := strings.Trim(strings.TrimPrefix(l.iri, cc), "/")
		x.Code = "CC-" + strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(path, "licenses/"), "/", "-"))
	}
	kind := l.kind()
	x.Open = kind != "NonCommercialUseOnly" && kind != "NoDerivativeWork"
	return x
}

// same returns the IRIs under which others know the licence.
func (l licence) same() (out []string) {
	if l.spdx != "" {
		out = append(out, spdx+l.spdx)
	}
	if l.eu != "" {
		out = append(out, euLicence+l.eu)
	}
	return out
}

// kind returns the concept of the ADMS licence types that a licence belongs to.
func (l licence) kind() string {
	for _, k := range []struct{ code, part string }{
		{"NonCommercialUseOnly", "-NC"}, {"NoDerivativeWork", "-ND"}, {"ViralEffect-ShareAlike", "-SA"},
		{"ViralEffect-ShareAlike", "ODbL"}, {"ViralEffect-ShareAlike", "OFL"}, {"PublicDomain", "CC0"},
		{"PublicDomain", "PDDL"}, {"PublicDomain", "PDM"},
	} {
		if strings.Contains(l.spdx+l.eu, k.part) {
			return k.code
		}
	}
	if strings.Contains(l.iri, "-sa/") {
		return "ViralEffect-ShareAlike"
	}
	return "Attribution"
}

// licenceNames maps every name, code and address, as licenceKey writes it, to a
// licence. It is written once, before main.
var licenceNames = func() map[string]string {
	m := map[string]string{}
	for _, l := range licences {
		for _, n := range append(append(strings.Fields(l.others), l.iri, l.spdx, l.zh, l.en), l.same()...) {
			if key := licenceKey(n); key != "" && m[key] == "" {
				m[key] = l.iri
			}
		}
	}
	return m
}()

// License finds a licence by name, code or address, however dashes, blanks and
// letter case are written.
func License(name string) (iri string, ok bool) {
	if name == "" || len(name) > maxLicenceName {
		return "", false
	}
	iri, ok = licenceNames[licenceKey(name)]
	return iri, ok
}

const maxLicenceName = 200 // bytes; what is longer is a text of its own

var (
	licenceWords = strings.NewReplacer("－", "-", "–", "-", "—", "-", "─", "-", "‐", "-", "‑", "-", "第一版", "第1版",
		"ver.", "version", "，", ",", "。", "", "臺灣", "台灣")
	licenceBlanks = strings.NewReplacer(" ", "", "\u00a0", "", "-", "", "_", "", "(", "", ")", "", "「", "", "」", "")
)

func licenceKey(s string) string {
	s = strings.ToLower(strings.TrimSpace(width.Fold.String(s)))
	if rest, ok := strings.CutPrefix(s, "https:"); ok {
		s = "http:" + rest
	}
	if strings.HasPrefix(s, "http:") {
		s, _, _ = strings.Cut(s, "?")
		for _, end := range []string{"/", "/deed.zh_tw", "/deed.zh-hant", "/deed.en", "/deed", "/legalcode", ".html",
			".json"} {
			s = strings.TrimSuffix(s, end)
		}
		return strings.Replace(s, "http://www.creativecommons.org/", "http://creativecommons.org/", 1)
	}
	return licenceBlanks.Replace(licenceWords.Replace(s))
}

// SetLicense fills License from a name, code or address; text that no list
// knows becomes a rights statement. LicenseAs keeps text that is not the list's own.
func (d *Dataset) SetLicense(text string) {
	text = strings.TrimSpace(text)
	iri, ok := License(text)
	switch {
	case ok:
		d.License = iri
	case IsAddress(text):
		d.License = text
		return
	default:
		d.Rights = append(d.Rights, d.own(text)...)
	}
	if !isOwnLicence(text) {
		d.LicenseAs = text
	}
}

// isOwnLicence reports whether a text is what the list itself calls a licence, or an address.
func isOwnLicence(text string) bool {
	return hasScheme(text) || slices.ContainsFunc(licences, func(l licence) bool {
		return text == l.zh || text == l.en || text == l.spdx
	})
}
