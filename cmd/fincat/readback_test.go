package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/metrics"
	"fincat/harvest"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// otherBase is that of the catalogue which reads ours.
const otherBase = "https://other.example.tw/"

// publishedAt serves a store at an address of its own.
func publishedAt(t *testing.T, s *store.Store) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + l.Addr().String() + "/"
	e, err := newEngine(engineOptions{Store: s})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	log := slog.New(slog.DiscardHandler)
	t.Cleanup(e.start(t.Context(), log))
	tokens := access.NewTokens(s)
	srv, err := newServer(serverOptions{Store: s, Dir: t.TempDir(), Engine: e, Base: dcat.Base(base), Tokens: tokens,
		Guard: access.New(access.Options{Token: "secret", Tokens: tokens}), Metrics: metrics.New(s), Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- srv.serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return base
}

// putDatasets makes one version of datasets that say all that a feed is expected to carry;
// more is added to their descriptions.
func putDatasets(t *testing.T, s *store.Store, base string, version int, more string, ids ...int) {
	t.Helper()
	change := store.Change{Replace: map[term.Term][]term.Quad{}}
	for _, id := range ids {
		text := datasetText(base, id, version, more)
		quads, err := rdfio.ReadAll(t.Context(), strings.NewReader(text), rdfio.ReadOptions{Format: rdfio.Turtle})
		if err != nil {
			t.Fatal(err)
		}
		change.Replace[term.NewIRI(dcat.Base(base).Graph("s", fmt.Sprint(id)))] = quads
	}
	if _, err := s.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}

// datasetText is a dataset in Turtle.
func datasetText(base string, id, version int, more string) string {
	return fmt.Sprintf(`@base <%s> .
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<dataset/s/%[2]d> a dcat:Dataset ; dct:title "資料集 %[2]d 第 %[3]d 版"@zh-Hant-TW ; dct:publisher <agent/%[4]d> ;
  dct:description "第 %[2]d 個資料集的說明,長到搜尋引擎要求的五十個字:內容包含年月、機構代號、機構名稱、件數、金額、單位、備註、更新時間與資料來源等欄位。%[5]s"@zh-Hant-TW ; dcat:keyword "金融"@zh-Hant-TW, "關鍵字 %[2]d"@zh-Hant-TW ;
  dct:identifier "A-%[2]d" ; dct:license <https://data.gov.tw/license> ; dct:modified "2026-0%[3]d-01"^^xsd:date ;
  dcat:landingPage <https://e.tw/%[2]d> ; dcat:distribution <distribution/s/%[2]d/1>, <distribution/s/%[2]d/2> .
<agent/%[4]d> a foaf:Agent ; foaf:name "機關 %[4]d"@zh-Hant-TW .
<distribution/s/%[2]d/1> a dcat:Distribution ; dcat:accessURL <https://e.tw/%[2]d.csv> ;
  dcat:downloadURL <https://e.tw/%[2]d.csv> ; dct:license <https://data.gov.tw/license> ;
  dct:format <http://publications.europa.eu/resource/authority/file-type/CSV> .
<distribution/s/%[2]d/2> a dcat:Distribution ; dcat:accessURL <https://e.tw/%[2]d.json> ;
  dcat:downloadURL <https://e.tw/%[2]d.json> ; dct:license <https://data.gov.tw/license> ;
  dct:format <http://publications.europa.eu/resource/authority/file-type/JSON> .
<catalog/s> dcat:dataset <dataset/s/%[2]d> .`, base, id, version, id%3, more)
}

// carried is what a store says of the datasets below an address: of their properties those
// of which every format has a word. Each is under the IRI that it has below original.
func carried(t *testing.T, s *store.Store, below, original string) map[string]string {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	values := map[string]map[string][]string{} // by subject and property
	for q, err := range sn.Match(t.Context(), store.Pattern{}, store.SPOG) {
		if err != nil {
			t.Fatal(err)
		}
		subject, property := q.Subject.Value(), q.Predicate.Value()
		if values[subject] == nil {
			values[subject] = map[string][]string{}
		}
		values[subject][property] = append(values[subject][property], q.Object.Value())
	}
	out := map[string]string{}
	for d, said := range values {
		if !strings.HasPrefix(d, below) || !slices.Contains(said[vocab.RDFType], vocab.DCATDataset) {
			continue
		}
		var lines []string
		add := func(name string, list []string) {
			for _, v := range list {
				lines = append(lines, name+" "+v)
			}
		}
		add("title", said[vocab.DCTTitle])
		add("description", said[vocab.DCTDescription])
		add("keyword", said[vocab.DCATKeyword])
		add("licence", said[vocab.DCTLicense])
		for _, agent := range said[vocab.DCTPublisher] {
			add("publisher", values[agent][vocab.FOAFName])
		}
		for _, x := range said[vocab.DCATDistributionProperty] {
			add("licence", values[x][vocab.DCTLicense])
			for _, address := range values[x][vocab.DCATDownloadURL] {
				add("file "+address, values[x][vocab.DCTFormat])
			}
		}
		slices.Sort(lines)
		for _, same := range slices.Concat([]string{d}, said[vocab.OWLSameAs], said[vocab.DCTIdentifier]) {
			if strings.HasPrefix(same, original) {
				d = same
			}
		}
		out[d] = strings.Join(slices.Compact(lines), "\n")
	}
	return out
}

// TestReadBackFormats has our own kinds of source read the feeds that are not RDF, and the
// pages of datasets: the catalogue that comes of each says the same of the same datasets.
// TestReadBack of harvest/feed has the feeds in RDF.
func TestReadBackFormats(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	address := publishedAt(t, s)
	putDatasets(t, s, address, 1, "", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	other, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	kinds := map[string]string{"datajson": "data.json", "ckan": "", "datagovtw": "api/v1/rest/dataset",
		"sitemap": "sitemap.xml"}
	text := "base: " + otherBase + "\nharvest: {allow_private_addresses: true, tombstone_after: 1}\nsources:\n"
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		text += fmt.Sprintf("  - {id: %s, kind: %s, url: '%s', rate: 10000/s}\n", kind, kind, address+kinds[kind])
	}
	config, err := harvest.ParseConfig(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	h, err := harvest.New(harvest.Options{Store: other, Config: config})
	if err != nil {
		t.Fatal(err)
	}
	original := address + "dataset/s/"
	check := func(when string, full bool, fresh, changed, removed int) {
		t.Helper()
		want := carried(t, s, original, original)
		for kind := range kinds {
			rep, err := h.Run(t.Context(), kind, harvest.RunOptions{Full: full})
			if err != nil {
				t.Fatal(err)
			}
			if rep.New != fresh || rep.Changed != changed || rep.Removed != removed || rep.Failed != 0 {
				t.Errorf("%s, %s: %d new, %d changed, %d removed, %d failed, want %d, %d, %d, none", when, kind,
					rep.New, rep.Changed, rep.Removed, rep.Failed, fresh, changed, removed)
			}
			got := carried(t, other, otherBase+"dataset/"+kind+"/", original)
			for iri := range want {
				if got[iri] != want[iri] {
					t.Errorf("%s, %s says of %s\n%s\nwant\n%s", when, kind, iri, got[iri], want[iri])
				}
			}
			if len(got) != len(want) {
				t.Errorf("%s, %s has %d datasets, want %d", when, kind, len(got), len(want))
			}
		}
	}
	check("first", false, 12, 0, 0)
	check("again", false, 0, 0, 0)
	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) // sitemaps tell times by the second
	putDatasets(t, s, address, 2, "", 5)
	putDatasets(t, s, address, 1, "", 12)
	check("after changes", false, 1, 1, 0)
	g := term.NewIRI(dcat.Base(address).Graph("s", "7"))
	if _, err := s.Commit(t.Context(), store.Change{Drop: []term.Term{g}}); err != nil {
		t.Fatal(err)
	}
	check("after a removal", true, 0, 0, 1) // of what changed alone, most formats tell no removals
}
