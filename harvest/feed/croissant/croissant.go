package croissant

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// Version is what documents conform to.
const Version = "http://mlcommons.org/croissant/1.0"

// A Column is one of a table.
type Column struct {
	Name       string
	Identifies string // IRI of what its values identify, "" for nothing that is known

	position int
}

// maxColumns bounds the columns that are read.
const maxColumns = 2000

// Columns reads the columns that a graph describes, in their order.
func Columns(ctx context.Context, sn *store.Snapshot, graph string) ([]Column, error) {
	p, ok, err := sn.PatternOf(term.Term{}, term.Term{}, term.Term{}, term.NewIRI(graph))
	if err != nil || !ok {
		return nil, err
	}
	byNode := map[term.Term]*Column{}
	for q, err := range sn.Match(ctx, p, store.OrderFor(p)) {
		if err != nil {
			return nil, fmt.Errorf("read the columns of %s: %w", graph, err)
		}
		c := byNode[q.Subject]
		if c == nil && len(byNode) < maxColumns {
			c = &Column{}
			byNode[q.Subject] = c
		}
		switch property := q.Predicate.Value(); {
		case c == nil:
		case property == vocab.CSVWTitles:
			c.Name = q.Object.Value()
		case property == vocab.FincatIdentifies:
			c.Identifies = q.Object.Value()
		case property == vocab.FincatPosition:
			c.position, _ = strconv.Atoi(q.Object.Value()) // we wrote it
		}
	}
	var out []Column
	for _, c := range byNode {
		if c.Name != "" {
			out = append(out, *c)
		}
	}
	slices.SortFunc(out, func(a, b Column) int {
		return cmp.Or(cmp.Compare(a.position, b.position), cmp.Compare(a.Name, b.Name))
	})
	return slices.CompactFunc(out, func(a, b Column) bool { return a.Name == b.Name }), nil
}

// Document returns the document of a dataset, which schema.org's form is given of; nil where
// no file is known whose columns these are: none or several are CSV.
func Document(dataset map[string]any, columns []Column) map[string]any {
	files, _ := dataset["distribution"].([]map[string]any)
	files = slices.DeleteFunc(slices.Clone(files), func(f map[string]any) bool {
		return f["encodingFormat"] != "text/csv" && f["encodingFormat"] != "CSV" || f["contentUrl"] == nil
	})
	if len(files) != 1 || len(columns) == 0 {
		return nil
	}
	id, _ := files[0]["@id"].(string)
	file := map[string]any{"@type": "cr:FileObject", "@id": id, "name": id, "contentUrl": files[0]["contentUrl"],
		"encodingFormat": "text/csv"}
	for _, property := range []string{"name", "contentSize"} {
		if v := files[0][property]; v != nil {
			file[property] = v
		}
	}
	var fields []map[string]any
	seen := map[string]bool{}
	for _, c := range columns {
		if seen[c.Name] {
			continue // which of the two is meant nobody could tell
		}
		seen[c.Name] = true
		types := any("sc:Text")
		if c.Identifies != "" {
			types = []string{"sc:Text", c.Identifies}
		}
		fields = append(fields, map[string]any{"@type": "cr:Field", "@id": fmt.Sprint("rows/", len(fields)+1),
			"name": c.Name, "dataType": types, "source": map[string]any{"fileObject": map[string]any{"@id": id},
				"extract": map[string]any{"column": c.Name}}})
	}
	out := map[string]any{"@context": terms(), "conformsTo": Version, "isLiveDataset": true,
		"distribution": []map[string]any{file},
		"recordSet": []map[string]any{{"@type": "cr:RecordSet", "@id": "rows", "name": "rows",
			"field": fields}}}
	for property, v := range dataset {
		if _, ok := out[property]; !ok {
			out[property] = v
		}
	}
	out["@type"] = "sc:Dataset"
	return out
}

// terms is the context that Croissant 1.0 recommends, in the language of the catalogue.
func terms() map[string]any {
	out := map[string]any{"@language": "zh-Hant-TW", "@vocab": vocab.SCHEMANS, "sc": vocab.SCHEMANS,
		"cr": "http://mlcommons.org/croissant/", "dct": vocab.DCTNS, "rai": "http://mlcommons.org/croissant/RAI/",
		"conformsTo": "dct:conformsTo",
		"data":       map[string]any{"@id": "cr:data", "@type": "@json"},
		"examples":   map[string]any{"@id": "cr:examples", "@type": "@json"},
		"dataType":   map[string]any{"@id": "cr:dataType", "@type": "@vocab"}}
	for _, name := range []string{"citeAs", "column", "extract", "field", "fileProperty", "fileObject", "fileSet",
		"format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet",
		"references", "regex", "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
		"equivalentProperty"} {
		out[name] = "cr:" + name
	}
	return out
}
