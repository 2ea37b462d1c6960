package sparql

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// catalogue makes DCAT-like quads of n datasets, about 24 a dataset and a graph
// for each, always the same for one n.
func catalogue(n int) []term.Quad {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	const base = "http://example.org/"
	node := func(kind string, i int) term.Term { return term.NewIRI(fmt.Sprintf("%s%s/%d", base, kind, i)) }
	p := term.NewIRI
	var out []term.Quad
	add := func(g, s, p, o term.Term) {
		out = append(out, term.Quad{Subject: s, Predicate: p, Object: o, Graph: g})
	}
	orgs := term.NewIRI(base + "graph/org")
	for i := range 300 {
		add(orgs, node("org", i), p(vocab.RDFType), p(vocab.FOAFNS+"Organization"))
		add(orgs, node("org", i), p(vocab.FOAFName), term.NewLangString(fmt.Sprintf("機構 %d", i), "zh-Hant"))
		if i > 0 {
			add(orgs, node("org", i), p(base+"subOrganizationOf"), node("org", i/7))
		}
	}
	formats := []string{"CSV", "JSON", "XML", "XLSX", "PDF", "ODS", "ZIP", "KML"}
	for i := range n {
		g, d := node("graph", i), node("dataset", i)
		add(g, d, p(vocab.RDFType), p(vocab.DCATDataset))
		add(g, d, p(vocab.DCTTitle), term.NewLangString(fmt.Sprintf("資料集 %d 每日行情", i), "zh-Hant"))
		add(g, d, p(vocab.DCTTitle), term.NewLangString(fmt.Sprintf("Dataset %d daily quotes", i), "en"))
		add(g, d, p(vocab.DCTIdentifier), term.NewString(fmt.Sprintf("id-%d", i)))
		org := int(float64(300) * r.Float64() * r.Float64())
		add(g, d, p(vocab.DCTPublisher), node("org", org))
		add(g, d, p(vocab.DCATTheme), node("theme", r.IntN(18)))
		add(
			g,
			d,
			p(vocab.DCTModified),
			term.NewLiteral(fmt.Sprintf("20%02d-%02d-%02d", 10+r.IntN(16), 1+r.IntN(12), 1+r.IntN(28)), vocab.XSDDate),
		)
		for range 1 + r.IntN(4) {
			add(g, d, p(vocab.DCATKeyword), term.NewLangString(fmt.Sprintf("關鍵字%d", r.IntN(500)), "zh-Hant"))
		}
		if r.IntN(3) == 0 {
			add(g, d, p(vocab.DCTLicense), node("licence", r.IntN(3)))
		}
		for k := range 1 + r.IntN(3) {
			x := node("distribution", i*4+k)
			add(g, d, p(vocab.DCATDistributionProperty), x)
			add(g, x, p(vocab.RDFType), p(vocab.DCATDistribution))
			add(g, x, p(vocab.DCTFormat), term.NewString(formats[r.IntN(len(formats))]))
			add(g, x, p(vocab.DCATByteSize), term.NewLiteral(fmt.Sprint(r.IntN(1_000_000)), vocab.XSDInteger))
			add(g, x, p(vocab.DCATAccessURL), term.NewIRI(fmt.Sprintf("%sdownload/%d/%d", base, i, k)))
		}
	}
	return out
}

const benchPrefixes = `PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/> PREFIX ex: <http://example.org/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
`

