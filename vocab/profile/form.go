package profile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Form writes a record in the forms of the standard of 2015 and of the portal. What
// the record does not say is an empty text there.
type Form struct {
	Graph   *dcat.Graph // the record, and what is said of its publisher and of those above it
	Dataset term.Term
	// Name returns what a concept, licence or place is called in Chinese, "" for one
	// that nobody knows.
	Name func(iri string) string
	Base dcat.Base
}

// Standard returns the record as the 38 fields, with their English names and the
// distributions in a list, as the standard's chapter 9 does.
func (f Form) Standard() map[string]any {
	return f.nested(func(x Field) []string {
		if x.No == 0 {
			return nil
		}
		return []string{x.EN}
	})
}

// V2 returns the record as the fields of the portal's interface v2.
func (f Form) V2() map[string]any {
	return f.nested(func(x Field) []string { return x.V2 })
}

// nested returns a record with the fields that have names.
func (f Form) nested(names func(Field) []string) map[string]any {
	out := map[string]any{}
	list := []any{}
	for _, d := range f.distributions() {
		entry := map[string]any{}
		for _, x := range Fields() {
			for _, name := range names(x) {
				if x.Class == "Distribution" || perDistribution(name) {
					entry[name] = f.value(d, x)
				}
				if name == fieldsName && entry[name] == "" { // said of all distributions at once
					entry[name] = f.value(f.Dataset, x)
				}
			}
		}
		list = append(list, entry)
	}
	for _, x := range Fields() {
		for _, name := range names(x) {
			if x.Class == "Dataset" && !perDistribution(name) {
				out[name] = f.value(f.Dataset, x)
			}
		}
	}
	out["distribution"] = list
	return out
}

// fieldsName is the columns of a distribution in the portal's interface v2.
const fieldsName = "resourceField"

// perDistribution reports whether a field of the portal's interface v2 is one of each
// distribution that the standard has once for the dataset.
func perDistribution(name string) bool {
	return strings.HasPrefix(name, "resource") || name == "qcLevel"
}

// Export returns the record as a row of the portal's export: values of the
// distributions stand in one cell, separated by semicolons.
func (f Form) Export() map[string]string {
	out := map[string]string{}
	for _, x := range Fields() {
		for _, column := range x.Columns {
			if x.Class == "Dataset" {
				out[column] = text(f.value(f.Dataset, x))
				continue
			}
			var cells []string
			for _, d := range f.distributions() {
				cells = append(cells, text(f.value(d, x)))
			}
			if out[column] = strings.Join(cells, ";"); strings.Trim(out[column], ";") == "" {
				out[column] = ""
			}
		}
	}
	return out
}

func text(v any) string {
	if list, ok := v.([]string); ok {
		return strings.Join(list, "、")
	}
	return fmt.Sprint(v)
}

func (f Form) distributions() []term.Term {
	return f.Graph.Objects(f.Dataset, vocab.DCATDistributionProperty)
}

// value returns the field's value in the form in which it is written: a list for a
// field with many, a number for a number, else text.
func (f Form) value(node term.Term, x Field) any {
	var all []dcat.Text
	for _, p := range slices.Concat(x.Words, x.Paths) {
		for _, o := range f.follow(node, p) {
			v := f.written(o, x)
			if v != "" && !slices.ContainsFunc(all, func(t dcat.Text) bool { return t.Value == v }) {
				all = append(all, dcat.Text{Value: v, Lang: o.Lang()})
			}
		}
		if len(all) > 0 && !x.Many {
			break
		}
	}
	if x.Many {
		list := []string{}
		for _, t := range all {
			list = append(list, t.Value)
		}
		return list
	}
	best := dcat.Best(all, dcat.ZHTW)
	if n, err := strconv.ParseInt(best, 10, 64); err == nil && x.Kind == "number" {
		return n
	}
	return best
}

// follow returns what a path leads to from a node.
func (f Form) follow(node term.Term, p string) []term.Term {
	at := []term.Term{node}
	for _, property := range path(p) {
		var next []term.Term
		for _, s := range at {
			next = append(next, f.Graph.Objects(s, property.Value())...)
		}
		at = next
	}
	return at
}

// written returns a value as the forms write it, "" for what they cannot.
func (f Form) written(o term.Term, x Field) string {
	v := o.Value()
	switch x.Kind {
	case "code":
		for _, ns := range []string{f.Base.Theme(""), dcat.TypeNS} {
			if code, ok := strings.CutPrefix(v, ns); ok && code != "" {
				return code
			}
		}
		if !o.IsLiteral() {
			return ""
		}
	case "language":
		return dcat.LanguageCode(v)
	case "label":
		if o.IsLiteral() {
			return v
		}
		for _, p := range []string{vocab.SKOSPrefLabel, vocab.RDFSLabel, vocab.FOAFName, vocab.DCTTitle} {
			if name := f.Graph.Value(o, p); name != "" {
				return name
			}
		}
		if o.IsIRI() {
			return f.Name(v)
		}
		return ""
	case "email":
		return strings.TrimPrefix(v, "mailto:")
	case "date":
		return strings.Replace(v, "T", " ", 1)
	}
	if o.IsBlankNode() {
		return ""
	}
	return v
}
