package dcat

import "strings"

// OGDL is the IRI of the Open Government Data License, version 1.0 of Taiwan
// (政府資料開放授權條款-第1版, SPDX OGDL-Taiwan-1.0).
const OGDL = "https://data.gov.tw/license"

// licence is one entry of the licence list.
type licence struct{ iri, spdx, zh, en, others string }

const cc = "https://creativecommons.org/"

var licences = []licence{
	{OGDL, "OGDL-Taiwan-1.0", "政府資料開放授權條款-第1版", "Open Government Data License, version 1.0", "http://data.gov.tw/license https://data.gov.tw/en/license http://data.gov.tw/en/license 政府資料開放授權條款第1版 1"},
	{cc + "licenses/by/4.0/", "CC-BY-4.0", "創用CC 姓名標示 4.0", "Creative Commons Attribution 4.0", "cc-by cc-by-4.0 ccby4.0"},
	{cc + "licenses/by-sa/4.0/", "CC-BY-SA-4.0", "創用CC 姓名標示-相同方式分享 4.0", "Creative Commons Attribution-ShareAlike 4.0", "cc-by-sa"},
	{cc + "licenses/by/3.0/tw/", "CC-BY-3.0", "創用CC 姓名標示 3.0 台灣", "Creative Commons Attribution 3.0 Taiwan", "cc-by-3.0-tw"},
	{cc + "publicdomain/zero/1.0/", "CC0-1.0", "CC0 1.0 公眾領域貢獻宣告", "CC0 1.0 Universal", "cc0 cc-zero " + cc + "licenses/zero/1.0/"},
	{"https://opendatacommons.org/licenses/by/1-0/", "ODC-By-1.0", "開放資料共享 姓名標示授權", "Open Data Commons Attribution License", "odc-by http://www.opendefinition.org/licenses/odc-by"},
	{"https://opendatacommons.org/licenses/odbl/1-0/", "ODbL-1.0", "開放資料庫授權", "Open Database License", "odc-odbl odbl http://www.opendefinition.org/licenses/odc-odbl"},
	{"https://openfontlicense.org/", "OFL-1.1", "SIL 開放字型授權 1.1", "SIL Open Font License 1.1", "ofl-1.1"},
}

// License finds a licence by name, code or address, however dashes, blanks and
// the scheme of the address are written, and returns its IRI.
func License(text string) (iri string, ok bool) {
	key := licenceKey(text)
	if key == "" {
		return "", false
	}
	for _, l := range licences {
		if key == licenceKey(l.iri) || key == licenceKey(l.spdx) || key == licenceKey(l.zh) || key == licenceKey(l.en) || key == licenceKey("http://spdx.org/licenses/"+l.spdx) {
			return l.iri, true
		}
		for _, o := range strings.Fields(l.others) {
			if key == licenceKey(o) {
				return l.iri, true
			}
		}
	}
	return "", false
}

func licenceKey(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.NewReplacer("－", "-", "–", "-", "—", "-", "─", "-", "‐", "-", "‑", "-", "第一版", "第1版").Replace(s)
	if rest, ok := strings.CutPrefix(s, "https:"); ok {
		s = "http:" + rest
	}
	if strings.HasPrefix(s, "http:") {
		return strings.TrimSuffix(strings.TrimSuffix(s, "/"), "/deed.zh_tw")
	}
	return strings.NewReplacer(" ", "", "-", "", "_", "", "(", "", ")", "").Replace(s)
}

// SetLicense fills License from a name, code or address; text that no list
// knows becomes a rights statement.
func (d *Dataset) SetLicense(text string) {
	if iri, ok := License(text); ok {
		d.License = iri
	} else if hasScheme(text) {
		d.License = text
	} else {
		d.Rights = append(d.Rights, d.own(text)...)
	}
}
