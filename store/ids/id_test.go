package ids

import (
	"slices"
	"strconv"
	"testing"

	"fincat/vocab/term"
)

func TestInline(t *testing.T) {
	tests := []struct {
		datatype string
		inline   []string // in ascending order
		not      []string
	}{
		{"string", []string{"", "a", "a\x00", "ab", "金融", "金融a"}, []string{"12345678", "金融業"}},
		{
			"integer",
			[]string{"-36028797018963968", "-10", "-1", "0", "1", "9", "10", "36028797018963967"},
			[]string{"01", "+1", "-0", "", "-", "36028797018963968", " 1", "1.0"},
		},
		{"nonNegativeInteger", []string{"0", "7"}, []string{"007"}},
		{
			"decimal",
			[]string{"-1.5", "-0.000001", "0", "0.0", "0.5", "0.50", "1", "1.0", "1.05", "1.1", "25.0331", "121.5654"},
			[]string{"1.", ".5", "-0", "-0.0", "01.0", "+1.0", "0.0000001", "123456789012.0", "1e3"},
		},
		{
			"double",
			[]string{"-INF", "-1.5E3", "-1.0E0", "0.0E0", "2.5E-1", "1.0E0", "1.5E0", "1.0E1", "INF"},
			[]string{
				"1",
				"1.0",
				"1e0",
				"NaN",
				"-0.0E0",
				"1.0E00",
				"+INF",
				"0x1p3",
				"Inf",
				"Infinity",
				"1.0E-3",
				"1.2345678901234567E0",
			},
		},
		{"boolean", []string{"false", "true"}, []string{"0", "1", "True"}},
		{
			"date",
			[]string{
				"0001-01-01",
				"1999-12-31",
				"2024-02-29+08:00",
				"2024-02-29",
				"2024-02-29Z",
				"2024-02-29-05:30",
				"9999-12-31",
			},
			[]string{
				"2023-02-29",
				"0000-01-01",
				"-0001-01-01",
				"2024-2-1",
				"2024-01-01+00:00Z",
				"2024-01-01-00:00",
				"2024-01-01+14:01",
				"10000-01-01",
			},
		},
		{
			"dateTime",
			[]string{
				"0001-01-01T00:00:00",
				"2024-01-01T00:00:00+08:00",
				"2024-01-01T00:00:00",
				"2024-01-01T00:00:00Z",
				"2024-01-01T00:00:00.001Z",
				"2024-01-01T00:00:00.5Z",
				"9999-12-31T23:59:59.999-14:00",
			},
			[]string{
				"2024-01-01T24:00:00Z",
				"2024-01-01T00:00:00.0Z",
				"2024-01-01T00:00:00.50Z",
				"2024-01-01T00:00:00.1234Z",
				"2024-01-01T00:00:60Z",
				"2024-01-01 00:00:00",
				"2024-01-01T00:00:00.",
			},
		},
		{"gYear", []string{"0001", "2024", "2024Z", "9999"}, []string{"0000", "24", "-2024", "12024"}},
		{"gYearMonth", []string{"2023-12", "2024-01", "2024-01+08:00"}, []string{"2024-13", "2024-1", "2024"}},
		{"duration", nil, []string{"P1D"}},
	}
	for _, tt := range tests {
		t.Run(tt.datatype, func(t *testing.T) {
			var ids []ID
			for _, v := range tt.inline {
				in := term.NewLiteral(v, xsd+tt.datatype)
				id, ok := Inline(in)
				if !ok {
					t.Errorf("Inline(%v) = false, want an ID", in)
					continue
				}
				if got, ok := id.Inline(); !ok || got != in {
					t.Errorf("Inline of ID of %v = %v, %v", in, got, ok)
				}
				if id.Kind() != term.Literal || id >= FirstLocal {
					t.Errorf("Kind of ID of %v = %v", in, id.Kind())
				}
				ids = append(ids, id)
			}
			if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
				t.Errorf("IDs of %q are %x, want ascending", tt.inline, ids)
			}
			for _, v := range tt.not {
				if id, ok := Inline(term.NewLiteral(v, xsd+tt.datatype)); ok {
					got, _ := id.Inline()
					t.Errorf("Inline(%q) reads back as %v, want no inline ID", v, got)
				}
			}
		})
	}
}

func FuzzInline(f *testing.F) {
	values := []string{"1", "-1.50", "1.5E10", "true", "2024-02-29+08:00",
		"2024-01-01T00:00:00.123Z", "2024-05", "INF"}
	for _, v := range values {
		f.Add(v, "decimal")
	}
	names := append(
		slices.Clone(integerTypes[:]),
		"string",
		"boolean",
		"decimal",
		"double",
		"date",
		"dateTime",
		"gYear",
		"gYearMonth",
	)
	f.Fuzz(func(t *testing.T, v, name string) {
		for _, name := range append(names, name) {
			in := term.NewLiteral(v, xsd+name)
			id, ok := Inline(in)
			if !ok {
				continue
			}
			if got, ok := id.Inline(); !ok || got != in {
				t.Errorf("%v reads back as %v, %v", in, got, ok)
			}
		}
	})
}

// TestInteger reads integers from their IDs, and nothing from those of other terms.
func TestInteger(t *testing.T) {
	for _, n := range []int64{-integerBias, -10, -1, 0, 1, 9, 10, integerBias - 1} {
		id, ok := Inline(term.NewLiteral(strconv.FormatInt(n, 10), xsd+"integer"))
		if got, is := id.Integer(); !ok || !is || got != n {
			t.Errorf("Integer of the ID of %d = %d, %v", n, got, is)
		}
	}
	others := []ID{Any, DefaultGraph, FirstLocal, FirstLocal + 5, New(TagLiteral, 7), New(tagDecimal, 7)}
	for _, name := range integerTypes[1:] {
		for _, v := range []string{"0", "7", "-7"} {
			id, ok := Inline(term.NewLiteral(v, xsd+name))
			if !ok {
				t.Fatalf("Inline(%q, %s) = false", v, name)
			}
			others = append(others, id)
		}
	}
	for _, id := range others {
		if n, ok := id.Integer(); ok {
			t.Errorf("Integer of ID %#x = %d, want none", uint64(id), n)
		}
	}
}
