package feed_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"fincat/harvest"
	"fincat/harvest/feed"
	"fincat/harvest/queries"
	"fincat/sparql/enginetest"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// published is a small catalogue behind an address.
type published struct {
	t       *testing.T
	store   *store.Store
	address string
}

func publish(t *testing.T) *published {
	t.Helper()
	s, e := enginetest.New(t)
	bank, err := queries.Load()
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	p := &published{t, s, srv.URL + "/"}
	h, err := feed.New(feed.Options{Store: s, Engine: e, Queries: bank, Base: dcat.Base(p.address)})
	if err != nil {
		t.Fatal(err)
	}
	h.Register(mux)
	mux.HandleFunc("/oai", h.OAI)
	return p
}

// put makes one version of a dataset.
func (p *published) put(id, version int) {
	p.t.Helper()
	text := fmt.Sprintf(`@base <%s> .
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
<dataset/s/%[2]d> a dcat:Dataset ; dct:title "資料集 %[2]d 第 %[3]d 版"@zh-Hant-TW ; dct:publisher <agent/%[4]d> ;
  dct:description "說明"@zh-Hant-TW ; dcat:keyword "金融"@zh-Hant-TW ; dcat:distribution <distribution/s/%[2]d/1> .
<agent/%[4]d> a foaf:Agent ; foaf:name "機關 %[4]d"@zh-Hant-TW .
<distribution/s/%[2]d/1> a dcat:Distribution ; dcat:downloadURL <https://e.tw/%[2]d.csv> ;
  dct:format <http://publications.europa.eu/resource/authority/file-type/CSV> .
<catalog/s> dcat:dataset <dataset/s/%[2]d> .`, p.address, id, version, id%3)
	quads, err := rdfio.ReadAll(p.t.Context(), strings.NewReader(text), rdfio.ReadOptions{Format: rdfio.Turtle})
	if err != nil {
		p.t.Fatal(err)
	}
	g := term.NewIRI(dcat.Base(p.address).Graph("s", fmt.Sprint(id)))
	if _, err := p.store.Commit(p.t.Context(),
		store.Change{Replace: map[term.Term][]term.Quad{g: quads}}); err != nil {
		p.t.Fatal(err)
	}
}

