package chart

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
)

// parsed reads a chart as XML, and returns its texts and how many elements of each name it has.
func parsed(t *testing.T, svg []byte) (texts string, count map[string]int) {
	t.Helper()
	count = map[string]int{}
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return texts, count
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		switch x := token.(type) {
		case xml.StartElement:
			count[x.Name.Local]++
			for _, a := range x.Attr {
				if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") || a.Name.Local == "style" {
					t.Errorf("%s has %s=%q", x.Name.Local, a.Name.Local, a.Value)
				}
			}
		case xml.CharData:
			texts += string(x) + "\n"
		}
	}
}

// TestDraw draws bars and lines of columns that were chosen or not.
func TestDraw(t *testing.T) {
	table := Table{Columns: []string{"公司代號", "公司 <名稱>", "營收", "x"}, Rows: [][]string{
		{"2330", "台積\x01電", "1,234,567", "a"}, {"2317", "http://a.example/org/鴻海", "-5.25", "1"},
		{"1101", "無", "", "2"}, {"9"}}}
	for _, tt := range []struct {
		o           Options
		rects, dots int
		texts       []string
	}{
		{Options{Title: "每月 & 營收", Link: "https://a.example/?a=1&b=2"}, 3, 0,
			[]string{"每月 & 營收: 公司代號 × 營收", "1,234,567", "-5.25", "2330"}},
		{Options{X: "公司 <名稱>", Y: "營收", Kind: "line"}, 1, 2, []string{"台積\uFFFD電", "鴻海"}},
		{Options{X: "x", Y: "公司代號"}, 5, 0, []string{"2,330", "9"}},
	} {
		svg, err := Draw(table, tt.o)
		if err != nil {
			t.Fatal(err)
		}
		texts, count := parsed(t, svg)
		if count["rect"] != tt.rects || count["circle"] != tt.dots {
			t.Errorf("%+v: %v, want %d and %d\n%s", tt.o, count, tt.rects, tt.dots, svg)
		}
		for _, want := range tt.texts {
			if !strings.Contains(texts, want) {
				t.Errorf("%+v: there is no %q in %q", tt.o, want, texts)
			}
		}
	}
	for _, o := range []Options{{Kind: "pie"}, {X: "none"}, {Y: "none"}, {Y: "x"}} {
		if _, err := Draw(table, o); !errors.Is(err, ErrNone) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	for _, none := range []Table{{}, {Columns: []string{"a"}, Rows: [][]string{{"1"}}},
		{Columns: []string{"a", "b"}, Rows: [][]string{{"x", "y"}}}, {Columns: []string{"a", "b"}},
		{Columns: []string{"a", "b"}, Rows: [][]string{{"x", "Inf"}, {"y", "NaN"}}}} {
		if svg, err := Draw(none, Options{}); !errors.Is(err, ErrNone) {
			t.Errorf("%v: %v %s", none, err, svg)
		}
	}
}

// TestRange draws numbers of every size, all the same, and more than are shown.
func TestRange(t *testing.T) {
	for _, kind := range []string{"bar", "line"} {
		for _, list := range [][]float64{{0}, {5, 5}, {-1, -2}, {math.MaxFloat64, -math.MaxFloat64},
			{math.SmallestNonzeroFloat64, 0}, make([]float64, 600)} {
			table := Table{Columns: []string{"name", "n"}}
			for i, x := range list {
				table.Rows = append(table.Rows, []string{fmt.Sprint("row ", i), strconv.FormatFloat(x, 'g', -1, 64)})
			}
			svg, err := Draw(table, Options{Kind: kind})
			if err != nil {
				t.Fatal(err)
			}
			texts, count := parsed(t, svg)
			most := map[string]int{"bar": maxBars, "line": maxPoints}[kind]
			if n := max(count["circle"], count["rect"]-1); n != min(len(list), most) {
				t.Errorf("%s of %d: %d marks", kind, len(list), n)
			}
			if part := fmt.Sprintf("%d / 600", most); strings.Contains(texts, part) != (len(list) == 600) {
				t.Errorf("%s of %d says %q", kind, len(list), texts)
			}
		}
	}
}

// TestWritten writes numbers for people.
func TestWritten(t *testing.T) {
	for in, want := range map[float64]string{0: "0", 1: "1", -1234: "-1,234", 999.5: "999.5",
		1234567.891: "1,234,567.89", 1e20: "1e+20", -100000: "-100,000", 0.00001: "1e-05", 0.25: "0.25"} {
		if got := written(in); got != want {
			t.Errorf("written(%v) = %q, want %q", in, got, want)
		}
	}
}
