package saved

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"fincat/harvest/document"
	"fincat/sparql/syntax"
	"fincat/vocab"
	"fincat/vocab/term"
)

// Parameter is a variable of a query that gets its value when the query is asked.
type Parameter struct {
	Name     string // of the URL parameter
	Optional bool   // without a value it is a variable like others
	Datatype string // IRI; "": an IRI is wanted, or a text in a language
	Lang     string // of a text
	Default  string // value where none is given; "": there is none

	variable syntax.Var
}

// IsIRI reports whether the value is an IRI.
func (p Parameter) IsIRI() bool { return p.Datatype == "" && p.Lang == "" }

// Type is what the value is: "iri", a datatype of XML Schema such as "date", or the language of a
// text.
func (p Parameter) Type() string {
	switch {
	case p.Lang != "":
		return p.Lang
	case p.Datatype == "":
		return "iri"
	}
	return p.Datatype[strings.LastIndexByte(p.Datatype, '#')+1:]
}

// maxValue is the length of a value, in bytes, and maxParameters how many a query has.
const (
	maxValue      = 4096
	maxParameters = 20
)

// kinds are the datatypes of values, by the last part of the variable's name, and how they are written.
var kinds = map[string]struct {
	iri    string
	fits   *regexp.Regexp
	layout string // of time
}{
	"string":  {iri: vocab.XSDString, fits: regexp.MustCompile(``)},
	"integer": {iri: vocab.XSDInteger, fits: regexp.MustCompile(`^[+-]?[0-9]+$`)},
	"decimal": {iri: vocab.XSDDecimal, fits: regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$`)},
	"double": {iri: vocab.XSDDouble,
		fits: regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$`)},
	"boolean":  {iri: vocab.XSDBoolean, fits: regexp.MustCompile(`^(true|false|0|1)$`)},
	"gYear":    {iri: vocab.XSDGYear, fits: regexp.MustCompile(`^[0-9]{4}$`)},
	"date":     {iri: vocab.XSDDate, fits: regexp.MustCompile(`^[0-9]{4}-`), layout: time.DateOnly},
	"dateTime": {iri: vocab.XSDDateTime, fits: regexp.MustCompile(`^[0-9]{4}-`), layout: time.RFC3339},
}

// languages are those of texts, by the last part of the variable's name.
var languages = []string{"en", "zh"}

// Protocol are the names of what the address of a saved query can have besides its parameters.
var Protocol = []string{"at", "default-graph-uri", "format", "lang", "named-graph-uri", "timeout"}

// IsProtocol reports whether a name is none of a parameter.
func IsProtocol(name string) bool { return slices.Contains(Protocol, name) }

// taken are the names that parameters cannot have: addresses use them.
var taken = append([]string{"page", "query", "remove", "update"}, Protocol...)

