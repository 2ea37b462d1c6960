package bench

import (
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	var b strings.Builder
	if err := sample().WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"agrees", "4.00 ms", "differ", "unsteady", "timeout", ">2.00", "<0.50",
		"1: http://x/?a&b", "fails on 1: no <such> function", "hangs on 1: timeout after 1 s",
		"4 clients on 1: 100 requests/s", "1 wrong",
		"unsteady on 2: not always the same answer", "geometric mean of the ratios: 1.32"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, b.String())
		}
	}
}

func TestCSV(t *testing.T) {
	var b strings.Builder
	if err := sample().WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil || len(rows) != 1+6*2+2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	for i, want := range map[int]map[string]string{
		1: {"query": "agrees", "state": "ok", "results": "1", "median_ms": "4.0000", "min_ms": "2.0000",
			"cold_ms": "9.0000"},
		2: {"ratio": "4.0000"}, 4: {"state": "differ"}, 5: {"state": "error", "error": "no <such> function"},
		7: {"state": "timeout", "median_ms": "1000.0000"}, 12: {"state": "unsteady"},
		13: {"query": "(load)", "state": "4 clients", "results": "200", "requests_per_second": "100.0000"},
	} {
		for name, v := range want {
			if got := rows[i][column[name]]; got != v {
				t.Errorf("row %d: %s is %q, want %q", i, name, got, v)
			}
		}
	}
	answer := func(row int) string { return rows[row][column["answer"]] }
	if answer(1) != answer(2) || answer(3) == answer(4) {
		t.Error("the hashes of answers do not say which agree")
	}
}

// TestSVG reads the chart as XML: a bar for each query and endpoint, longer ones for longer
// times, and no addresses that could be loaded.
func TestSVG(t *testing.T) {
	var b strings.Builder
	if err := sample().WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	bars, widths, hatched := 0, map[string]string{}, 0
	d := xml.NewDecoder(strings.NewReader(b.String()))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		e, ok := token.(xml.StartElement)
		if !ok || e.Name.Local != "rect" {
			continue
		}
		at := map[string]string{}
		for _, a := range e.Attr {
			at[a.Name.Local] = a.Value
		}
		switch {
		case at["class"] == "bar":
			bars++
			widths[at["y"]] = at["width"]
		case at["fill"] == "url(#late)":
			hatched++
		}
	}
	if bars != 12 || hatched != 2 {
		t.Errorf("%d bars, %d hatched:\n%s", bars, hatched, b.String())
	}
	for _, want := range []string{"http://x/?a&amp;b", "timeout", "error", "(differ)", "(unsteady)", "1 ms", "1 s"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the chart lacks %q", want)
		}
	}
	if strings.Contains(b.String(), "href") {
		t.Error("the chart refers to something")
	}
	empty := &Report{Endpoints: []string{"x"}, Queries: []Comparison{{Name: "q", Runs: []Timing{{Error: "no"}}}}}
	b.Reset()
	if err := empty.WriteSVG(&b); err != nil || strings.Contains(b.String(), "NaN") ||
		strings.Contains(b.String(), "Inf") {
		t.Errorf("a chart without times: %v\n%s", err, b.String())
	}
}