// series makes a series of some datasets, as the catalogue finds them.
func (p *published) series(name, title string, ids ...int) {
	p.t.Helper()
	text := fmt.Sprintf(`@base <%s> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> . <series/%s> a dcat:DatasetSeries ; dct:title "%s" .
`, p.address, name, title)
	for _, id := range ids {
		text += fmt.Sprintf("<dataset/s/%d> dcat:inSeries <series/%s> .\n", id, name)
	}
	quads, err := rdfio.ReadAll(p.t.Context(), strings.NewReader(text), rdfio.ReadOptions{Format: rdfio.Turtle})
	if err != nil {
		p.t.Fatal(err)
	}
	g := term.NewIRI(dcat.Base(p.address).SeriesGraph(name))
	if _, err := p.store.Commit(p.t.Context(),
		store.Change{Replace: map[term.Term][]term.Quad{g: quads}}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *published) drop(id int) {
	p.t.Helper()
	g := term.NewIRI(dcat.Base(p.address).Graph("s", fmt.Sprint(id)))
	if _, err := p.store.Commit(p.t.Context(), store.Change{Drop: []term.Term{g}}); err != nil {
		p.t.Fatal(err)
	}
}

// TestReadBack has our own kinds of source read the feeds: what they find says the same as
// what was published, also after datasets came, changed and went.
func TestReadBack(t *testing.T) {
	p := publish(t)
	for id := range 300 {
		p.put(id, 1)
	}
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	kinds := map[string]string{"ldes": "feed/ldes", "oaipmh": "oai?metadataPrefix=dcat_rdf", "dcat": "catalog.ttl"}
	text := "base: https://other.example.tw/\nharvest: {allow_private_addresses: true, tombstone_after: 1}\nsources:\n"
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		text += fmt.Sprintf("  - {id: %s, kind: %s, url: '%s', rate: 10000/s}\n", kind, kind, p.address+kinds[kind])
	}
	config, err := harvest.ParseConfig(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	h, err := harvest.New(harvest.Options{Store: s, Config: config})
	if err != nil {
		t.Fatal(err)
	}
	check := func(when string, fresh, changed, removed int) {
		t.Helper()
		want := said(t, p.store, func(subject string) string {
			id, _ := strings.CutPrefix(subject, p.address+"dataset/s/")
			return id
		})
		for kind := range kinds {
			rep, err := h.Run(t.Context(), kind, harvest.RunOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if rep.New != fresh || rep.Changed != changed || rep.Removed != removed || rep.Failed != 0 {
				t.Errorf("%s, %s: %d new, %d changed, %d removed, %d failed, want %d, %d, %d, none", when, kind,
					rep.New, rep.Changed, rep.Removed, rep.Failed, fresh, changed, removed)
			}
			got := said(t, s, func(subject string) string {
				if !strings.HasPrefix(subject, "https://other.example.tw/dataset/"+kind+"/") {
					return ""
				}
				return subject
			})
			if a, b := slices.Sorted(maps.Values(got)), slices.Sorted(maps.Values(want)); !slices.Equal(a, b) {
				t.Errorf("%s, %s: %d datasets say not what the %d published ones say", when, kind, len(a), len(b))
			}
		}
	}
	check("first", 300, 0, 0)
	check("again", 0, 0, 0)
	p.put(5, 2)
	p.put(300, 1)
	p.drop(7)
	check("after changes", 1, 1, 1)
	p.series("x", "系列", 1, 2, 150)
	check("after a series came", 0, 3, 0)
	inSeries(t, s, p.address, 9, "系列") // each record carries what the feed says of the series
	p.series("x", "系列", 1, 2)
	check("after one left it", 0, 1, 0)
	p.series("x", "新系列", 1, 2)
	check("after it got another title", 0, 2, 0)
	inSeries(t, s, p.address, 6, "新系列")
	g := term.NewIRI(dcat.Base(p.address).SeriesGraph("x"))
	if _, err := p.store.Commit(t.Context(), store.Change{Drop: []term.Term{g}}); err != nil {
		t.Fatal(err)
	}
	check("after it went", 0, 2, 0)
	inSeries(t, s, p.address, 0, "")
}

// inSeries asks that so many records are in the series x of a catalogue, and say what it is.
func inSeries(t *testing.T, s *store.Store, address string, records int, title string) {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	got, want := map[string]int{}, map[string]int{}
	if records > 0 {
		want = map[string]int{vocab.DCATInSeries: records, vocab.RDFType: records, vocab.DCTTitle: records}
	}
	for q, err := range sn.Match(t.Context(), store.Pattern{}, store.SPOG) {
		if err != nil {
			t.Fatal(err)
		}
		series := term.NewIRI(address + "series/x")
		if q.Subject == series || q.Object == series {
			got[q.Predicate.Value()]++
			if q.Predicate.Value() == vocab.DCTTitle && q.Object.Value() != title {
				t.Errorf("the series is called %v, want %s", q.Object, title)
			}
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("of the series came %v, want %v", got, want)
	}
}

// said is what a store says of each dataset that has a name: titles, descriptions, keywords,
// the names of publishers, addresses and formats.
func said(t *testing.T, s *store.Store, name func(subject string) string) map[string]string {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	values := map[string]map[string][]string{} // by subject and property
	datasets := map[string]bool{}
	for q, err := range sn.Match(t.Context(), store.Pattern{}, store.SPOG) {
		if err != nil {
			t.Fatal(err)
		}
		subject, property := q.Subject.Value(), q.Predicate.Value()
		if property == vocab.RDFType && q.Object.Value() == vocab.DCATDataset && name(subject) != "" {
			datasets[subject] = true
		}
		if values[subject] == nil {
			values[subject] = map[string][]string{}
		}
		if v := q.Object.String(); q.Object.IsIRI() {
			values[subject][property] = append(values[subject][property], q.Object.Value())
		} else {
			values[subject][property] = append(values[subject][property], v)
		}
	}
	out := map[string]string{}
	for d := range datasets {
		var lines []string
		for _, property := range []string{vocab.DCTTitle, vocab.DCTDescription, vocab.DCATKeyword} {
			lines = append(lines, values[d][property]...)
		}
		for _, agent := range values[d][vocab.DCTPublisher] {
			lines = append(lines, values[agent][vocab.FOAFName]...)
		}
		for _, x := range values[d][vocab.DCATDistributionProperty] {
			lines = append(lines, values[x][vocab.DCATDownloadURL]...)
			lines = append(lines, values[x][vocab.DCTFormat]...)
		}
		slices.Sort(lines)
		out[d] = strings.Join(slices.Compact(lines), "\n")
	}
	return out
}