var parameterName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{0,39}$`)

// parameterOf reads the name of a variable that begins with "_".
func parameterOf(v syntax.Var) (p Parameter, err error) {
	p = Parameter{variable: v, Datatype: vocab.XSDString}
	rest := string(v[1:])
	if p.Optional = strings.HasPrefix(rest, "_"); p.Optional {
		rest = rest[1:]
	}
	name, kind, typed := strings.Cut(rest, "_")
	kind = strings.TrimPrefix(kind, "xsd_")
	if !parameterName.MatchString(name) {
		return p, fmt.Errorf("%s: a parameter is written ?_name or ?_name_type, where name is letters and digits", v)
	}
	if slices.Contains(taken, name) {
		return p, fmt.Errorf("%s: %q means something else in addresses: choose another name", v, name)
	}
	p.Name = name
	if !typed {
		return p, nil
	}
	switch k, known := kinds[kind]; {
	case kind == "iri":
		p.Datatype = ""
	case slices.Contains(languages, kind):
		p.Datatype, p.Lang = "", kind
	case known:
		p.Datatype = k.iri
	default:
		return p, fmt.Errorf("%s: there is no type %q; there are iri, %s, and the languages %s", v, kind,
			strings.Join(slices.Sorted(maps.Keys(kinds)), ", "), strings.Join(languages, ", "))
	}
	return p, nil
}

// Parameters returns the parameters of a query by name. The text may give values where none are
// asked for, in lines that begin with "#+" and are YAML together, as grlc reads them:
//
//	#+ defaults:
//	#+   - name: value
func Parameters(text string) ([]Parameter, error) {
	q, err := syntax.ParseQuery(text, syntax.Options{})
	if err != nil {
		return nil, err
	}
	return parameters(text, q)
}

func parameters(text string, q *syntax.Query) ([]Parameter, error) {
	w := walker{seen: map[syntax.Var]bool{}}
	w.query(q)
	if w.err != nil {
		return nil, w.err
	}
	byName := map[string]Parameter{}
	for v := range w.seen {
		p, err := parameterOf(v)
		if err != nil {
			return nil, err
		}
		if other, twice := byName[p.Name]; twice {
			return nil, fmt.Errorf("%s and %s are both the parameter %s: write it in one way",
				min(v, other.variable), max(v, other.variable), p.Name)
		}
		byName[p.Name] = p
	}
	if len(byName) > maxParameters {
		return nil, fmt.Errorf("the query has %d parameters, at most %d are taken", len(byName), maxParameters)
	}
	values, err := defaults(text)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		p, ok := byName[name]
		if !ok {
			return nil, fmt.Errorf("#+ defaults: the query has no parameter %.40q", name)
		}
		p.Default = values[name]
		if _, err := p.term(p.Default); err != nil {
			return nil, fmt.Errorf("#+ defaults: %w", err)
		}
		byName[name] = p
	}
	var out []Parameter
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		out = append(out, byName[name])
	}
	return out, nil
}

// defaults reads the values that a text gives parameters.
func defaults(text string) (map[string]string, error) {
	var lines []string
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "#+"); ok {
			lines = append(lines, strings.TrimPrefix(rest, " "))
		}
	}
	var read struct{ Defaults []map[string]string }
	err := document.DecodeYAML(func() error { return yaml.Unmarshal([]byte(strings.Join(lines, "")), &read) })
	if err != nil {
		return nil, fmt.Errorf("the lines that begin with #+ are no YAML with a list of defaults: %w", err)
	}
	out := map[string]string{}
	for _, one := range read.Defaults {
		maps.Copy(out, one)
	}
	return out, nil
}

// term returns the value that a text stands for.
func (p Parameter) term(text string) (term.Term, error) {
	bad := func(want string) error { return fmt.Errorf("%s=%.60q: want %s", p.Name, text, want) }
	if len(text) > maxValue {
		return term.Term{}, fmt.Errorf("%s has %d bytes, at most %d are taken", p.Name, len(text), maxValue)
	}
	switch {
	case strings.ToValidUTF8(text, "") != text || strings.ContainsRune(text, 0):
		return term.Term{}, bad("a text in UTF-8")
	case p.Lang != "":
		return term.NewLangString(text, p.Lang), nil
	case p.Datatype == "":
		if err := term.CheckIRI(text); err != nil || !strings.Contains(text, ":") {
			return term.Term{}, bad("an IRI such as https://example.tw/")
		}
		return term.NewIRI(text), nil
	}
	k := kinds[p.Type()]
	ok := k.fits.MatchString(text)
	if ok && k.layout != "" {
		_, err := time.Parse(k.layout, text)
		ok = err == nil
	}
	if !ok {
		return term.Term{}, bad("a value of xsd:" + p.Type())
	}
	return term.NewLiteral(text, p.Datatype), nil
}

// ValueError says that the values which a query was asked with cannot be its own.
type ValueError struct{ Detail string }

func (e *ValueError) Error() string { return e.Detail }

// Bind returns a query with the values of its parameters, by name, in the place of their
// variables. A parameter without a value, or with an empty one, takes its default; without that
// it is an error unless it is optional. A [ValueError] is about the values.
func Bind(text string, values map[string]string) (string, error) {
	q, err := syntax.ParseQuery(text, syntax.Options{})
	if err != nil {
		return "", err
	}
	list, err := parameters(text, q)
	if err != nil || len(list) == 0 && len(values) == 0 {
		return text, err
	}
	var names []string
	for _, p := range list {
		names = append(names, p.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(names, name) {
			return "", &ValueError{fmt.Sprintf("there is no parameter %.40q; there are %s", name,
				strings.Join(append(names, Protocol...), ", "))}
		}
	}
	w := walker{put: map[syntax.Var]term.Term{}}
	for _, p := range list {
		value := cmp.Or(values[p.Name], p.Default)
		if value == "" {
			if !p.Optional {
				return "", &ValueError{fmt.Sprintf("the parameter %s (%s) is missing", p.Name, p.Type())}
			}
			continue
		}
		if w.put[p.variable], err = p.term(value); err != nil {
			return "", &ValueError{err.Error()}
		}
	}
	w.query(q)
	return q.String(), w.err
}

// sample is a value that fits, for trying whether a query is one with values.
func (p Parameter) sample() string {
	if p.IsIRI() {
		return "https://example.tw/"
	}
	return cmp.Or(map[string]string{vocab.XSDBoolean: "true", vocab.XSDGYear: "2026", vocab.XSDDate: "2026-01-31",
		vocab.XSDDateTime: "2026-01-31T00:00:00Z"}[p.Datatype], "1")
}

// Check reports whether a text is a query that can be saved: one that is SPARQL also with values
// for its parameters.
func Check(text string) ([]Parameter, error) {
	list, err := Parameters(text)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	values := map[string]string{}
	for _, p := range list {
		values[p.Name] = p.sample()
	}
	bound, err := Bind(text, values)
	if err == nil {
		_, err = syntax.ParseQuery(bound, syntax.Options{})
	}
	if wrong := (*syntax.Error)(nil); errors.As(err, &wrong) {
		err = fmt.Errorf("with values for its parameters this is no query any more (%w): "+
			"a predicate or graph has to be a parameter ?_name_iri", wrong)
	}
	return list, err
}

// Columns is how many columns the answer of a text has, 0 if it is no SELECT query that can be read.
func Columns(text string) int {
	q, err := syntax.ParseQuery(text, syntax.Options{})
	if err != nil || q.Form != syntax.SelectForm {
		return 0
	}
	return len(q.Projection)
}

// Selects reports whether a text is a SELECT query with a variable.
func Selects(text, variable string) bool {
	q, err := syntax.ParseQuery(text, syntax.Options{})
	is := func(p syntax.Projection) bool { return string(p.Var) == variable }
	return err == nil && q.Form == syntax.SelectForm && slices.ContainsFunc(q.Projection, is)
}
