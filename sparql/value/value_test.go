package value

import (
	"cmp"
	"slices"
	"testing"

	"fincat/vocab/term"
)

// lit reads a test literal: 'text', 'text'@tag or a lexical form and the local
// name of an XSD type, such as "1.5 decimal".
func typed(lex, name string) Value { return Of(term.NewLiteral(lex, xsd+name)) }

func str(s string) Value { return Of(term.NewString(s)) }

func lang(s, tag string) Value { return Of(term.NewLangString(s, tag)) }

func iri(s string) Value { return Of(term.NewIRI(s)) }

func show(v Value) string {
	if v.IsError() {
		return "error"
	}
	return v.Term().String()
}

func TestArithmetic(t *testing.T) {
	tests := []struct {
		a    Value
		op   byte
		b    Value
		want Value
	}{
		{typed("1", "integer"), '+', typed("2", "byte"), typed("3", "integer")},
		{typed("9223372036854775807", "integer"), '+', typed("1", "integer"), typed("9223372036854775808", "integer")},
		{
			typed("-9223372036854775808", "integer"),
			'-',
			typed("1", "integer"),
			typed("-9223372036854775809", "integer"),
		},
		{
			typed("4294967296", "integer"),
			'*',
			typed("4294967296", "integer"),
			typed("18446744073709551616", "integer"),
		},
		{
			typed("18446744073709551616", "integer"),
			'-',
			typed("18446744073709551615", "integer"),
			typed("1", "integer"),
		},
		{typed("1", "integer"), '/', typed("4", "integer"), typed("0.25", "decimal")},
		{typed("6", "integer"), '/', typed("2", "integer"), typed("3", "decimal")},
		{typed("1", "integer"), '/', typed("0", "integer"), Value{}},
		{typed("1", "double"), '/', typed("0", "integer"), typed("INF", "double")},
		{typed("0.1", "decimal"), '+', typed("0.2", "decimal"), typed("0.3", "decimal")},
		{typed("1.10", "decimal"), '*', typed("2", "integer"), typed("2.2", "decimal")},
		{typed("1.5", "decimal"), '+', typed("1", "float"), typed("2.5E0", "float")},
		{typed("1", "float"), '+', typed("1", "double"), typed("2.0E0", "double")},
		{str("1"), '+', typed("1", "integer"), Value{}},
		{typed("x", "integer"), '+', typed("1", "integer"), Value{}},
		{typed("300", "byte"), '+', typed("1", "integer"), Value{}},
		{typed("2020-01-31", "date"), '+', typed("P1M", "yearMonthDuration"), typed("2020-02-29", "date")},
		{
			typed("2000-10-30T11:12:00", "dateTime"),
			'-',
			typed("1999-11-28T09:00:00", "dateTime"),
			typed("P337DT2H12M", "dayTimeDuration"),
		},
		{
			typed("2000-12-31T23:30:00Z", "dateTime"),
			'+',
			typed("PT1H0.5S", "dayTimeDuration"),
			typed("2001-01-01T00:30:00.5Z", "dateTime"),
		},
		{typed("P1D", "dayTimeDuration"), '*', typed("1.5", "decimal"), typed("P1DT12H", "dayTimeDuration")},
		{typed("P1D", "dayTimeDuration"), '/', typed("PT6H", "dayTimeDuration"), typed("4", "decimal")},
		{typed("2020-01-01", "date"), '-', typed("2020-01-01Z", "date"), Value{}},
	}
	for _, tt := range tests {
		got := arithmetic(tt.op, tt.a, tt.b)
		if show(got) != show(tt.want) {
			t.Errorf("%s %c %s = %s, want %s", show(tt.a), tt.op, show(tt.b), show(got), show(tt.want))
		}
	}
}

func TestCanonicalForms(t *testing.T) {
	tests := []struct {
		got  Value
		want string
	}{
		{Double(1), "1.0E0"}, {Double(-0.00012), "-1.2E-4"}, {Double(123456789), "1.23456789E8"},
		{floatValue(0.1), "1.0E-1"}, {Double(0), "0.0E0"}, {castDecimal(str(" 1.500 ")), "1.5"},
		{castDecimal(str("-0.0")), "0"}, {castDecimal(typed("1e20", "double")), "100000000000000000000"},
		{castInteger(typed("-7.9", "decimal")), "-7"}, {castInteger(typed("1e20", "double")), "100000000000000000000"},
		{
			castString(typed("1e0", "double")),
			"1",
		}, {castString(typed("1e7", "double")), "1.0E7"}, {castString(typed("01", "integer")), "1"},
		{
			castString(iri("http://e/")),
			"http://e/",
		}, {castBoolean(str(" 1 ")), "true"}, {castBoolean(typed("NaN", "double")), "false"},
		{castTemporal(typed("2020-02-03T04:05:06+08:00", "dateTime"), "date"), "2020-02-03+08:00"},
		{castTemporal(typed("2020-02-03", "date"), "dateTime"), "2020-02-03T00:00:00"},
		{castTemporal(typed("2020-02-03T24:00:00", "dateTime"), "dateTime"), "2020-02-04T00:00:00"},
		{castTemporal(str("-0044-03-15"), "date"), "-0044-03-15"},
		{
			castDuration(str("P13M"), "yearMonthDuration"),
			"P1Y1M",
		}, {castDuration(str("-PT36H1.50S"), "dayTimeDuration"), "-P1DT12H1.5S"},
		{
			fnCeil(typed("-1.5", "decimal")),
			"-1",
		}, {fnFloor(typed("-1.5", "decimal")), "-2"}, {fnRound(typed("2.5", "decimal")), "3"},
		{
			fnRound(typed("-2.5", "decimal")),
			"-2",
		}, {fnRound(typed("-2.5", "double")), "-2.0E0"}, {fnRound(typed("0.49999999999999994", "double")), "0.0E0"},
		{
			fnAbs(typed("-9223372036854775808", "integer")),
			"9223372036854775808",
		}, {negate(typed("-9223372036854775808", "integer")), "9223372036854775808"},
	}
	for i, tt := range tests {
		if got := tt.got.text(); got != tt.want {
			t.Errorf("%d: lexical form = %q, want %q", i, got, tt.want)
		}
	}
}

