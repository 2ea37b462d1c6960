package source

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/traditionalchinese"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
)

// several is a source of three records, each with a description.
type several struct {
	name, kind, before, record, after string
	config                            func(*Config)
	contentType                       string
	more                              []string // bad text of this form besides bytes
}

var severalRecords = []several{
	{"datajson", "datajson", `{"dataset":[0`, `,{"identifier":"r%d","title":"T","description":"%s"}`, `]}`, nil, "",
		[]string{"\x03", "a\nb", `\x`}},
	{"ckan", "ckan", `{"success":true,"result":{"count":4,"results":[{"id":"x","title":"X"}`,
		`,{"id":"r%d","title":"T","notes":"%s"}`, `]}}`, nil, "", []string{"\x03", "a\nb", `\x`}},
	{"datagovtw", "datagovtw", `[{"id":"1","name":"X"}`, `,{"id":"r%d","name":"T","description":"%s"}`, `]`, nil, "",
		[]string{"\x03", "a\nb", `\x`}},
	{"JSON Lines", "datagovtw", `{"id":"1","name":"X"}` + "\n", `{"id":"r%d","name":"T","description":"%s"}` + "\n",
		"", nil, "",
		[]string{"\x03", `\x`}},
	{"CSV", "datagovtw", "資料集識別碼,資料集名稱,資料集描述\n", "r%d,T,%s\n", "", nil, "", []string{"\x03", "\x00"}},
	{"XML", "datagovtw", "<all>", "<d><資料集識別碼>r%d</資料集識別碼><資料集名稱>T</資料集名稱><資料集描述>%s</資料集描述></d>", "</all>", nil, "",
		[]string{"\x03", "&nbsp;", "R&D", "&#3;"}},
	{"table in CSV", "table", "identifier,title,description\n", "r%d,T,%s\n", "", tableSome, "text/csv", nil},
	{"rss", "rss", "<rss><channel>", "<item><guid>r%d</guid><title>T</title><description>%s</description></item>",
		"</channel></rss>", nil, "", []string{"\x03", "&nbsp;", "R&D", "&#3;"}},
	{"oaipmh", "oaipmh", generatedOAI + "<ListRecords>",
		"<record><header><identifier>r%d</identifier></header><metadata>" +
			`<dc xmlns="http://purl.org/dc/elements/1.1/"><title>T</title><description>%s</description></dc></metadata></record>`,
		"</ListRecords></OAI-PMH>", func(c *Config) { c.URL += "oai?metadataPrefix=oai_dc" }, "",
		[]string{"\x03", "&nbsp;", "R&D", "&#3;"}},
	{"RDF/XML", "dcat",
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dct="http://purl.org/dc/terms/" ` +
			`xmlns:dcat="http://www.w3.org/ns/dcat#">`,
		`<dcat:Dataset rdf:about="http://ex.org/r%d"><dct:title>T</dct:title>` +
			`<dct:description>%s</dct:description></dcat:Dataset>`, "</rdf:RDF>", nil, "application/rdf+xml",
		[]string{"\x03", "&nbsp;", "R&D"}},
	{"Turtle", "dcat", "",
		`<http://ex.org/r%d> a <http://www.w3.org/ns/dcat#Dataset> ; <http://purl.org/dc/terms/title> "T" ; ` +
			`<http://purl.org/dc/terms/description> "%s" .` + "\n", "", nil, "text/turtle", nil},
}

func tableSome(c *Config) {
	c.Table = &Table{Columns: map[string]string{"identifier": "identifier", "title": "title",
		"description": "description"}}
}

// TestOneBadCharacter puts one byte or character that the format does not allow
// into the second of three records: all come, and the problem is named.
func TestOneBadCharacter(t *testing.T) {
	for _, sv := range severalRecords {
		t.Run(sv.name, func(t *testing.T) {
			clean := gatherSeveral(t, &sv, "good", "good", "good")
			for _, bad := range append([]string{"bad \xff byte", "bad \xe4 byte"}, sv.more...) {
				got := gatherSeveral(t, &sv, "good", bad, "good")
				for _, id := range []string{"r0", "r2"} {
					if got.of[id] == "" || got.of[id] != clean.of[id] {
						t.Errorf("%q in r1: %s is %q, want %q", bad, id, got.of[id], clean.of[id])
					}
				}
				if got.of["r1"] == "" || got.problems == clean.problems {
					t.Errorf("%q in r1: it is %q, problems %q", bad, got.of["r1"], got.problems)
				}
				lost := strings.Contains(bad, "\xff") || strings.Contains(bad, "\xe4")
				if lost && (!strings.Contains(got.of["r1"], document.Replacement) ||
					!strings.Contains(got.problems, "encoding of "+sv.prefix()+"r1")) {
					t.Errorf("%q in r1: it is %q, problems %q", bad, got.of["r1"], got.problems)
				}
			}
		})
	}
}

