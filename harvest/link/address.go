package link

import (
	"net/url"
	"path"
	"slices"
	"strings"
)

// An address is what two records can have in common of where their data lies.
type address struct {
	org   string   // who runs the host
	whole string   // host, path and the query that chooses the data
	codes []string // words that may be the code of a table
}

// formatWords are values of a query, and names of files, that say in which form
// data is wanted, and not which data.
var formatWords = words(`csv json xml xls xlsx ods pdf zip txt html rss atom kml shp geojson
	open_data opendata data y n true false yes no zh zh-tw zh_tw tw utf8 utf-8 big5 download doc file chinese`)

// genericWords are names of paths and parameters that many tables share.
var genericWords = words(`download downloads export index default list query search api data
	dataset datasets opendata open getfile get getdata result results file files doc docs rss feed news main home page view show detail content public
	swagger redirect resource resources attachment upload uploads uploaddowndoc webdowndoc service services odata v1 v2
	all csv_export json_export xml_export api_export`)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

// readAddress takes an address apart; not ok when it is none.
func readAddress(s string, orgs *organisations) (a address, ok bool) {
	u, err := url.Parse(strings.ReplaceAll(strings.TrimSpace(s), " ", "%20"))
	if err != nil || u.Host == "" {
		return a, false
	}
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	a.org = orgs.ofHost(host)
	p := fold(u.Path)
	stem := strings.TrimSuffix(p, "/")
	if ext := path.Ext(stem); len(ext) > 1 && len(ext) <= 6 {
		stem = strings.TrimSuffix(stem, ext)
	}
	last := stem[strings.LastIndexByte(stem, '/')+1:]
	a.codes = appendCodes(a.codes, last)
	var kept []string
	// Some addresses use ";" between parameters, which net/url refuses.
	for part := range strings.FieldsFuncSeq(u.RawQuery, func(r rune) bool { return r == '&' || r == ';' }) {
		k, v, _ := strings.Cut(part, "=")
		if t, err := url.QueryUnescape(v); err == nil {
			v = t
		}
		k, v = strings.ToLower(k), fold(v)
		if k == "filedisplay" || k == "flag" || v == "" || formatWords[v] {
			continue
		}
		kept = append(kept, k+"="+v)
		a.codes = appendCodes(a.codes, strings.TrimSuffix(v[strings.LastIndexByte(v, '/')+1:], path.Ext(v)))
	}
	slices.Sort(kept)
	a.whole = host + stem
	if len(kept) > 0 {
		a.whole += "?" + strings.Join(kept, "&")
	}
	if stem == "" && len(kept) == 0 {
		a.whole = "" // the home page says nothing
	}
	return a, true
}

// appendCodes appends a word of an address, and what follows a prefix that names
// the place it came from, such as mopsfin_t187ap03_o.
func appendCodes(codes []string, w string) []string {
	if !isCode(w) {
		return codes
	}
	if !slices.Contains(codes, w) {
		codes = append(codes, w)
	}
	prefix, rest, ok := strings.Cut(w, "_")
	numbered := strings.ContainsAny(rest, "0123456789")
	if ok && numbered && isLetters(prefix) && isCode(rest) && !slices.Contains(codes, rest) {
		codes = append(codes, rest)
	}
	return codes
}

func isLetters(s string) bool { return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == "" }

// isCode reports whether a folded word can be the code of a table: letters and
// digits, of which there are enough, and no word that all tables share.
func isCode(w string) bool {
	if len(w) < 3 || len(w) > 80 || genericWords[w] || formatWords[w] {
		return false
	}
	digits := 0
	for i := range len(w) {
		switch c := w[i]; {
		case '0' <= c && c <= '9':
			digits++
		case 'a' <= c && c <= 'z', c == '_', c == '-':
		default:
			return false
		}
	}
	return digits < len(w)
}

// portalNumber returns the number of the dataset at data.gov.tw that an IRI
// names, "" when it names none.
func portalNumber(iri string) string {
	_, rest, ok := strings.Cut(iri, "://")
	if !ok {
		return ""
	}
	host, rest, _ := strings.Cut(rest, "/")
	if host != "data.gov.tw" && !strings.HasSuffix(host, ".data.gov.tw") {
		return ""
	}
	for _, before := range []string{"dataset/", "node/", "nid="} {
		if _, tail, ok := strings.Cut(rest, before); ok {
			n := 0
			for n < len(tail) && '0' <= tail[n] && tail[n] <= '9' {
				n++
			}
			if n > 0 {
				return tail[:n]
			}
		}
	}
	return ""
}
