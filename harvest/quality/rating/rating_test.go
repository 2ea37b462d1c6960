package rating

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const (
	dataset = "https://data.example.tw/dataset/a/1"
	file    = "https://data.example.tw/distribution/a/1/x"
	other   = "https://data.example.tw/distribution/a/1/y"
	address = "https://files.example.tw/x.csv"
	types   = "http://publications.europa.eu/resource/authority/file-type/"
	rights  = "http://publications.europa.eu/resource/authority/access-right/"
	media   = "https://www.iana.org/assignments/media-types/"
)

// says makes statements of lines: subject, property, value; an address is an IRI.
func says(lines ...[3]string) (out []term.Triple) {
	for _, l := range lines {
		o := term.NewString(l[2])
		if strings.Contains(l[2], "://") {
			o = term.NewIRI(l[2])
		}
		out = append(out, term.Triple{Subject: term.NewIRI(l[0]), Predicate: term.NewIRI(l[1]), Object: o})
	}
	return out
}

// TestPublishedPoints holds the list of metrics to the published sums.
func TestPublishedPoints(t *testing.T) {
	got := map[string]int{}
	for _, m := range dcat.MQAMetrics() {
		got[m.Dimension] += m.Points
	}
	want := map[string]int{"findability": 100, "accessibility": 100, "interoperability": 110, "reusability": 75,
		"contextuality": 20}
	if !maps.Equal(got, want) || len(dcat.MQAMetrics()) != 23 {
		t.Errorf("%d metrics with %v, want 23 with %v", len(dcat.MQAMetrics()), got, want)
	}
}

// full is a dataset that says everything.
func full() *Subject {
	return &Subject{Dataset: dataset, Conforms: True, Licence: dcat.OGDL,
		Files: []File{{Distribution: file, URL: address, Answers: True, Status: 200, Arrives: True, Structured: True,
			Format: "csv", URIs: False, Links: False}},
		Metadata: says([3]string{dataset, vocab.DCATKeyword, "銀行"},
			[3]string{dataset, vocab.DCATTheme, "https://x.example/t"},
			[3]string{dataset, vocab.DCTSpatial, "https://x.example/tw"},
			[3]string{dataset, vocab.DCTTemporal, "https://x.example/p"},
			[3]string{dataset, vocab.DCTAccessRights, rights + "PUBLIC"},
			[3]string{dataset, vocab.DCATContactPoint, "https://x.example/c"},
			[3]string{dataset, vocab.DCTPublisher, "https://x.example/o"},
			[3]string{file, vocab.DCATAccessURL, address}, [3]string{file, vocab.DCATDownloadURL, address},
			[3]string{file, vocab.DCTFormat, types + "CSV"}, [3]string{file, vocab.DCATMediaType, media + "text/csv"},
			[3]string{file, vocab.DCTLicense, dcat.OGDL},
			[3]string{file, vocab.DCTRights, "r"}, [3]string{file, vocab.DCATByteSize, "1"},
			[3]string{file, vocab.DCTIssued, "2026-01-01"}, [3]string{file, vocab.DCTModified, "2026-01-01"})}
}

// TestMQA changes one thing at a time and looks at what that costs.
func TestMQA(t *testing.T) {
	drop := func(property string) func(*Subject) {
		return func(s *Subject) {
			s.Metadata = slices.DeleteFunc(s.Metadata, func(t term.Triple) bool {
				return t.Predicate.Value() == property
			})
		}
	}
	set := func(property, value string) func(*Subject) {
		return func(s *Subject) {
			drop(property)(s)
			s.Metadata = append(s.Metadata, says([3]string{file, property, value})...)
		}
	}
	tests := []struct {
		name          string
		change        func(*Subject)
		lost, unknown int
	}{
		{"everything", func(*Subject) {}, 0, 0},
		{"no keyword", drop(vocab.DCATKeyword), 30, 0},
		{"no access rights", drop(vocab.DCTAccessRights), 15, 0},
		{"no access URL", drop(vocab.DCATAccessURL), 50, 0},
		{"no download URL", drop(vocab.DCATDownloadURL), 50, 0},
		{"another access URL, which nobody asked for", set(vocab.DCATAccessURL, "https://x.example/page"), 50, 50},
		{"no answer", func(s *Subject) { s.Files[0].Answers, s.Files[0].Status = Unknown, 0 }, 80, 80},
		{"404", func(s *Subject) { s.Files[0].Answers, s.Files[0].Status = False, 404 }, 80, 0},
		{"a format as text", set(vocab.DCTFormat, "CSV"), 10, 0},
		{"a format that the list does not have", set(vocab.DCTFormat, types+"WARC_GZ"), 10, 10},
		{"PDF", func(s *Subject) {
			set(vocab.DCTFormat, types+"PDF")(s)
			set(vocab.DCATMediaType, media+"application/pdf")(s)
		}, 40, 0},
		{"XLSX", func(s *Subject) {
			set(vocab.DCTFormat, types+"XLSX")(s)
			drop(vocab.DCATMediaType)(s)
		}, 40, 0},
		{"neither format nor media type", func(s *Subject) {
			drop(vocab.DCTFormat)(s)
			drop(vocab.DCATMediaType)(s)
		}, 80, 0},
		{"a strange licence", set(vocab.DCTLicense, "https://x.example/terms"), 10, 0},
		{"DCAT-AP violated", func(s *Subject) { s.Conforms = False }, 30, 0},
		{"DCAT-AP not validated", func(s *Subject) { s.Conforms = Unknown }, 30, 30},
		{"a worse file before it", func(s *Subject) {
			s.Files = append([]File{{Distribution: other, URL: "https://x.example/", Answers: False}}, s.Files...)
		}, 0, 0},
		{"no distribution", func(s *Subject) { s.Files = nil }, 230, 0},
	}
	for _, tt := range tests {
		s := full()
		tt.change(s)
		p := MQA(s)
		if p.Of != 405 || p.Points != 405-tt.lost || p.Unknown != tt.unknown {
			t.Errorf("%s: %d of %d points, %d unknown; want %d of 405, %d", tt.name, p.Points, p.Of, p.Unknown,
				405-tt.lost, tt.unknown)
		}
		for _, m := range p.Measures {
			if m.Is != Unknown && m.Why == "" && m.Metric != "dcatApCompliance" {
				t.Errorf("%s: %s has no reason", tt.name, m.Metric)
			}
		}
	}
}

