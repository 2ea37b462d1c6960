package value

import (
	"strings"
	"testing"
	"time"

	"fincat/vocab/term"
)

// example is a call of a function and what it gives.
type example struct {
	f    Function
	args []Value
	want string // the term, or "error"
}

func args(vs ...Value) []Value { return vs }

func number(lex string) Value { return typed(lex, "integer") }

const (
	yes   = `"true"^^<http://www.w3.org/2001/XMLSchema#boolean>`
	no    = `"false"^^<http://www.w3.org/2001/XMLSchema#boolean>`
	wrong = "error"
)

// xsdTerm writes a literal the way show does.
func xsdTerm(lex, name string) string { return show(typed(lex, name)) }

// examples has at least one call of every function in the table.
func examples() []example {
	moment := typed("2026-03-04T05:06:07.5+08:00", "dateTime")
	triple := Of(term.NewTripleTerm(term.Triple{
		Subject: term.NewIRI("http://e/s"), Predicate: term.NewIRI("http://e/p"), Object: term.NewString("o")}))
	rtl := Of(term.NewDirLangString("a", "ar", term.RTL))
	blank := Of(term.NewBlankNode("b"))
	none := Value{}
	return []example{
		{
			FnOr,
			args(none, Bool(true)),
			yes,
		}, {FnOr, args(none, Bool(false)), wrong}, {FnOr, args(Bool(false), str("")), no},
		{
			FnAnd,
			args(none, Bool(false)),
			no,
		}, {FnAnd, args(none, Bool(true)), wrong}, {FnAnd, args(Bool(true), str("x")), yes},
		{FnNot, args(Bool(true)), no}, {FnNot, args(str("")), yes}, {FnNot, args(iri("http://e/")), wrong},
		{FnEqual, args(number("1"), typed("1.0", "decimal")), yes}, {FnEqual, args(none, number("1")), wrong},
		{FnNotEqual, args(number("1"), number("2")), yes}, {FnNotEqual, args(number("1"), number("1")), no},
		{FnLess, args(number("1"), number("2")), yes}, {FnLess, args(number("2"), number("2")), no},
		{FnGreater, args(number("2"), number("1")), yes}, {FnGreater, args(number("2"), number("2")), no},
		{FnLessEqual, args(number("2"), number("2")), yes}, {FnLessEqual, args(number("3"), number("2")), no},
		{FnGreaterEqual, args(number("2"), number("2")), yes}, {FnGreaterEqual, args(number("1"), number("2")), no},
		{
			FnIn,
			args(number("1")),
			no,
		}, {FnIn, args(number("1"), none, number("1")), yes}, {FnIn, args(number("1"), none), wrong},
		{
			FnIn,
			args(none, number("1")),
			wrong,
		}, {FnNotIn, args(number("1"), number("2")), yes}, {FnNotIn, args(number("1"), none), wrong},
		{FnAdd, args(number("1"), number("2")), xsdTerm("3", "integer")},
		{FnSubtract, args(number("1"), number("2")), xsdTerm("-1", "integer")},
		{FnMultiply, args(number("3"), typed("0.5", "decimal")), xsdTerm("1.5", "decimal")},
		{
			FnDivide,
			args(number("3"), number("2")),
			xsdTerm("1.5", "decimal"),
		}, {FnDivide, args(number("3"), number("0")), wrong},
		{FnPlus, args(number("03")), xsdTerm("3", "integer")}, {FnPlus, args(str("3")), wrong},
		{FnMinus, args(number("3")), xsdTerm("-3", "integer")},

		{FnBound, args(none), no}, {FnBound, args(str("")), yes},
		{FnIf, args(Bool(true), str("a"), none), `"a"`}, {FnIf, args(Bool(false), none, str("b")), `"b"`},
		{FnIf, args(none, str("a"), str("b")), wrong},
		{FnCoalesce, args(none, str("a"), str("b")), `"a"`}, {FnCoalesce, nil, wrong},
		{FnSameTerm, args(number("1"), number("1")), yes}, {FnSameTerm, args(number("1"), number("01")), no},

		{FnIsIRI, args(iri("http://e/")), yes}, {FnIsIRI, args(str("http://e/")), no},
		{FnIsBlank, args(blank), yes}, {FnIsBlank, args(str("b")), no},
		{FnIsLiteral, args(str("")), yes}, {FnIsLiteral, args(triple), no}, {FnIsLiteral, args(blank), no},
		{
			FnIsNumeric,
			args(number("1")),
			yes,
		}, {FnIsNumeric, args(typed("x", "integer")), no}, {FnIsNumeric, args(str("1")), no},
		{FnHasLang, args(lang("a", "en")), yes}, {FnHasLang, args(str("a")), no},
		{FnHasLangDir, args(rtl), yes}, {FnHasLangDir, args(lang("a", "en")), no},
		{
			FnStr,
			args(number("01")),
			`"01"`,
		}, {FnStr, args(iri("http://e/")), `"http://e/"`}, {FnStr, args(blank), wrong},
		{FnLang, args(lang("a", "en")), `"en"`}, {FnLang, args(number("1")), `""`}, {FnLang, args(blank), wrong},
		{FnLangDir, args(rtl), `"rtl"`}, {FnLangDir, args(str("a")), `""`}, {FnLangDir, args(iri("http://e/")), wrong},
		{
			FnDatatype,
			args(number("1")),
			"<http://www.w3.org/2001/XMLSchema#integer>",
		}, {FnDatatype, args(blank), wrong},
		{
			FnIRI,
			args(str("x")),
			"<http://base/x>",
		}, {FnIRI, args(iri("http://e/")), "<http://e/>"}, {FnIRI, args(number("1")), wrong},
		{FnBNode, nil, "_:fresh"}, {FnBNode, args(str("l")), "_:of-l"}, {FnBNode, args(number("1")), wrong},
		{
			FnStrDT,
			args(str("1"), iri(xsd+"integer")),
			xsdTerm("1", "integer"),
		}, {FnStrDT, args(number("1"), iri(xsd+"integer")), wrong},
		{FnStrLang, args(str("a"), str("en")), `"a"@en`}, {FnStrLang, args(str("a"), str("")), wrong},
		{
			FnStrLangDir,
			args(str("a"), str("ar"), str("rtl")),
			`"a"@ar--rtl`,
		}, {FnStrLangDir, args(str("a"), str("ar"), str("x")), wrong},

		{FnStrLen, args(str("保險")), xsdTerm("2", "integer")}, {FnStrLen, args(number("1")), wrong},
		{
			FnSubstr,
			args(str("abc"), number("2")),
			`"bc"`,
		}, {FnSubstr, args(lang("abc", "en"), number("1"), number("2")), `"ab"@en`},
		{
			FnUCase,
			args(lang("straße", "de")),
			`"STRASSE"@de`,
		}, {FnLCase, args(str("ÄB")), `"äb"`}, {FnUCase, args(number("1")), wrong},
		{FnStrStarts, args(str("abc"), str("ab")), yes}, {FnStrStarts, args(str("abc"), str("bc")), no},
		{FnStrStarts, args(str("abc"), lang("a", "en")), wrong},
		{FnStrEnds, args(str("abc"), str("bc")), yes}, {FnStrEnds, args(str("abc"), str("ab")), no},
		{FnContains, args(lang("abc", "en"), str("b")), yes}, {FnContains, args(str("abc"), str("d")), no},
		{
			FnStrBefore,
			args(lang("abc", "en"), str("b")),
			`"a"@en`,
		}, {FnStrBefore, args(lang("abc", "en"), str("x")), `""`},
		{FnStrAfter, args(str("abc"), str("b")), `"c"`}, {FnStrAfter, args(str("abc"), str("x")), `""`},
		{FnEncodeForURI, args(str("a b")), `"a%20b"`}, {FnEncodeForURI, args(iri("http://e/")), wrong},
		{
			FnConcat,
			nil,
			`""`,
		},
		{FnConcat, args(lang("a", "en"), lang("b", "en")), `"ab"@en`},
		{FnConcat, args(str("a"), number("1")), wrong},
		{FnLangMatches, args(str("en-GB"), str("en")), yes}, {FnLangMatches, args(str("en"), str("de")), no},
		{
			FnRegex,
			args(str("abc"), str("B"), str("i")),
			yes,
		}, {FnRegex, args(str("abc"), str("B")), no}, {FnRegex, args(str("a"), str("(")), wrong},
		{
			FnReplace,
			args(str("abc"), str("b"), str("x")),
			`"axc"`,
		}, {FnReplace, args(str("abc"), str("B"), str("x"), str("i")), `"axc"`},

		{FnAbs, args(number("-1")), xsdTerm("1", "integer")}, {FnAbs, args(str("1")), wrong},
		{
			FnRound,
			args(typed("1.5", "decimal")),
			xsdTerm("2", "decimal"),
		}, {FnCeil, args(typed("1.2", "decimal")), xsdTerm("2", "decimal")},
		{FnFloor, args(typed("1.8", "decimal")), xsdTerm("1", "decimal")},
		{FnNow, nil, xsdTerm("2026-01-02T03:04:05Z", "dateTime")},
		{FnYear, args(moment), xsdTerm("2026", "integer")}, {FnMonth, args(moment), xsdTerm("3", "integer")},
		{FnDay, args(moment), xsdTerm("4", "integer")}, {FnHours, args(moment), xsdTerm("5", "integer")},
		{FnMinutes, args(moment), xsdTerm("6", "integer")}, {FnSeconds, args(moment), xsdTerm("7.5", "decimal")},
		{FnYear, args(str("2026")), wrong}, {FnHours, args(typed("2026-01-01", "date")), wrong},
		{FnTimezone, args(moment), xsdTerm("PT8H", "dayTimeDuration")}, {FnTimezone, args(str("")), wrong},
		{FnTZ, args(moment), `"+08:00"`}, {FnTZ, args(number("1")), wrong},

		{FnMD5, args(str("")), `"d41d8cd98f00b204e9800998ecf8427e"`},
		{FnSHA1, args(str("")), `"da39a3ee5e6b4b0d3255bfef95601890afd80709"`},
		{FnSHA256, args(str("")), `"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`},
		{
			FnSHA384,
			args(str("")),
			`"38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"`,
		},
		{FnSHA512, args(str("")), `"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce` +
			`47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"`},

		{
			FnTriple,
			args(iri("http://e/s"), iri("http://e/p"), str("o")),
			show(triple),
		}, {FnTriple, args(str("s"), iri("http://e/p"), str("o")), wrong},
		{FnIsTriple, args(triple), yes}, {FnIsTriple, args(str("")), no}, {FnSubject, args(triple), "<http://e/s>"},
		{FnPredicate, args(triple), "<http://e/p>"}, {FnObject, args(triple), `"o"`}, {FnObject, args(str("")), wrong},

		{FnKey, args(iri("http://e/s")), "<http://e/s>"}, {FnClass, args(str("a")), xsdTerm("4", "integer")},
		{FnToString, args(number("01")), `"1"`}, {FnToString, args(blank), wrong},
		{FnToBoolean, args(str("1")), yes}, {FnToBoolean, args(str("x")), wrong},
		{FnToInteger, args(typed("1.9", "decimal")), xsdTerm("1", "integer")}, {FnToInteger, args(str("1.9")), wrong},
		{
			FnToDecimal,
			args(str("1.50")),
			xsdTerm("1.5", "decimal"),
		}, {FnToFloat, args(str("1")), xsdTerm("1.0E0", "float")},
		{FnToDouble, args(Bool(true)), xsdTerm("1.0E0", "double")}, {FnToDouble, args(iri("http://e/")), wrong},
		{FnToDateTime, args(typed("2026-01-02", "date")), xsdTerm("2026-01-02T00:00:00", "dateTime")},
		{
			FnToDate,
			args(moment),
			xsdTerm("2026-03-04+08:00", "date"),
		}, {FnToTime, args(moment), xsdTerm("05:06:07.5+08:00", "time")},
		{
			FnToGYear,
			args(moment),
			xsdTerm("2026+08:00", "gYear"),
		}, {FnToGYearMonth, args(moment), xsdTerm("2026-03+08:00", "gYearMonth")},
		{
			FnToGMonth,
			args(moment),
			xsdTerm("--03+08:00", "gMonth"),
		}, {FnToGMonthDay, args(moment), xsdTerm("--03-04+08:00", "gMonthDay")},
		{
			FnToGDay,
			args(moment),
			xsdTerm("---04+08:00", "gDay"),
		}, {FnToDuration, args(str("P1Y")), xsdTerm("P1Y", "duration")},
		{FnToDayTimeDuration, args(str("PT24H")), xsdTerm("P1D", "dayTimeDuration")},
		{FnToYearMonthDuration, args(str("P12M")), xsdTerm("P1Y", "yearMonthDuration")},
		{
			FnToLong,
			args(str("9223372036854775807")),
			xsdTerm("9223372036854775807", "long"),
		}, {FnToLong, args(str("9223372036854775808")), wrong},
		{FnToInt, args(str("2147483647")), xsdTerm("2147483647", "int")}, {FnToInt, args(str("2147483648")), wrong},
		{FnToShort, args(str("-32768")), xsdTerm("-32768", "short")}, {FnToShort, args(str("-32769")), wrong},
		{FnToByte, args(number("127")), xsdTerm("127", "byte")}, {FnToByte, args(number("128")), wrong},
		{FnToUnsignedLong, args(str("18446744073709551615")), xsdTerm("18446744073709551615", "unsignedLong")},
		{FnToUnsignedLong, args(str("18446744073709551616")), wrong},
		{
			FnToUnsignedInt,
			args(str("4294967295")),
			xsdTerm("4294967295", "unsignedInt"),
		}, {FnToUnsignedInt, args(str("4294967296")), wrong},
		{
			FnToUnsignedShort,
			args(str("65535")),
			xsdTerm("65535", "unsignedShort"),
		}, {FnToUnsignedShort, args(str("65536")), wrong},
		{
			FnToUnsignedByte,
			args(str("255")),
			xsdTerm("255", "unsignedByte"),
		}, {FnToUnsignedByte, args(str("-1")), wrong},
		{
			FnToNonNegativeInteger,
			args(str("0")),
			xsdTerm("0", "nonNegativeInteger"),
		}, {FnToNonNegativeInteger, args(str("-1")), wrong},
		{
			FnToPositiveInteger,
			args(str("1")),
			xsdTerm("1", "positiveInteger"),
		}, {FnToPositiveInteger, args(str("0")), wrong},
		{
			FnToNonPositiveInteger,
			args(str("0")),
			xsdTerm("0", "nonPositiveInteger"),
		}, {FnToNonPositiveInteger, args(str("1")), wrong},
		{
			FnToNegativeInteger,
			args(str("-1")),
			xsdTerm("-1", "negativeInteger"),
		}, {FnToNegativeInteger, args(str("0")), wrong},
	}
}

