package profile

import (
	"fmt"
	"strings"
)

// Shapes returns the shapes of the profile in Turtle: for each field whether it must
// be there, what its values are, and whether it has one only. A required field that
// lacks is a violation, a recommended one a warning; of optional ones only the form is
// checked. Each property shape has the field's number in sh:order.
func Shapes() string {
	var b strings.Builder
	b.WriteString("# The Taiwan profile of DCAT: shapes for the 38 fields of 資料集詮釋資料標準規範 (2015).\n\n")
	fmt.Fprintf(&b, "@prefix : <%s> .\n", NS)
	for _, p := range []string{"dcat", "dct", "fincat", "foaf", "org", "owl", "rdfs", "sh", "vcard", "xsd"} {
		fmt.Fprintf(&b, "@prefix %s: <%s> .\n", p, prefixes()[p])
	}
	fmt.Fprintf(&b, "\n<%s> a owl:Ontology ;\n    dct:title \"資料集詮釋資料標準規範 SHACL 形狀\"@zh-Hant , "+
		"\"Shapes for the dataset metadata standard of Taiwan (2015)\"@en .\n", IRI)
	for _, class := range []struct{ name, zh string }{{"Dataset", "資料集"}, {"Distribution", "資料資源"}} {
		var names []string
		for _, f := range Fields() {
			if f.No > 0 && f.Class == class.name {
				for _, s := range f.shapes() {
					names = append(names, ":"+f.EN+s.suffix)
				}
			}
		}
		fmt.Fprintf(&b, "\n:%s a sh:NodeShape ;\n    rdfs:label \"%s\"@zh-Hant , \"%s\"@en ;\n"+
			"    sh:targetClass dcat:%s ;\n    sh:property %s .\n", class.name, class.zh, class.name, class.name,
			strings.Join(names, " ,\n        "))
	}
	for _, f := range Fields() {
		if f.No == 0 {
			continue
		}
		for _, s := range f.shapes() {
			fmt.Fprintf(&b, "\n:%s%s a sh:PropertyShape ;\n    sh:path %s ;\n%s    sh:order %d ;\n%s    sh:message "+
				"\"欄位 %d %s%s\"@zh-Hant , \"field %d, %s, %s\"@en .\n", f.EN, s.suffix, f.shapePath(), s.name, f.No,
				s.constraint, f.No, f.ZH, s.zh, f.No, f.EN, s.en)
		}
	}
	return b.String()
}

// shape is one property shape of a field.
type shape struct{ suffix, name, constraint, zh, en string }

// conditions are what is said of a field that lacks.
var conditions = map[string]struct{ severity, zh, en string }{
	"required": {"Violation", "必須填寫", "is required"}, "recommended": {"Warning", "建議填寫", "is recommended"},
	"optional": {"Info", "選擇性填寫", "is optional"},
}

// forms are what the shapes ask of values.
var forms = map[string]struct{ constraint, zh, en string }{
	"text":    {"sh:nodeKind sh:Literal ; sh:minLength 1", "須為文字", "must be a text"},
	"literal": {"sh:nodeKind sh:Literal", "須為文字", "must be a literal"},
	"iri":     {"sh:nodeKind sh:IRI", "須為網址或代碼之 IRI", "must be an IRI"},
	"place":   {"sh:nodeKind sh:BlankNodeOrIRI", "須為地點", "must be a place"},
	"number":  {"sh:datatype xsd:nonNegativeInteger", "須為非負整數", "must be a number of records"},
	"date": {"sh:or ( [ sh:datatype xsd:date ] [ sh:datatype xsd:dateTime ] [ sh:datatype xsd:gYearMonth ] " +
		"[ sh:datatype xsd:gYear ] )", "須為日期或時間", "must be a date or a time"},
	"email": {`sh:pattern "^mailto:[^@ ]+@[^@ ]+$"`, "須為 mailto: 開頭的電子郵件地址",
		"must be an e-mail address that starts with mailto:"},
}

func (f Field) shapes() []shape {
	c := conditions[f.Condition]
	presence := "    sh:severity sh:" + c.severity + " ;\n"
	if f.Condition != "optional" {
		presence += "    sh:minCount 1 ;\n"
	}
	out := []shape{{"", fmt.Sprintf("    sh:name %q@zh-Hant , %q@en ;\n", f.ZH, f.EN), presence, c.zh, c.en}}
	if form, ok := forms[f.Form]; ok {
		out = append(out, shape{"-form", "", "    " + form.constraint + " ;\n", form.zh, form.en})
	}
	if f.Single {
		out = append(out, shape{"-single", "", "    sh:maxCount 1 ;\n", "只能有一個值", "has one value only"})
	}
	return out
}

// shapePath writes the field's paths as one path of SHACL (§2.3.1).
func (f Field) shapePath() string {
	var all []string
	for _, p := range f.Paths {
		if strings.Contains(p, "/") {
			p = "( " + strings.ReplaceAll(p, "/", " ") + " )"
		}
		all = append(all, p)
	}
	if len(all) == 1 {
		return all[0]
	}
	return "[ sh:alternativePath ( " + strings.Join(all, " ") + " ) ]"
}