// TestRating says no band where what is not known decides between two.
func TestRating(t *testing.T) {
	for want, change := range map[string]func(*Subject){
		"excellent": func(*Subject) {}, "good": func(s *Subject) { s.Files[0].Answers = False },
		"unknown": func(s *Subject) { s.Files[0].Answers = Unknown },
		"bad":     func(s *Subject) { s.Files, s.Metadata, s.Conforms = nil, nil, False },
	} {
		s := full()
		change(s)
		if p := MQA(s); p.Rating != want {
			t.Errorf("%d points and %d unknown are %s, want %s", p.Points, p.Unknown, p.Rating, want)
		}
	}
}

func TestFive(t *testing.T) {
	rdf := func(s *Subject) { s.Files[0].URIs, s.Files[0].Links, s.Files[0].Format = True, True, "json" }
	tests := []struct {
		name        string
		change      func(*Subject)
		stars, most int
	}{
		{"CSV", func(*Subject) {}, 3, 3},
		{"XLSX", func(s *Subject) { s.Files[0].Format = "xlsx" }, 2, 2},
		{"PDF", func(s *Subject) { s.Files[0].Format, s.Files[0].Structured = "pdf", False }, 1, 1},
		{"no licence", func(s *Subject) { s.Licence = "" }, 0, 0},
		{"a licence in words that nobody knows", func(s *Subject) { s.Licence, s.LicenceText = "", "如網站說明" }, 0, 3},
		{"a licence that is not open", func(s *Subject) {
			s.Licence = "https://creativecommons.org/licenses/by-nc/4.0/"
		}, 0, 0},
		{"nothing arrives", func(s *Subject) { s.Files[0].Arrives = False }, 0, 0},
		{"nobody knows whether anything arrives", func(s *Subject) { s.Files[0].Arrives = Unknown }, 0, 3},
		{"linked data", rdf, 5, 5},
		{"Turtle, which the government's list does not have", func(s *Subject) {
			rdf(s)
			s.Files[0].Format, s.Files[0].Structured = "turtle", False
		}, 5, 5},
		{"linked data that was not read to its end", func(s *Subject) { rdf(s); s.Files[0].Links = Unknown }, 4, 5},
		{"a better file behind it", func(s *Subject) {
			s.Files = append(s.Files, s.Files[0])
			s.Files[0].Arrives = False
		}, 3, 3},
		{"no file", func(s *Subject) { s.Files = nil }, 0, 0},
	}
	for _, tt := range tests {
		s := full()
		tt.change(s)
		x := Five(s)
		if x.Stars != tt.stars || x.Most != tt.most || len(x.Each) != 5 {
			t.Errorf("%s: %d to %d stars, want %d to %d: %v", tt.name, x.Stars, x.Most, tt.stars, tt.most, x.Each)
		}
	}
}

func TestLinked(t *testing.T) {
	tests := []struct {
		name, format, body string
		uris, links        Answer
	}{
		{"CSV", "csv", "a,b\n1,http://x.example/1\n", False, False},
		{"JSON", "json", `[{"a": "http://x.example/1"}]`, False, False},
		{"JSON-LD", "json",
			`{"@id": "http://a.example/1", "http://a.example/p": {"@id": "http://b.example/2"}}`, True, True},
		{"JSON-LD that stays at home", "json",
			`{"@id": "http://a.example/1", "http://a.example/p": {"@id": "http://a.example/2"}}`, True, False},
		{"JSON-LD with a context elsewhere", "json", `{"@context": "http://127.0.0.2:1/c", "@id": "http://a.example/1",
			"p": "x"}`, Unknown, Unknown},
		{"RDF/XML", "xml", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:d="http://d.example/">
<rdf:Description rdf:about="http://a.example/1"><d:p rdf:resource="http://b.example/2"/></rdf:Description></rdf:RDF>`,
			True, True},
		{"XML", "xml", "<a><b>1</b></a>", False, False},
		{"Turtle", "turtle", "@prefix a: <http://a.example/> . a:1 a:p a:2 .", True, False},
		{"Turtle about nobody", "turtle", "@prefix a: <http://a.example/> . [] a:p 1 .", False, False},
		{"types are no links", "turtle", "<http://a.example/1> a <http://b.example/C> .", True, False},
		{"broken", "turtle", "@prefix a: <", Unknown, Unknown},
	}
	for _, tt := range tests {
		uris, links, why := Linked(t.Context(), []byte(tt.body), tt.format, "http://a.example/")
		if uris != tt.uris || links != tt.links || why == "" {
			t.Errorf("%s: URIs %s, links %s (%s), want %s and %s", tt.name, uris, links, why, tt.uris, tt.links)
		}
	}
}