// benchQueries are what the benchmarks ask.
var benchQueries = []struct{ name, text string }{
	{
		"star",
		`SELECT ?d ?t ?p ?m { ?d a dcat:Dataset ; dct:title ?t ; dct:publisher ?p ; dct:modified ?m ; dcat:theme ` +
			`<http://example.org/theme/3> FILTER(LANG(?t) = "en") }`,
	},
	{
		"chain",
		`SELECT ?o ?f { ?d dct:publisher ?o ; dcat:distribution ?x . ?x dct:format ?f . ?o ex:subOrganizationOf ` +
			`<http://example.org/org/2> }`,
	},
	{
		"triangle",
		`SELECT (COUNT(*) AS ?n) { ?a dct:publisher ?o . ?b dct:publisher ?o . ?a dcat:theme ?t . ?b dcat:theme ` +
			`?t . ?o ex:subOrganizationOf <http://example.org/org/20> }`,
	},
	{
		"optional",
		`SELECT ?d ?l ?t { ?d a dcat:Dataset OPTIONAL { ?d dct:license ?l } OPTIONAL { ?d dct:title ?t ` +
			`FILTER(LANG(?t) = "en") } }`,
	},
	{
		"aggregate",
		`SELECT ?p (COUNT(?d) AS ?n) (MAX(?m) AS ?last) { ?d dct:publisher ?p ; dct:modified ?m } GROUP BY ?p ` +
			`ORDER BY DESC(?n)`,
	},
	{"average", `SELECT ?f (AVG(?b) AS ?size) { ?x dct:format ?f ; dcat:byteSize ?b } GROUP BY ?f`},
	{"path", `SELECT ?d { ?d dct:publisher/ex:subOrganizationOf* <http://example.org/org/1> }`},
	{"topk", `SELECT ?d ?m { ?d a dcat:Dataset ; dct:modified ?m } ORDER BY DESC(?m) LIMIT 20`},
	{"exists", `SELECT ?d { ?d a dcat:Dataset FILTER NOT EXISTS { ?d dct:license ?l } }`},
	{"minus", `SELECT ?d { ?d a dcat:Dataset MINUS { ?d dct:license ?l } }`},
	{"distinct", `SELECT DISTINCT ?p ?th { ?d dct:publisher ?p ; dcat:theme ?th }`},
	{"filter", `SELECT ?d { ?d dct:modified ?m FILTER(?m >= "2024-01-01"^^xsd:date) }`},
	{"regex", `SELECT ?d { ?d dct:title ?t FILTER(CONTAINS(?t, "123")) }`},
	{"fold", `SELECT ?d { ?d dct:title ?t FILTER(CONTAINS(LCASE(STR(?t)), "123")) }`},
	{"graph", `SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g`},
	{"limit", `SELECT * { ?d dct:title ?t ; dct:publisher ?p . ?p foaf:name ?n } LIMIT 10`},
	{"countall", `SELECT (COUNT(*) AS ?n) { ?s ?p ?o }`},
	{"predicates", `SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p`},
	{"classes", `SELECT ?c (COUNT(?s) AS ?n) { ?s a ?c } GROUP BY ?c`},
	{"subjects", `SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }`},
	{"publishers", `SELECT ?p (COUNT(DISTINCT ?th) AS ?n) { ?d dct:publisher ?p ; dcat:theme ?th } GROUP BY ?p`},
}

func benchEngine(tb testing.TB, datasets int) *Engine {
	tb.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{CacheBytes: 256 << 20})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	if _, err := s.Commit(ctx, store.Change{Add: catalogue(datasets)}); err != nil {
		tb.Fatal(err)
	}
	e, err := New(Options{Store: s})
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// solve runs a query to its end and returns the number of solutions.
func solve(ctx context.Context, e *Engine, text string) (int, error) {
	res, err := e.Query(ctx, text, QueryOptions{})
	if err != nil {
		return 0, err
	}
	defer res.Close()
	n := 0
	for _, err := range res.Solutions() {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// BenchmarkQuery reports solutions a second over 100,000 quads, and over a
// million with -benchtime long enough to make it worth while.
func BenchmarkQuery(b *testing.B) {
	for _, size := range []struct {
		name     string
		datasets int
	}{{"100k", 4_100}, {"1M", 41_000}} {
		b.Run(size.name, func(b *testing.B) {
			e := benchEngine(b, size.datasets)
			for _, q := range benchQueries {
				b.Run(q.name, func(b *testing.B) {
					b.ReportAllocs()
					n := 0
					for b.Loop() {
						got, err := solve(b.Context(), e, benchPrefixes+q.text)
						if err != nil {
							b.Fatal(err)
						}
						n += got
					}
					b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "solutions/s")
				})
			}
		})
	}
}
