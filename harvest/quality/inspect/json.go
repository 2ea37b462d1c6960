package inspect

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxNames bounds the names of a file that are remembered.
const maxNames = 5000

// jsonOptions let through what many servers send although JSON does not allow it.
var jsonOptions = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// jsonArray is an array of a document that does not stand inside another one.
type jsonArray struct {
	pointer string // JSON pointer
	parent  string // of the object it stands in
	name    string
	n       int // elements
	objects int
	arrays  int
	texts   []string // its elements, when all are texts
	width   int      // elements of its first element, when that is an array
}

// outline is what one reading of a document found.
type outline struct {
	arrays   []*jsonArray
	values   int // at the top
	objects  int // of these
	root     map[string]string
	first    map[string]string // members of the first element, where the root is an array of objects
	members  int               // of the root object
	nested   int               // of these, objects
	names    []string
	seen     map[string]bool
	geometry bool
}

// json inspects a text that begins as JSON does.
func (in *inspector) json(text []byte, f File, r *Report) {
	if looksQuotedJSON(text) {
		if inner, err := jsontext.AppendUnquote(nil, bytes.TrimSpace(text)); err == nil {
			r.found("json-in-string", "byte 0", "the JSON is the text of a JSON string")
			text = inner
		}
	}
	o, at, err := in.outline(text)
	switch {
	case err != nil && f.Cut:
	case errors.Is(err, io.ErrUnexpectedEOF):
		r.Incomplete = fmt.Sprintf("the JSON ends in the middle, at byte %d", len(text))
	case err != nil:
		r.Broken = fmt.Sprintf("no JSON at %s: %v", place(text, min(at, len(text))), plainJSON(err))
	}
	r.Names = o.names
	for _, a := range o.arrays {
		if a.parent == "" && a.n == 0 {
			o.root[a.name] = "[]" // an answer with an empty list may still be an error
		}
	}
	in.apiDescription(o.root, r)
	if len(o.arrays) > 0 && o.arrays[0].pointer == "" && o.arrays[0].n == 1 && len(o.first) <= 3 {
		if message := jsonError(o.first); errorText.MatchString(message) {
			r.error(message)
		}
	}
	if r.NotData != "" {
		return
	}
	switch {
	case o.root["type"] == "FeatureCollection" && o.values == 1 || o.root["type"] == "Feature" && o.geometry:
		r.Format = "geojson"
	case o.values > 1:
		r.Format = "jsonl"
	}
	in.records(text, o, r)
}

// plainJSON leaves the name of the library out of an error.
func plainJSON(err error) string { return strings.TrimPrefix(err.Error(), "jsontext: ") }

// outline reads a document once.
func (in *inspector) outline(text []byte) (o *outline, at int, err error) {
	o = &outline{root: map[string]string{}, first: map[string]string{}, seen: map[string]bool{}}
	d := jsontext.NewDecoder(bytes.NewReader(text), jsonOptions...)
	var stack []*jsonArray // nil for an object
	inside := 0            // arrays around
	for n := 0; ; n++ {
		if n%4096 == 0 && in.ctx.Err() != nil {
			return o, 0, in.ctx.Err()
		}
		tok, err := d.ReadToken()
		if errors.Is(err, io.EOF) {
			return o, 0, nil
		}
		if err != nil {
			return o, int(d.InputOffset()), err
		}
		kind := tok.Kind()
		if kind == '}' || kind == ']' {
			if stack[len(stack)-1] != nil {
				inside--
			}
			stack = stack[:len(stack)-1]
			continue
		}
		if isKey(d, kind) {
			o.name(tok.String())
			continue
		}
		var above *jsonArray
		if len(stack) > 0 {
			above = stack[len(stack)-1]
		}
		o.value(d, tok, above, len(stack), inside)
		switch kind {
		case '{':
			stack = append(stack, nil)
		case '[':
			a := &jsonArray{pointer: string(d.StackPointer())}
			a.parent, a.name = cutPointer(a.pointer)
			if inside == 0 {
				o.arrays = append(o.arrays, a)
			}
			inside++
			stack = append(stack, a)
		}
	}
}