func TestIllTyped(t *testing.T) {
	tests := []struct{ lex, name string }{
		{
			"",
			"integer",
		},
		{"+", "integer"},
		{"1.0", "integer"},
		{" 1", "integer"},
		{"128", "byte"},
		{"0", "positiveInteger"},
		{"1e1", "decimal"},
		{".", "decimal"},
		{
			"inf",
			"double",
		}, {"0x1p3", "double"}, {"1_000", "double"}, {"TRUE", "boolean"}, {"2020-02-30", "date"}, {"2020-1-1", "date"},
		{
			"2020-01-01T25:00:00",
			"dateTime",
		}, {"2020-01-01T00:00:00+15:00", "dateTime"}, {"20-01-01", "date"}, {"02020-01-01", "date"}, {"P", "duration"},
		{
			"P1YT",
			"duration",
		},
		{"P1M1Y", "duration"},
		{"P1D", "yearMonthDuration"},
		{"P1M", "dayTimeDuration"},
		{"PT1.S", "duration"},
		{"24:01:00", "time"},
		{"2020-01-01T00:00:00", "dateTimeStamp"},
	}
	for _, tt := range tests {
		if v := typed(tt.lex, tt.name); v.kind != kIll {
			t.Errorf("%q^^xsd:%s is taken as valid", tt.lex, tt.name)
		}
	}
}

func TestEqualAndLess(t *testing.T) {
	lessThan := func(a, b Value) Value { return less(a, b, func(c int) bool { return c < 0 }) }
	tests := []struct {
		a, b     Value
		eq, less string // "true", "false" or "error"
	}{
		{typed("1", "integer"), typed("1.0", "decimal"), "true", "false"},
		{typed("1", "integer"), typed("2e0", "double"), "false", "true"},
		{typed("NaN", "double"), typed("NaN", "double"), "false", "false"},
		{str("a"), str("b"), "false", "true"},
		{str("a"), lang("a", "en"), "false", "error"},
		{lang("a", "en"), lang("a", "EN"), "true", "error"},
		{str("1"), typed("1", "integer"), "false", "error"},
		{typed("a", "integer"), typed("1", "integer"), "error", "error"},
		{typed("a", "integer"), typed("a", "integer"), "true", "error"},
		{Of(term.NewLiteral("a", "http://e/t")), str("a"), "error", "error"},
		{Of(term.NewLiteral("a", "http://e/t")), iri("http://e/"), "false", "error"},
		{typed("true", "boolean"), typed("1", "boolean"), "true", "false"},
		{typed("2020-01-01T00:00:00Z", "dateTime"), typed("2020-01-01T08:00:00+08:00", "dateTime"), "true", "false"},
		{typed("2020-01-01T00:00:00Z", "dateTime"), typed("2020-01-01T08:00:00", "dateTime"), "error", "error"},
		{typed("2020-01-01T00:00:00Z", "dateTime"), typed("2020-01-03T08:00:00", "dateTime"), "false", "true"},
		{typed("2020-01-01", "date"), typed("2020-01-02", "date"), "false", "true"},
		{typed("P1Y", "duration"), typed("P12M", "yearMonthDuration"), "true", "false"},
		{typed("P1M", "duration"), typed("P30D", "duration"), "false", "error"},
		{iri("http://e/a"), iri("http://e/b"), "false", "error"},
		{Value{}, str("a"), "error", "error"},
	}
	name := func(v Value) string {
		if v.IsError() {
			return "error"
		}
		return v.text()
	}
	for _, tt := range tests {
		if got := name(Equal(tt.a, tt.b)); got != tt.eq {
			t.Errorf("%s = %s is %s, want %s", show(tt.a), show(tt.b), got, tt.eq)
		}
		if got := name(Equal(tt.b, tt.a)); got != tt.eq {
			t.Errorf("%s = %s is %s, want %s", show(tt.b), show(tt.a), got, tt.eq)
		}
		if got := name(lessThan(tt.a, tt.b)); got != tt.less {
			t.Errorf("%s < %s is %s, want %s", show(tt.a), show(tt.b), got, tt.less)
		}
	}
}

