package main

import (
	"fmt"
	"go/scanner"
	"go/token"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// maxColumns is how long a line of Go may be, a tab counted as tabColumns.
const (
	maxColumns = 119
	tabColumns = 4
)

// longLines counts, by file, the lines that may be longer because they hold one
// piece of data that cannot be broken, such as an address. Lines within a raw
// string of several lines are data too and need not be listed.
var longLines = map[string]int{
	"cmd/fincat/demo_test.go":             4,
	"cmd/fincat/kill_test.go":             1,
	"cmd/fincat/large_harvest_test.go":    5,
	"cmd/fincat/peers_test.go":            1,
	"harvest/feed/entry_test.go":          2,
	"harvest/fetch/crawl_test.go":         1,
	"harvest/fetch/guard_test.go":         1,
	"harvest/halved_test.go":              9,
	"harvest/hostile_test.go":             7,
	"harvest/identity_test.go":            2,
	"harvest/progress_test.go":            1,
	"harvest/source/badcharacter_test.go": 1,
	"harvest/source/lossless_test.go":     3,
	"harvest/source/mapping_test.go":      6,
	"harvest/source/oaipmh_test.go":       1,
	"harvest/source/openapi_test.go":      2,
	"harvest/source/stream_test.go":       3,
	"vocab/dcat/dcat_test.go":             2,
	"vocab/jsonld/api_test.go":            1,
	"vocab/jsonld/contexts_test.go":       2,
	"vocab/jsonld/jsonld_test.go":         1,
	"vocab/rdfhtml/rdfhtml_test.go":       14,
	"vocab/rdfio/example_test.go":         1,
	"vocab/rdfio/knakk_test.go":           1,
	"vocab/w3ctest/suite_test.go":         1,
}

// TestLineLengths asks of every Go file that its lines be short.
func TestLineLengths(t *testing.T) {
	files := map[string]bool{}
	for _, f := range moduleFiles(t) {
		files[f.path] = true
		src, err := os.ReadFile("../../" + f.path)
		if err != nil {
			t.Fatal(err)
		}
		long := overlongLines(src)
		if len(long) == longLines[f.path] {
			continue
		}
		t.Errorf("%s has %d lines of more than %d columns, want %d: %s",
			f.path, len(long), maxColumns, longLines[f.path], strings.Trim(fmt.Sprint(long), "[]"))
	}
	for _, path := range slices.Sorted(maps.Keys(longLines)) {
		if !files[path] {
			t.Errorf("the list of long lines names %s, which is not there", path)
		}
	}
}

// overlongLines returns the numbers of the lines that are too long, save those
// within raw strings of several lines.
func overlongLines(src []byte) []int {
	data := rawStringLines(src)
	var long []int
	for i, line := range strings.Split(string(src), "\n") {
		columns := utf8.RuneCountInString(line) + (tabColumns-1)*strings.Count(line, "\t")
		if columns > maxColumns && !data[i+1] {
			long = append(long, i+1)
		}
	}
	return long
}

// rawStringLines returns the lines that a raw string of several lines covers.
func rawStringLines(src []byte) map[int]bool {
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, 0)
	covered := map[int]bool{}
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return covered
		}
		if n := strings.Count(lit, "\n"); tok == token.STRING && n > 0 {
			for i := range n + 1 {
				covered[file.Line(pos)+i] = true
			}
		}
	}
}

func TestOverlongLines(t *testing.T) {
	long := strings.Repeat("x", maxColumns)
	tests := []struct {
		name, src string
		want      []int
	}{
		{"as long as may be", "package p\n\n// " + long[3:] + "\n", nil},
		{"a comment", "package p\n\n// " + long[2:] + "\n", []int{3}},
		{"tabs", "package p\n\nvar a = b{\n\t" + long[4:] + "{},\n}\n", []int{4}},
		{"wide characters count once", "package p\n\n// " + strings.Repeat("險", maxColumns-3) + "\n", nil},
		{"a string", "package p\n\nvar s = \"" + long + "\"\n", []int{3}},
		{"a raw string on a line", "package p\n\nvar s = `" + long + "`\n", []int{3}},
		{"a raw string of several lines", "package p\n\nvar s = `a\n" + long + "x\n`\n\n// " + long + "\n", []int{7}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := overlongLines([]byte(tt.src)); !slices.Equal(got, tt.want) {
				t.Errorf("overlongLines = %v, want %v", got, tt.want)
			}
		})
	}
}