// isKey reports whether the token that was read last is the name of a member.
func isKey(d *jsontext.Decoder, kind jsontext.Kind) bool {
	in, n := d.StackIndex(d.StackDepth())
	return kind == '"' && in == '{' && n%2 == 1
}

func (o *outline) name(s string) {
	if len(o.names) < maxNames && !o.seen[s] {
		s = strings.Clone(s)
		o.seen[s] = true
		o.names = append(o.names, s)
	}
	o.geometry = o.geometry || s == "geometry"
}

// value takes in a value: an element of an array above, a member of the root, or one at
// the top.
func (o *outline) value(d *jsontext.Decoder, tok jsontext.Token, above *jsonArray, depth, inside int) {
	kind := tok.Kind()
	if above != nil {
		above.n++
		switch kind {
		case '{':
			above.objects++
		case '[':
			above.arrays++
		case '"':
			if len(above.texts) == above.n-1 && above.n < maxNames {
				above.texts = append(above.texts, tok.String())
			}
		}
		if above.n != len(above.texts) {
			above.texts = nil
		}
	}
	if inside == 2 && above != nil && len(o.arrays) > 0 && o.arrays[len(o.arrays)-1].n == 1 {
		o.arrays[len(o.arrays)-1].width++
	}
	switch depth {
	case 0:
		if o.values++; kind == '{' {
			o.objects++
		}
	case 1:
		if above == nil {
			o.members++
			_, name := cutPointer(string(d.StackPointer()))
			if kind == '{' {
				o.nested++
			}
			if len(o.root) < maxNames {
				o.root[name] = member(tok)
			}
		}
	case 2:
		if above == nil && inside == 1 && len(o.first) < maxNames && o.arrays[0].n == 1 {
			_, name := cutPointer(string(d.StackPointer()))
			o.first[name] = member(tok)
		}
	}
}

// member is a value as far as it says whether an answer is an error.
func member(tok jsontext.Token) string {
	if kind := tok.Kind(); kind == '{' || kind == '[' {
		return kind.String()
	}
	return tok.String()
}

// cutPointer splits a JSON pointer into that of the parent and the last name.
func cutPointer(p string) (parent, name string) {
	i := strings.LastIndexByte(p, '/')
	if i < 0 {
		return "", ""
	}
	return p[:i], strings.NewReplacer("~1", "/", "~0", "~").Replace(p[i+1:])
}

var (
	recordNames = []string{"data", "records", "record", "items", "rows", "row", "result", "results", "features",
		"value",
		"values", "list", "content", "payload", "@graph", "item", "aadata", "datas", "dataset", "資料", "d"}
	headerNames = []string{"fields", "columns", "header", "headers", "titles", "title", "head", "column", "field",
		"欄位"}
	asideNames = []string{"fields", "columns", "header", "headers", "links", "metadata", "meta", "schema", "notes",
		"note", "errors", "messages", "tags", "groups", "欄位"}
)

// rank orders arrays by how likely their name is that of records.
func (a *jsonArray) rank() int {
	name := strings.ToLower(a.name)
	switch {
	case slices.Contains(recordNames, name):
		return 2
	case slices.Contains(asideNames, name):
		return 0
	}
	return 1
}

// best returns the array that holds the records, nil when none does: of objects or of
// arrays, by its name, then by its size.
func (o *outline) best() *jsonArray {
	var best *jsonArray
	for _, a := range o.arrays {
		if a.objects+a.arrays == 0 || a.objects == 0 && a.arrays != a.n {
			continue
		}
		if best == nil || a.rank() > best.rank() || a.rank() == best.rank() && a.n > best.n {
			best = a
		}
	}
	return best
}