func testScope() *Scope {
	return &Scope{
		Base: "http://base/",
		Now:  time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Blank: func(label string, labelled bool) term.Term {
			if labelled {
				return term.NewBlankNode("of-" + label)
			}
			return term.NewBlankNode("fresh")
		},
	}
}

// TestFunctionTable asserts that the table has no gap: each function has a
// spelling of its own, takes a sensible number of arguments, is computed in one
// way, and has examples whose results are of the kind that it promises.
func TestFunctionTable(t *testing.T) {
	calls := map[Function]int{FnRand: 1, FnUUID: 1, FnStrUUID: 1} // tested below
	for _, x := range examples() {
		calls[x.f]++
		least, most := x.f.Arity()
		if len(x.args) < least || len(x.args) > most {
			t.Errorf("example %v has %d arguments, %v takes %d to %d", x, len(x.args), x.f, least, most)
			continue
		}
		v := x.f.Call(testScope(), x.args...)
		if got := show(v); got != x.want {
			t.Errorf("%v%v = %s, want %s", x.f, x.args, got, x.want)
		}
		if !v.IsError() && !x.f.Result().has(v) {
			t.Errorf("%v gives %s, which is not the kind of term in the table", x.f, show(v))
		}
	}
	spelled := map[string]Function{}
	for f := Function(1); f < functionEnd; f++ {
		row := functions[f]
		// Unary and binary + and - are spelled alike.
		key := strings.ToUpper(row.name)
		if f == FnPlus || f == FnMinus {
			key = "unary " + key
		}
		if spelled[key] != 0 || row.name == "" {
			t.Errorf("function %d is spelled %q like %d", f, row.name, spelled[key])
		}
		spelled[key] = f
		if row.least < 0 || row.most < row.least || row.most == 0 && row.least != 0 {
			t.Errorf("%v takes from %d to %d arguments", f, row.least, row.most)
		}
		if (row.form == nil) == (row.strict == nil) {
			t.Errorf("%v is not computed in one way", f)
		}
		if row.result == 0 {
			t.Errorf("%v has no kind of result", f)
		}
		if calls[f] == 0 {
			t.Errorf("%v has no example", f)
		}
	}
}

