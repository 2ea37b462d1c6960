package feed

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fincat/harvest/feed/listing"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/canon"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// oaiRules are the content models of the schema OAI-PMH.xsd: the children of each element,
// in sequence, with how often each may come; "" after the name: once.
var oaiRules = map[string]string{
	"OAI-PMH": "responseDate request error* Identify? ListMetadataFormats? ListSets? GetRecord? ListIdentifiers? " +
		"ListRecords?",
	"Identify": "repositoryName baseURL protocolVersion adminEmail+ earliestDatestamp deletedRecord granularity " +
		"compression* description*",
	"ListMetadataFormats": "metadataFormat+", "metadataFormat": "metadataPrefix schema metadataNamespace",
	"ListSets": "set+ resumptionToken?", "set": "setSpec setName setDescription*", "GetRecord": "record",
	"ListIdentifiers": "header+ resumptionToken?", "ListRecords": "record+ resumptionToken?",
	"record": "header metadata? about*", "header": "identifier datestamp setSpec*",
}

// oaiPatterns are the simple types of the schema.
var oaiPatterns = map[string]*regexp.Regexp{
	"responseDate":      regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`),
	"datestamp":         regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`),
	"earliestDatestamp": regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`),
	"setSpec":           regexp.MustCompile(`^([A-Za-z0-9\-_.!~*'()])+(:[A-Za-z0-9\-_.!~*'()]+)*$`),
	"adminEmail":        regexp.MustCompile(`^\S+@(\S+\.)+\S+$`),
	"metadataPrefix":    regexp.MustCompile(`^[A-Za-z0-9\-_.!~*'()]+$`),
	"protocolVersion":   regexp.MustCompile(`^2\.0$`),
	"deletedRecord":     regexp.MustCompile(`^(no|persistent|transient)$`),
	"granularity":       regexp.MustCompile(`^(YYYY-MM-DD|YYYY-MM-DDThh:mm:ssZ)$`),
	"identifier":        regexp.MustCompile(`^[a-z]+:\S+$`),
}

// checkOAI checks an answer against the rules of the schema.
func checkOAI(t *testing.T, body string) {
	t.Helper()
	type element struct {
		name     string
		children []string
		text     strings.Builder
	}
	var path []*element
	d := xml.NewDecoder(strings.NewReader(body))
	foreign := 0
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, body)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if foreign > 0 || tok.Name.Space != oaiNS {
				foreign++
				continue
			}
			if len(path) > 0 {
				path[len(path)-1].children = append(path[len(path)-1].children, tok.Name.Local)
			}
			path = append(path, &element{name: tok.Name.Local})
		case xml.CharData:
			if foreign == 0 && len(path) > 0 {
				path[len(path)-1].text.Write(tok)
			}
		case xml.EndElement:
			if foreign > 0 {
				foreign--
				continue
			}
			e := path[len(path)-1]
			path = path[:len(path)-1]
			if p := oaiPatterns[e.name]; p != nil && !p.MatchString(e.text.String()) {
				t.Errorf("%s is %q", e.name, e.text.String())
			}
			model, ok := oaiRules[e.name]
			if !ok {
				model = ""
			}
			var re strings.Builder
			for _, part := range strings.Fields(model) {
				name := strings.TrimRight(part, "*+?")
				re.WriteString("(" + name + " )" + part[len(name):])
			}
			if children := strings.Join(append(e.children, ""), " "); !regexp.MustCompile("^" + re.String() +
				"$").MatchString(children) {
				t.Errorf("%s has %q, want %q\n%s", e.name, children, model, body)
			}
		}
	}
}

type oaiRecordAnswer struct {
	Header struct {
		Status     string   `xml:"status,attr"`
		Identifier string   `xml:"identifier"`
		Datestamp  string   `xml:"datestamp"`
		Sets       []string `xml:"setSpec"`
	} `xml:"header"`
	Metadata struct {
		Inner string `xml:",innerxml"`
	} `xml:"metadata"`
}