// records finds the records of a document, and what their fields are.
func (in *inspector) records(text []byte, o *outline, r *Report) {
	best := o.best()
	switch {
	case o.values > 1:
		in.objects(text, "", r)
	case best != nil && best.objects > 0:
		if !in.tables(text, best, r) {
			in.objects(text, best.pointer, r)
		}
	case best != nil:
		in.arraysOfArrays(text, o, best, r)
	case o.columnar():
		for _, a := range o.arrays {
			r.Fields, r.Rows = append(r.Fields, a.name), max(r.Rows, a.n)
		}
	case o.members > 1 && o.nested == o.members && len(o.arrays) == 0:
		in.objects(text, "*", r)
	case o.objects == 1 && o.members > 0 && !o.emptyList():
		in.objects(text, "", r)
	case len(o.arrays) > 0:
		r.Rows = o.arrays[0].n
	}
	if r.Rows == 0 && r.Broken == "" && r.Incomplete == "" {
		r.found("no-rows", "", "the JSON holds no record")
	}
}

// emptyList reports whether the document is an envelope around an array without elements.
func (o *outline) emptyList() bool {
	for _, a := range o.arrays {
		if a.n == 0 && a.rank() == 2 {
			return true
		}
	}
	return false
}

// columnar reports whether a document has an array of values for each column.
func (o *outline) columnar() bool {
	if len(o.arrays) < 2 || len(o.arrays) != o.members {
		return false
	}
	for _, a := range o.arrays {
		if a.n != o.arrays[0].n || a.n == 0 || strings.Count(a.pointer, "/") != 1 {
			return false
		}
	}
	return true
}

// each hands over the values below a pointer: the elements of an array, the values at
// the top for "", the members of the root for "*".
func (in *inspector) each(text []byte, pointer string, yield func(raw jsontext.Value, place string)) {
	d := jsontext.NewDecoder(bytes.NewReader(text), jsonOptions...)
	if pointer == "" && len(text) > 0 && d.PeekKind() != '[' {
		for n := 0; in.ctx.Err() == nil; n++ {
			raw, err := d.ReadValue()
			if err != nil {
				return
			}
			yield(raw, "/"+strconv.Itoa(n))
		}
		return
	}
	if pointer == "*" {
		if _, err := d.ReadToken(); err != nil {
			return
		}
		for d.PeekKind() == '"' && in.ctx.Err() == nil {
			name, err := d.ReadToken()
			if err != nil {
				return
			}
			place := "/" + strings.Clone(name.String())
			raw, err := d.ReadValue()
			if err != nil {
				return
			}
			yield(raw, place)
		}
		return
	}
	for {
		tok, err := d.ReadToken()
		if err != nil {
			return
		}
		if tok.Kind() == '[' && string(d.StackPointer()) == pointer {
			break
		}
	}
	for n := 0; d.PeekKind() != ']' && in.ctx.Err() == nil; n++ {
		raw, err := d.ReadValue()
		if err != nil {
			return
		}
		yield(raw, pointer+"/"+strconv.Itoa(n))
	}
}

// objects reads records that are objects.
func (in *inspector) objects(text []byte, pointer string, r *Report) {
	s := newShape(r.Format == "geojson")
	in.each(text, pointer, func(raw jsontext.Value, _ string) {
		r.Rows++
		s.learn(raw)
	})
	r.Fields = s.fields
	if s.twice != "" {
		r.found("duplicate-fields", "", "an object has the name %s twice", s.twice)
	}
	f := newFacts(in, s.columns)
	in.each(text, pointer, func(raw jsontext.Value, place string) {
		rows := s.rows(raw)
		f.row(rows[0], place)
		for _, more := range rows[1:] {
			if f.give != nil {
				f.give(more)
			}
		}
	})
	f.end(r)
}