// has reports whether a value is of the kind that a function promises.
func (r Result) has(v Value) bool {
	switch r {
	case ResultTerm:
		return true
	case ResultBoolean:
		return v.kind == kBoolean
	case ResultString:
		return v.kind == kString
	case ResultText:
		return v.isText()
	case ResultLiteral:
		return v.isLiteral()
	case ResultInteger:
		return v.kind == kInteger
	case ResultNumber:
		return v.isNumeric()
	case ResultTemporal:
		return v.kind >= kDateTime && v.kind <= kDuration
	case ResultIRI:
		return v.kind == kIRI
	case ResultBlankNode:
		return v.kind == kBlank
	}
	return r == ResultTriple && v.kind == kTriple
}

// pool has terms of every kind of value.
func pool() []Value {
	triple := term.NewTripleTerm(
		term.Triple{Subject: term.NewIRI("s"), Predicate: term.NewIRI("p"), Object: term.NewString("o")},
	)
	return []Value{
		iri("http://e/"),
		Of(term.NewBlankNode("b")),
		Of(triple),
		str("a"),
		str(""),
		lang("a", "en"),
		Bool(true),
		number("7"),
		typed(
			"-1.5",
			"decimal",
		),
		typed("1e3", "double"),
		typed("2026-01-02T03:04:05Z", "dateTime"),
		typed("P1D", "dayTimeDuration"),
		typed("x", "integer"),
		Of(term.NewLiteral("a", "http://e/t")),
	}
}

