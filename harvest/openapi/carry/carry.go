package carry

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"fincat/harvest/document"
	"fincat/harvest/mapping"
	"fincat/harvest/openapi"
	"fincat/harvest/problem"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Fields of a path, an operation and an answer. Answers and their fields, parameters,
// the bodies of requests, and what requests with other methods do are put into words.
var (
	apiMethods    = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}
	apiPathFields = mapping.Uses(mapping.Mapped, "$ref", "summary", "description").With(
		mapping.Uses(mapping.Noted, append(slices.Clone(apiMethods), "servers", "parameters")...))
	apiOperationFields = mapping.Uses(mapping.Mapped, "summary", "description", "tags", "externalDocs").With(
		mapping.Uses(mapping.Noted, "parameters", "responses", "produces", "consumes", "servers", "schemes",
			"callbacks", "requestBody"))
	apiAnswerFields = mapping.Uses(mapping.Noted, "description", "schema", "content", "examples")
)

// A Record carries what the document says of a record besides what is mapped.
type Record struct {
	Doc    *openapi.Document
	Mapper *mapping.Mapper

	fields map[int][]openapi.Field // of the record's distributions, by their number
}

// DescribeFields keeps what the document says of the fields of an answer until the
// record is carried. dist is the number of the distribution.
func (a *Record) DescribeFields(rec *mapping.Record, dist int, c openapi.Content) {
	if a.fields == nil {
		a.fields = map[int][]openapi.Field{}
	}
	a.fields[dist] = a.fieldsOf(rec, c)
}

// fieldsOf returns the fields of an answer or of the body of a request.
func (a *Record) fieldsOf(rec *mapping.Record, c openapi.Content) []openapi.Field {
	fields, complete := a.Doc.Fields(c)
	if !complete {
		rec.Report(problem.Info, "openapi-fields", "", "an answer or request has more fields than are described here",
			"nothing; the document, which the data service names, has them all")
	}
	return fields
}

// Carry keeps what the mapping left over of a record's own path, the first, and of
// those that pick from it.
func (a *Record) Carry(rec *mapping.Record, paths []string) {
	left := a.Mapper.Carrier(rec)
	a.carryFields(left, rec.Dataset)
	clear(a.fields)
	for i, path := range paths {
		var item map[string]any
		if a.Doc.Decode(a.Doc.Paths[path], &item) != nil {
			continue
		}
		left.Rest(item, apiPathFields)
		for _, method := range apiMethods {
			op, ok := item[method].(map[string]any)
			switch {
			case !ok:
			case method == "get" && i == 0:
				left.Rest(op, apiOperationFields)
				for _, answer := range a.answers(left, op) {
					left.Add(&rec.Dataset.Extra, term.NewIRI(""), a.Mapper.FieldIRI("responses"), answer, 0)
				}
				if body := a.body(rec, op); len(body) > 0 {
					left.Add(&rec.Dataset.Extra, term.NewIRI(""), a.Mapper.FieldIRI("requestBody"), body, 0)
				}
			default:
				about := a.operationRest(left, op)
				if body := a.body(rec, op); len(body) > 0 {
					about["requestBody"] = body
				}
				if i > 0 && len(about) > 0 {
					about["path"] = path
				}
				left.Add(&rec.Dataset.Extra, term.NewIRI(""), a.Mapper.FieldIRI(method), about, 0)
			}
		}
	}
}

// carryFields says of each field of an answer what the document says, with the
// distribution that has the answer. A field of which there is only the name is among
// the distribution's fields already.
func (a *Record) carryFields(left *mapping.Carrier, d *dcat.Dataset) {
	for _, i := range slices.Sorted(maps.Keys(a.fields)) {
		dist := &d.Distribution[i]
		var names []string
		for _, t := range dist.Fields {
			names = strings.Split(t.Value, "、")
		}
		for _, f := range a.fields[i] {
			if text := f.Describe(a.Mapper.Language); !slices.Contains(names, text) {
				left.Add(&dist.Extra, term.NewIRI(""), a.Mapper.FieldIRI("properties"), a.text(text), 0)
			}
		}
	}
}

// text returns a text in the language that it is written in, to be carried.
func (a *Record) text(v string) any {
	t := a.Mapper.Text(v)
	return map[string]any{"@value": t.Value, "@language": t.Lang}
}

// operationRest returns what is left over of an operation that is not the record's own.
func (a *Record) operationRest(left *mapping.Carrier, op map[string]any) map[string]any {
	about := map[string]any{}
	for name, v := range op {
		if text, ok := v.(string); ok && (name == "summary" || name == "description") {
			v = a.text(document.Plain(text))
		}
		if use, listed := apiOperationFields[name]; !listed || use != mapping.Noted && !left.Arrived(op[name], 0) {
			about[name] = v
		}
	}
	var parameters []any
	for _, v := range mapping.ListOf(op["parameters"]) {
		var q openapi.Parameter
		if a.decode(v, &q) == nil && q.Name != "" && q.In != "body" {
			if text := q.Describe(a.Mapper.Language); !left.ArrivedText(text) {
				parameters = append(parameters, a.text(text))
			}
		}
	}
	if len(parameters) > 0 {
		about["parameters"] = parameters
	}
	if answers := a.answers(left, op); len(answers) > 0 {
		about["responses"] = answers
	}
	return about
}

// answers returns what is said of the answers of an operation: the status with the
// description after it, unless a distribution has that, and what else there is.
func (a *Record) answers(left *mapping.Carrier, op map[string]any) (out []any) {
	answers, _ := op["responses"].(map[string]any)
	for _, status := range slices.Sorted(maps.Keys(answers)) {
		answer := a.object(answers[status])
		about := map[string]any{}
		for name, v := range answer {
			if !apiAnswerFields.Leaves(name) {
				about[name] = v
			}
		}
		text, _ := answer["description"].(string)
		if text = document.Plain(text); left.ArrivedText(text) {
			text = ""
		}
		switch {
		case len(about) > 0:
			about["description"], about["status"] = a.text(text), status
			out = append(out, about)
		case text != "":
			out = append(out, a.text(status+openapi.Colon(a.Mapper.Language)+text))
		}
	}
	return out
}

// object returns an object, or the one that it refers to.
func (a *Record) object(v any) (out map[string]any) {
	if a.decode(v, &out) != nil {
		return nil
	}
	return out
}

func (a *Record) decode(v, into any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return a.Doc.Decode(text, into)
}