// arraysOfArrays reads records that are arrays: their names stand in another array beside,
// or in the first of them.
func (in *inspector) arraysOfArrays(text []byte, o *outline, a *jsonArray, r *Report) {
	var names []string
	for _, h := range o.arrays {
		if h != a && len(h.texts) > 0 && len(h.texts) == a.width && h.parent == a.parent &&
			(names == nil || slices.Contains(headerNames, strings.ToLower(h.name))) {
			names = h.texts
		}
	}
	for _, h := range o.arrays {
		if names == nil && h != a && h.objects == a.width && h.parent == a.parent && h.rank() == 0 {
			names = labels(in, text, h)
		}
	}
	t := in.newTable(r, a.width)
	t.strict = false
	if names != nil {
		t.add(newRecord(names, a.parent))
	}
	in.each(text, a.pointer, func(raw jsontext.Value, place string) {
		t.add(newRecord(cellsOf(raw), place))
	})
	t.end()
	r.HeaderRow = 0
	r.Names = append(r.Names, r.Fields...)
	r.First = nil
}

// labels are the names of columns that are described by an object each; nil when one has
// none.
func labels(in *inspector, text []byte, columns *jsonArray) (names []string) {
	for _, member := range []string{"name", "field", "id", "key", "columnName", "title", "label"} {
		in.each(text, columns.pointer, func(raw jsontext.Value, _ string) {
			if v := memberOf(raw, member); v.Kind() == '"' {
				names = append(names, scalar(v))
			}
		})
		if len(names) == columns.n {
			return names
		}
		names = nil
	}
	return nil
}

// memberOf returns the value of a member of an object, nil when it has none of that name.
func memberOf(raw jsontext.Value, member string) jsontext.Value {
	d := jsontext.NewDecoder(bytes.NewReader(raw), jsonOptions...)
	if tok, err := d.ReadToken(); err != nil || tok.Kind() != '{' {
		return nil
	}
	for d.PeekKind() == '"' {
		tok, err := d.ReadToken()
		if err != nil {
			return nil
		}
		found := tok.String() == member
		v, err := d.ReadValue()
		if err != nil || found {
			return v
		}
	}
	return nil
}

// tables reads an array whose objects are a table each, as names beside rows of cells, and
// reports whether it is one. Objects without rows are passed over.
func (in *inspector) tables(text []byte, list *jsonArray, r *Report) bool {
	var found []*Report
	all := true
	in.each(text, list.pointer, func(raw jsontext.Value, _ string) {
		o, _, err := in.outline(raw)
		if err != nil || !all || len(o.arrays) == 0 {
			return
		}
		rows := o.best()
		if all = rows != nil && rows.objects == 0 && o.headed(rows); all {
			sub := &Report{}
			in.arraysOfArrays(raw, o, rows, sub)
			found = append(found, sub)
		}
	})
	if !all || len(found) == 0 {
		return false
	}
	for _, sub := range found {
		r.Rows += sub.Rows
		for _, name := range sub.Fields {
			if !slices.Contains(r.Fields, name) {
				r.Fields = append(r.Fields, name)
			}
		}
		r.Columns, r.Names = append(r.Columns, sub.Columns...), append(r.Names, sub.Names...)
		r.Findings = append(r.Findings, sub.Findings...)
	}
	return true
}

// headed reports whether names for the cells of rows stand beside them.
func (o *outline) headed(rows *jsonArray) bool {
	return slices.ContainsFunc(o.arrays, func(h *jsonArray) bool {
		return h != rows && len(h.texts) > 0 && len(h.texts) == rows.width && h.parent == rows.parent &&
			slices.Contains(headerNames, strings.ToLower(h.name))
	})
}

// cellsOf returns the elements of an array as texts.
func cellsOf(raw jsontext.Value) []string {
	d := jsontext.NewDecoder(bytes.NewReader(raw), jsonOptions...)
	if tok, err := d.ReadToken(); err != nil || tok.Kind() != '[' {
		return []string{scalar(raw)}
	}
	var out []string
	for d.PeekKind() != ']' && len(out) < maxNames {
		v, err := d.ReadValue()
		if err != nil {
			break
		}
		out = append(out, scalar(v))
	}
	return out
}

// scalar is a value as text: of null nothing, of what is nested its JSON.
func scalar(raw jsontext.Value) string {
	switch raw.Kind() {
	case 'n':
		return ""
	case '"':
		if s, err := jsontext.AppendUnquote(nil, raw); err == nil {
			return string(s)
		}
	}
	return string(raw)
}