func (sv *several) prefix() string {
	if sv.kind == "dcat" {
		return "http://ex.org/"
	}
	return ""
}

type severalResult struct {
	of       map[string]string // descriptions
	problems string
}

func gatherSeveral(t *testing.T, sv *several, texts ...string) severalResult {
	t.Helper()
	body := sv.before
	for i, text := range texts {
		body += fmt.Sprintf(sv.record, i, text)
	}
	return gatherBytes(t, sv, body+sv.after)
}

func gatherBytes(t *testing.T, sv *several, body string) severalResult {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", document.First(sv.contentType, "application/octet-stream"))
		if r.URL.Query().Get("verb") == "Identify" {
			_, _ = w.Write([]byte(generatedOAI + `<Identify><repositoryName>r</repositoryName></Identify></OAI-PMH>`))
			return
		}
		_, _ = w.Write([]byte(body)) // the client may have gone
	}))
	defer srv.Close()
	cfg := Config{ID: "several", Kind: sv.kind, URL: srv.URL + "/"}
	cfg.Rate.Every = 1
	if sv.config != nil {
		sv.config(&cfg)
	}
	s := newSession(t, cfg, fetch.Options{AllowPrivate: true}, time.Time{})
	kind, _ := KindByName(sv.kind)
	out := severalResult{of: map[string]string{}}
	var problems []string
	for rec, err := range kind.Gather(t.Context(), s) {
		if err != nil {
			t.Fatalf("%v of %q", err, body)
		}
		for _, p := range rec.Problems {
			problems = append(problems, p.Rule+" of "+p.Record)
		}
		if rec.Dataset != nil {
			out.of[rec.ID[strings.LastIndexByte(rec.ID, '/')+1:]] = fmt.Sprint(rec.Dataset.Description)
		}
	}
	for _, p := range s.Found.Problems {
		problems = append(problems, p.Rule+" at "+p.Place.Locator+": "+p.Message)
	}
	out.problems = strings.Join(problems, "; ")
	return out
}

// TestEncodings serves text in an encoding that is not the declared one: the
// content counts, and what is wrong is said.
func TestEncodings(t *testing.T) {
	const chinese = "金融監督管理委員會銀行局公布本國銀行資產品質評估統計"
	big5, err := traditionalchinese.Big5.NewEncoder().String(chinese)
	if err != nil {
		t.Fatal(err)
	}
	for _, sv := range severalRecords {
		for _, tt := range []struct{ name, charset, text, want, said string }{
			{"UTF-8", "utf-8", chinese, chinese, ""},
			{"UTF-8 as Latin-1", "iso-8859-1", chinese, chinese, "is UTF-8"},
			{"Big5 as Latin-1", "iso-8859-1", big5, chinese, "reads as Big5"},
			{"cp950 as UTF-8", "utf-8", big5, chinese, "reads so"},
			{"Big5 as Big5", "big5", big5, chinese, ""},
			{"Latin-1", "iso-8859-1", "M\xfcller und S\xf6hne", "Müller und Söhne", ""},
		} {
			if sv.kind == "dcat" && tt.name == "UTF-8 as Latin-1" {
				continue // the reader of RDF believes the header
			}
			t.Run(sv.name+"/"+tt.name, func(t *testing.T) {
				one := sv
				one.contentType = document.First(sv.contentType, "text/plain") + "; charset=" + tt.charset
				before := strings.NewReplacer("資料集識別碼", "identifier", "資料集名稱", "title", "資料集描述", "description")
				one.before, one.record = before.Replace(sv.before), before.Replace(sv.record)
				got := gatherSeveral(t, &one, tt.text, tt.text, tt.text)
				if !strings.Contains(got.of["r1"], tt.want) {
					t.Errorf("r1 is %q, want %q; problems %q", got.of["r1"], tt.want, got.problems)
				}
				if !strings.Contains(got.problems, tt.said) || tt.said == "" &&
					strings.Contains(got.problems, "encoding") {
					t.Errorf("problems %q, want %q", got.problems, tt.said)
				}
			})
		}
	}
}