// TestCompareOrder asserts that the order is total on a list given in order,
// apart from neighbours of equal value.
func TestCompareOrder(t *testing.T) {
	tt := func(o Value) Value {
		return Of(
			term.NewTripleTerm(term.Triple{Subject: term.NewIRI("s"), Predicate: term.NewIRI("p"), Object: o.Term()}),
		)
	}
	groups := [][]Value{
		{{}}, {Of(term.NewBlankNode("a"))}, {Of(term.NewBlankNode("b"))}, {iri("http://e/a")}, {iri("http://e/b")},
		{str("a")}, {lang("a", "en")}, {lang("a", "zh")}, {str("b")},
		{
			typed("NaN", "double"),
		},
		{typed("-INF", "double")},
		{typed("-1", "integer")},
		{typed("1", "integer"), typed("01.0", "decimal"), typed("1", "double")},
		{typed("1.5", "decimal")}, {typed("9007199254740993", "integer")}, {typed("INF", "float")},
		{
			typed("2020-01-01T00:00:00Z", "dateTime"),
			typed("2020-01-01T08:00:00+08:00", "dateTime"),
			typed("2020-01-01T00:00:00", "dateTime"),
		},
		{typed("2020-01-02T00:00:00", "dateTime")}, {typed("2020-01-01", "date")},
		{Of(term.NewLiteral("a", "http://e/t"))}, {tt(typed("-1", "integer"))}, {tt(typed("2", "integer"))},
	}
	for i, g := range groups {
		for j, h := range groups {
			for _, a := range g {
				for _, b := range h {
					if got, want := CompareOrder(a, b), cmp.Compare(i, j); got != want {
						t.Errorf("CompareOrder(%s, %s) = %d, want %d", show(a), show(b), got, want)
					}
				}
			}
		}
	}
	if !slices.IsSortedFunc(groups[0], CompareOrder) {
		t.Error("no value is not equal to itself")
	}
}

func TestEBV(t *testing.T) {
	tests := []struct {
		in   Value
		want string
	}{
		{
			str(""),
			"false",
		}, {str("false"), "true"}, {typed("0", "integer"), "false"}, {typed("0.0", "decimal"), "false"},
		{
			typed("NaN", "float"),
			"false",
		}, {typed("-1", "short"), "true"}, {typed("z", "boolean"), "error"}, {lang("a", "en"), "error"},
		{iri("http://e/"), "error"}, {typed("2020-01-01", "date"), "error"}, {Value{}, "error"},
	}
	for _, tt := range tests {
		got := "error"
		if v := tt.in.EBV(); !v.IsError() {
			got = v.text()
		}
		if got != tt.want {
			t.Errorf("EBV(%s) = %s, want %s", show(tt.in), got, tt.want)
		}
	}
}

// TestKey asserts that what is equal has one key, and that few other pairs have.
func TestKey(t *testing.T) {
	var all []Value
	for name, list := range map[string][]string{
		"integer": {"0", "-0", "7", "+07", "16777217", "9007199254740993", "123456789012345678901234567890"},
		"decimal": {"0.0", "7.00", "0.1", "16777217.0", "9007199254740993.0", "123456789012345678901234567890.5"},
		"double":  {"0", "-0", "7e0", "0.1", "16777217", "9007199254740992", "INF", "NaN", "1.2345678901234568e29"},
		"float":   {"-0", "7", "0.1", "16777216", "9007199254740993", "INF", "NaN", "1.2345679e29"},
		"boolean": {"true", "1", "false", "0"}, "string": {"", "a", "0", "true"}, "nothing": {"0", "a"},
		"dateTime": {"2026-01-02T00:00:00Z", "2026-01-02T08:00:00+08:00", "2026-01-02T00:00:00", "2026-01-01T24:00:00",
			"2026-01-02T00:00:00.5Z"},
		"date": {"2026-01-02", "2026-01-02Z", "2026-01-02+08:00", "2026-02-30"}, "gYear": {"2026", "2026Z"},
		"time":     {"00:00:00Z", "08:00:00+08:00", "24:00:00Z"},
		"duration": {"P1D", "PT24H", "P1M", "P30D", "P1Y", "P12M"}, "dayTimeDuration": {"PT24H"},
		"yearMonthDuration": {"P12M"},
	} {
		for _, lex := range list {
			all = append(all, typed(lex, name))
		}
	}
	all = append(append(all, pool()...), lang("a", "en"), lang("a", "EN"), str("a"))
	same, equal := 0, 0
	for _, a := range all {
		for _, b := range all {
			k := a.Key().Term() == b.Key().Term()
			if e := Equal(a, b); !e.IsError() && e.num == 1 {
				if equal++; !k {
					t.Errorf("%s and %s are equal, their keys %s and %s are not", show(a), show(b), show(a.Key()),
						show(b.Key()))
				}
			}
			if k {
				same++
			}
		}
	}
	if equal < len(all) || same > 2*equal {
		t.Errorf("%d pairs of %d values are equal, %d have one key", equal, len(all), same)
	}
}