// TestFunctionProperties calls every function with terms of all kinds and holds
// it to what the table says: kind of result, total or not, strict or not.
func TestFunctionProperties(t *testing.T) {
	s := testScope()
	for f := Function(1); f < functionEnd; f++ {
		least, most := f.Arity()
		for n := least; n <= min(most, 3); n++ {
			each(pool(), n, func(a []Value) {
				v := f.Call(s, a...)
				switch {
				case v.IsError() && f.Total():
					t.Errorf("%v%v is an error, and the table says it has a value", f, a)
				case !v.IsError() && !f.Result().has(v):
					t.Errorf("%v%v = %s is not of the kind in the table", f, a, show(v))
				}
				if f.IsForm() {
					return
				}
				for k := range a {
					with := append([]Value(nil), a...)
					with[k] = Value{}
					if v := f.Call(s, with...); !v.IsError() {
						t.Errorf("%v%v = %s although an argument is an error", f, with, show(v))
					}
				}
			})
		}
	}
}

// each calls f with every list of n values.
func each(values []Value, n int, f func(a []Value)) {
	if n == 0 {
		f(nil)
		return
	}
	each(values, n-1, func(a []Value) {
		for _, v := range values {
			f(append(a[:n-1:n-1], v))
		}
	})
}

func TestFunctionsOfChance(t *testing.T) {
	for _, f := range []Function{FnRand, FnUUID, FnStrUUID} {
		a, b := f.Call(testScope()), f.Call(testScope())
		if f.Dependence() != OnChance || show(a) == show(b) || !f.Result().has(a) {
			t.Errorf("%v gives %s and %s", f, show(a), show(b))
		}
	}
	if u := FnStrUUID.Call(nil).text(); len(u) != 36 || u[14] != '4' || !strings.ContainsRune("89ab", rune(u[19])) {
		t.Errorf("STRUUID = %q is no UUID of version 4", u)
	}
	if u := FnUUID.Call(nil).text(); !strings.HasPrefix(u, "urn:uuid:") {
		t.Errorf("UUID = %q", u)
	}
}