type oaiReply struct {
	Request struct {
		Verb string `xml:"verb,attr"`
	} `xml:"request"`
	Error struct {
		Code string `xml:"code,attr"`
	} `xml:"error"`
	Earliest string            `xml:"Identify>earliestDatestamp"`
	Sets     []string          `xml:"ListSets>set>setSpec"`
	Prefixes []string          `xml:"ListMetadataFormats>metadataFormat>metadataPrefix"`
	Records  []oaiRecordAnswer `xml:"ListRecords>record"`
	Headers  []struct {
		Identifier string `xml:"identifier"`
	} `xml:"ListIdentifiers>header"`
	One   []oaiRecordAnswer `xml:"GetRecord>record"`
	Token struct {
		Value string `xml:",chardata"`
		Size  string `xml:"completeListSize,attr"`
	} `xml:"ListRecords>resumptionToken"`
	TokenI string `xml:"ListIdentifiers>resumptionToken"`
}

func askOAI(t *testing.T, h http.Handler, query string) oaiReply {
	t.Helper()
	w := get(h, "oai?"+query)
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/xml") {
		t.Fatalf("GET /oai?%s = %d %s\n%s", query, w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	checkOAI(t, w.Body.String())
	var a oaiReply
	if err := xml.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestOAI(t *testing.T) {
	h, mux := newTestHandler(t)
	identifiers := func(records []oaiRecordAnswer) string {
		var out []string
		for _, r := range records {
			out = append(out, r.Header.Identifier[len("oai:data.example.tw:"):]+r.Header.Status)
		}
		return strings.Join(out, " ")
	}
	tests := []struct{ query, want string }{
		{"", "one/a one/b two/c"}, {"&set=source:one", "one/a one/b"}, {"&set=publisher:cdic", "two/c"},
		{"&set=publisher:twse", "one/a one/b two/c"}, {"&set=sector:banking", "two/c"},
		{"&from=2026-06-01", "one/b two/c"}, {"&from=2026-06-01T00:00:01Z", "two/c"},
		{"&until=2026-06-01", "one/a one/b"}, {"&from=2026-06-01T00:00:00Z&until=2026-06-01T00:00:00Z", "one/b"},
	}
	for _, prefix := range []string{"oai_dc", "dcat_rdf", "rdf", "oai_datacite"} {
		for _, tt := range tests {
			a := askOAI(t, mux, "verb=ListRecords&metadataPrefix="+prefix+tt.query)
			if got := identifiers(a.Records); got != tt.want {
				t.Errorf("%s%s: %s, want %s", prefix, tt.query, got, tt.want)
			}
		}
	}
	if a := askOAI(t, mux, "verb=ListSets"); fmt.Sprint(a.Sets) !=
		"[publisher:cdic publisher:twse sector:banking sector:securities-futures source:one source:two]" {
		t.Errorf("sets %v", a.Sets)
	}
	if a := askOAI(t, mux, "verb=Identify"); a.Earliest != "2026-01-01T00:00:00Z" {
		t.Errorf("earliest datestamp %s", a.Earliest)
	}
	if a := askOAI(t, mux, "verb=ListMetadataFormats&identifier=oai:data.example.tw:one/a"); len(a.Prefixes) != 4 {
		t.Errorf("formats %v", a.Prefixes)
	}
	one := askOAI(t, mux, "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:data.example.tw:two/c").One
	for _, want := range []string{"<dc:identifier>" + base.Dataset("two", "c") + "</dc:identifier>",
		"<dc:creator>中央存款保險公司</dc:creator>", `<dc:title xml:lang="zh-Hant-TW">存款保險費率</dc:title>`} {
		if len(one) != 1 || !strings.Contains(one[0].Metadata.Inner, want) {
			t.Errorf("oai_dc of two/c lacks %s: %+v", want, one)
		}
	}
	one = askOAI(t, mux, "verb=GetRecord&metadataPrefix=oai_datacite&identifier=oai:data.example.tw:two/c").One
	for _, want := range []string{`<identifier identifierType="URL">` + base.Dataset("two", "c") + "</identifier>",
		`<creatorName nameType="Organizational">中央存款保險公司</creatorName>`, "<publicationYear>2026</publicationYear>",
		`<title xml:lang="zh-Hant-TW">存款保險費率</title>`, "<publisher>臺灣證券交易所</publisher>"} {
		if len(one) != 1 || !strings.Contains(one[0].Metadata.Inner, want) {
			t.Errorf("oai_datacite of two/c lacks %s: %+v", want, one)
		}
	}
	got := askOAI(t, mux, "verb=GetRecord&metadataPrefix=dcat_rdf&identifier=oai:data.example.tw:one/a").One
	quads, err := rdfio.ReadAll(t.Context(), strings.NewReader(got[0].Metadata.Inner),
		rdfio.ReadOptions{Format: rdfio.RDFXML})
	if err != nil {
		t.Fatal(err)
	}
	sn, list, err := h.Listing.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	want, err := Statements(t.Context(), sn, list.Find(base.Dataset("one", "a")))
	if err != nil || len(want) < 10 {
		t.Fatal(want, err)
	}
	sameGraph(t, "dcat_rdf of one/a", quads, want)
}

func TestOAIErrors(t *testing.T) {
	_, h := newTestHandler(t)
	forged := func(verb string, s oaiSelection) string {
		s.sent = max(s.sent, 1)
		return "verb=ListRecords&resumptionToken=" + s.token(verb)
	}
	after := base.Dataset("one", "a")
	const list, one, identifiers = "verb=ListRecords&metadataPrefix=oai_dc", "verb=GetRecord&metadataPrefix=",
		"verb=ListIdentifiers&"
	tests := map[string][]string{
		"badVerb": {"", "verb=List", "verb=Identify&verb=Identify"},
		"badArgument": {"verb=Identify&set=x", "verb=ListRecords", one + "oai_dc", list + "&metadataPrefix=rdf",
			list + "&from=yesterday", list + "&from=2026-01-01&until=2026-01-02T00:00:00Z", list + "&set=nothing",
			list + "&from=2026-01-02&until=2026-01-01", list + "&resumptionToken=x", list + "&from=",
			list + "&from=2026-01-01T00:00:00.5Z", list + "&until=2026-01-01T00:00:00%2B08:00"},
		"badResumptionToken": {"verb=ListRecords&resumptionToken=x", "verb=ListSets&resumptionToken=x",
			forged("ListIdentifiers", oaiSelection{prefix: "rdf", after: after}),
			forged("ListRecords", oaiSelection{prefix: "rdf", after: "x"}),
			forged("ListRecords", oaiSelection{prefix: "rdf", after: "http://e/\x00"}),
			forged("ListRecords", oaiSelection{prefix: "marc", after: after}),
			forged("ListRecords", oaiSelection{prefix: "rdf", after: after, set: "nothing"}),
			forged("ListRecords", oaiSelection{prefix: "rdf", after: after, from: "yesterday"})},
		"cannotDisseminateFormat": {"verb=ListRecords&metadataPrefix=marc",
			one + "marc&identifier=oai:data.example.tw:one/a"},
		"idDoesNotExist": {one + "oai_dc&identifier=oai:data.example.tw:one/z",
			one + "oai_dc&identifier=" + url.QueryEscape(base.Dataset("one", "a")),
			"verb=ListMetadataFormats&identifier=x"},
		"noRecordsMatch": {list + "&from=2030-01-01", identifiers + "metadataPrefix=oai_dc&set=source:three",
			forged("ListRecords", oaiSelection{prefix: "oai_dc", after: base.Dataset("two", "z")}),
			forged("ListRecords", oaiSelection{prefix: "oai_dc", after: after, until: "2020-01-01"})},
	}
	for want, queries := range tests {
		for _, query := range queries {
			a := askOAI(t, h, query)
			bare := want == "badVerb" || want == "badArgument" // the request is not repeated
			if a.Error.Code != want || (a.Request.Verb == "") != bare {
				t.Errorf("/oai?%s: error %q with the request's verb %q, want %s", query, a.Error.Code,
					a.Request.Verb, want)
			}
		}
	}
	_, empty := newHandlerOver(t, "")
	if a := askOAI(t, empty, "verb=ListSets"); a.Error.Code != "noSetHierarchy" {
		t.Errorf("sets of an empty catalogue: %+v", a)
	}
	form := httptest.NewRequest(http.MethodPost, "/oai", strings.NewReader(identifiers+"metadataPrefix=oai_dc"))
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, form)
	if !strings.Contains(w.Body.String(), "oai:data.example.tw:one/b") {
		t.Errorf("POST /oai = %d %s", w.Code, w.Body)
	}
}

// manyDatasets is a catalogue of n small datasets.
func manyDatasets(n int) string {
	var b strings.Builder
	b.WriteString("@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> . @base <" +
		string(base) + "> .\n")
	for i := range n {
		fmt.Fprintf(&b, "<graph/one/%[1]d> { <dataset/one/%[1]d> a dcat:Dataset ; dct:title \"%[1]d\" . "+
			"<catalog/one> dcat:dataset <dataset/one/%[1]d> . }\n", i)
	}
	return b.String()
}

// TestOAIWhileCommitting walks through a list while datasets come, change and go: each
// that was there before comes once, and what was changed comes with the next visit.
func TestOAIWhileCommitting(t *testing.T) {
	h, mux := newHandlerOver(t, manyDatasets(350))
	dir := t.TempDir()
	h.Listing = openListing(t, h.Store, dir)
	seen, n := map[string]int{}, 0
	gone := term.NewIRI(base.Graph("one", "5"))
	for query := "verb=ListRecords&metadataPrefix=dcat_rdf"; query != ""; n++ {
		a := askOAI(t, mux, query)
		for _, r := range a.Records {
			seen[r.Header.Identifier]++
		}
		query = ""
		if a.Token.Value != "" {
			query = "verb=ListRecords&resumptionToken=" + a.Token.Value
		}
		touch(t, h, "200")
		touch(t, h, fmt.Sprint("new", n))
		if _, err := h.Store.Commit(t.Context(), store.Change{Drop: []term.Term{gone}}); err != nil {
			t.Fatal(err)
		}
		h.Listing = openListing(t, h.Store, dir) // as after a restart
	}
	for i := range 350 {
		if c := seen[fmt.Sprintf("oai:data.example.tw:one/%d", i)]; c != 1 {
			t.Errorf("one/%d came %d times", i, c)
		}
	}
	var changed []string
	for query := "verb=ListRecords&metadataPrefix=oai_dc&from=2026-07-01&set=source:one"; query != ""; {
		a := askOAI(t, mux, query)
		for _, r := range a.Records {
			changed = append(changed, strings.TrimPrefix(r.Header.Identifier, "oai:data.example.tw:")+r.Header.Status)
		}
		query = ""
		if a.Token.Value != "" {
			query = "verb=ListRecords&resumptionToken=" + a.Token.Value
		}
	}
	for _, want := range []string{"one/5deleted", "one/200", "one/new0"} {
		if !slices.Contains(changed, want) {
			t.Errorf("changed are %d records, without %s", len(changed), want)
		}
	}
}

// touch adds or changes a dataset.
func touch(t *testing.T, h *Handler, id string) {
	t.Helper()
	q := func(s, p string, o term.Term) term.Quad {
		return term.Quad{Subject: term.NewIRI(s), Predicate: term.NewIRI(p), Object: o}
	}
	iri := base.Dataset("one", id)
	if _, err := h.Store.Commit(t.Context(), store.Change{Replace: map[term.Term][]term.Quad{
		term.NewIRI(base.Graph("one", id)): {
			q(iri, vocab.RDFType, term.NewIRI(vocab.DCATDataset)),
			q(iri, vocab.DCTTitle, term.NewString(fmt.Sprint(id, " at ", h.Store.Seq()))),
			q(base.SourceCatalog("one"), vocab.DCATDatasetProperty, term.NewIRI(iri)),
		}}}); err != nil {
		t.Fatal(err)
	}
}

// openListing returns a listing whose log is in a directory.
func openListing(t *testing.T, s *store.Store, dir string) *listing.Follower {
	t.Helper()
	l, err := listing.Open(listing.Options{Store: s, Dir: dir, Describe: Texts})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// sameGraph compares two graphs.
func sameGraph(t *testing.T, what string, got, want []term.Quad) {
	t.Helper()
	if canon.Isomorphic(got, want) {
		return
	}
	added, removed := canon.Diff(want, got)
	t.Errorf("%s: %d triples, want %d; too many %v, missing %v", what, len(got), len(want), added, removed)
}
