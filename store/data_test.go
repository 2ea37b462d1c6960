package store

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"fincat/vocab/term"
)

// recordQuads is the number of quads of a generated record.
const recordQuads = 100

const (
	xsd  = "http://www.w3.org/2001/XMLSchema#"
	dct  = "http://purl.org/dc/terms/"
	dcat = "http://www.w3.org/ns/dcat#"
	rdf  = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
)

var (
	words = strings.Fields(
		"金融 監督 管理 委員會 銀行 保險 證券 期貨 上市 上櫃 公司 每日 收盤 行情 統計 年報 月報 財務 報表 基金 淨值 " +
			"利率 匯率 申報 裁罰 案件 股東 會議 資產 負債 放款 存款 信用卡 壽險 產險 保費 理賠 票券 債券 指數",
	)
	codes = strings.Fields("CSV JSON XML ODS PDF XLSX ZIP")
)

// phrase is a made-up Chinese title or sentence.
func phrase(rng *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(words[rng.IntN(len(words))])
	}
	return b.String()
}

// record is a DCAT-like description of one dataset in a graph of its own. The
// version goes into the volatile part: ten quads.
func record(i, version int) []term.Quad {
	rng := rand.New(rand.NewPCG(uint64(i), 7))
	source := []string{"twse", "tpex", "banking-bureau", "insurance-bureau", "taifex"}[i%5]
	base := "https://data.example.tw/"
	g := term.NewIRI(fmt.Sprintf("%sgraph/%s/%06d", base, source, i))
	ds := term.NewIRI(fmt.Sprintf("%sdataset/%s/%06d", base, source, i))
	var out []term.Quad
	add := func(s term.Term, p string, o term.Term) {
		out = append(out, term.Quad{Subject: s, Predicate: term.NewIRI(p), Object: o, Graph: g})
	}
	iri := func(format string, args ...any) term.Term { return term.NewIRI(base + fmt.Sprintf(format, args...)) }
	zh := func(n int) term.Term { return term.NewLangString(phrase(rng, n), "zh-Hant-TW") }
	add(ds, rdf+"type", term.NewIRI(dcat+"Dataset"))
	add(ds, dct+"title", zh(6))
	add(ds, dct+"title", term.NewLangString(fmt.Sprintf("Dataset %d", i), "en"))
	add(ds, dct+"description", zh(30))
	add(ds, dct+"identifier", term.NewString(fmt.Sprintf("A%06d", i)))
	add(ds, dct+"publisher", iri("org/%d", i%40))
	add(ds, dct+"creator", iri("org/%d", i%7))
	add(ds, dct+"accrualPeriodicity", iri("frequency/%d", i%9))
	add(ds, dct+"license", iri("license/ogdl"))
	add(ds, dct+"issued", term.NewLiteral(fmt.Sprintf("20%02d-%02d-%02d", 10+i%15, 1+i%12, 1+i%28), xsd+"date"))
	for k := range 8 {
		add(ds, dcat+"keyword", term.NewLangString(words[(i+k)%len(words)], "zh-Hant-TW"))
	}
	add(ds, dcat+"theme", iri("theme/%d", i%18))
	add(ds, dcat+"landingPage", iri("page/%s/%d", source, i))
	for k := range 10 { // the volatile part
		add(
			ds,
			fmt.Sprintf("http://www.w3.org/ns/dqv#measure%d", k),
			term.NewLiteral(fmt.Sprint(version*1000+k*7+i%100), xsd+"integer"),
		)
	}
	for d := 0; len(out) < recordQuads; d++ {
		dist := iri("distribution/%s/%06d/%d", source, i, d)
		add(ds, dcat+"distribution", dist)
		add(dist, rdf+"type", term.NewIRI(dcat+"Distribution"))
		add(dist, dct+"title", zh(5))
		add(dist, dcat+"downloadURL", iri("files/%s/%d/%d.%s", source, i, d, strings.ToLower(codes[d%7])))
		add(dist, dcat+"accessURL", iri("access/%s/%d/%d", source, i, d))
		add(dist, dct+"format", iri("format/%s", codes[d%7]))
		add(dist, dcat+"mediaType", iri("media/%s", codes[d%7]))
		add(dist, dcat+"byteSize", term.NewLiteral(fmt.Sprint(rng.IntN(1<<24)), xsd+"nonNegativeInteger"))
		add(dist, dct+"license", iri("license/ogdl"))
		add(
			dist,
			dct+"modified",
			term.NewLiteral(
				fmt.Sprintf("20%02d-%02d-%02dT%02d:00:00+08:00", 10+i%15, 1+i%12, 1+d%28, d),
				xsd+"dateTime",
			),
		)
		add(dist, dct+"description", zh(8))
	}
	return out[:recordQuads]
}

// writeRecords writes n quads as N-Quads and returns the file's name and size.
func writeRecords(tb testing.TB, n int) (string, int64) {
	tb.Helper()
	f, err := os.Create(tb.TempDir() + "/data.nq")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	var b []byte
	size := int64(0)
	for i := 0; i < n/recordQuads; i++ {
		b = b[:0]
		for _, q := range record(i, 0) {
			b = append(q.Append(b), '\n')
		}
		size += int64(len(b))
		if _, err := w.Write(b); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	return f.Name(), size
}

// campaign returns how long a long-running test goes on: some seconds, or what
// FINCAT_CAMPAIGN says.
func campaign(seconds int) time.Duration {
	if d, err := time.ParseDuration(os.Getenv("FINCAT_CAMPAIGN")); err == nil {
		return d
	}
	return time.Duration(seconds) * time.Second
}