func TestByKeyword(t *testing.T) {
	tests := []struct {
		word string
		want Function
	}{
		{
			"regex",
			FnRegex,
		}, {"URI", FnIRI}, {"isUri", FnIsIRI}, {"encode_for_uri", FnEncodeForURI}, {"bound", FnBound}, {"", 0},
		{"+", 0}, {"IN", 0}, {"NOT IN", 0}, {"COUNT", 0}, {xsd + "integer", 0},
	}
	for _, tt := range tests {
		if got := ByKeyword(tt.word); got != tt.want {
			t.Errorf("ByKeyword(%q) = %v, want %v", tt.word, got, tt.want)
		}
	}
	casts := map[string]Function{
		xsd + "integer": FnToInteger, xsd + "gDay": FnToGDay, xsd + "anyURI": 0, "integer": 0, "": 0,
	}
	for iri, want := range casts {
		if got := CastTo(iri); got != want {
			t.Errorf("CastTo(%q) = %v, want %v", iri, got, want)
		}
	}
	for a := AggCount; a < aggregatorEnd; a++ {
		if got := AggregatorByKeyword(strings.ToLower(a.String())); got != a || a.Start("") == nil {
			t.Errorf("AggregatorByKeyword(%q) = %v", a, got)
		}
	}
	if got := AggregatorByKeyword("") + AggregatorByKeyword("MEDIAN"); got != 0 {
		t.Errorf("a set function without a name or with one that does not exist is %v", got)
	}
}
