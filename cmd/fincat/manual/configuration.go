package manual

import (
	"fmt"
	"reflect"
	"strings"

	"fincat/harvest"
	"fincat/harvest/fetch"
)

// Key is a key of the configuration.
type Key struct {
	Path  string // from the section on, such as html.record
	Field string // what its words are listed by: package, type and key
	Type  reflect.Type
	in    reflect.Type // the structure that has it
	name  string       // of the field of Go
}

// Keys lists the keys below a structure of the configuration, in the sequence in which they are
// declared. A key of each entry of a list has the path of the list before it.
func Keys(t reflect.Type, path string) (out []Key) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, ok := f.Tag.Lookup("yaml")
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case !f.IsExported(), !ok, name == "-":
			continue
		case strings.Contains(options, "inline"):
			out = append(out, Keys(f.Type, path)...)
			continue
		}
		k := Key{Path: strings.TrimPrefix(path+"."+name, "."), Field: t.String() + "." + name, Type: f.Type, in: t,
			name: f.Name}
		out = append(out, k)
		if inner := entries(f.Type); inner.Kind() == reflect.Struct {
			out = append(out, Keys(inner, k.Path)...)
		}
	}
	return out
}

// entries is the type of what stands in a list, or behind a pointer.
func entries(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t
}

// configuration lists all keys: first those that stand alone, then one section after the other.
func (r *reference) configuration() (string, error) {
	var out strings.Builder
	var alone, sections []Key
	for _, k := range Keys(reflect.TypeFor[harvest.Config](), "") {
		switch {
		case strings.Contains(k.Path, "."):
		case len(below(k)) > 0:
			sections = append(sections, k)
		default:
			alone = append(alone, k)
		}
	}
	out.WriteString(r.keys(alone))
	for _, k := range sections {
		fmt.Fprintf(&out, "## %s\n\n%s\n\n%s", k.Path+":", r.say("keys", k.Field, ""), r.keys(below(k)))
	}
	return out.String(), nil
}

// below returns the keys below one.
func below(k Key) []Key {
	if inner := entries(k.Type); inner.Kind() == reflect.Struct {
		return Keys(inner, "")
	}
	return nil
}

func (r *reference) keys(list []Key) string {
	var rows [][]string
	for _, k := range list {
		rows = append(rows, []string{k.Path, r.typeOf(k.Type), r.say("keys", k.Field, "")})
	}
	return table([]string{r.either("鍵", "Key"), r.either("值", "Value"), r.either("說明", "What it is")}, rows)
}

// typeOf says what a value of a type looks like.
func (r *reference) typeOf(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[fetch.Duration](), reflect.TypeFor[*fetch.Duration]():
		return r.either("時間長度，如 `30s`、`720h`", "duration such as `30s`, `720h`")
	case reflect.TypeFor[fetch.Size]():
		return r.either("大小，如 `64MiB`", "size such as `64MiB`")
	case reflect.TypeFor[fetch.Rate]():
		return r.either("頻率，如 `2/s`", "rate such as `2/s`")
	case reflect.TypeFor[harvest.PrivateAddresses]():
		return r.either("`true` 或位址清單", "`true` or a list of addresses")
	case reflect.TypeFor[harvest.Prefixes]():
		return r.either("位址清單", "list of addresses")
	}
	switch t.Kind() {
	case reflect.Pointer:
		return r.typeOf(t.Elem())
	case reflect.String:
		return r.either("文字", "text")
	case reflect.Bool:
		return "`true`, `false`"
	case reflect.Int, reflect.Int64:
		return r.either("整數", "integer")
	case reflect.Float64:
		return r.either("數值", "number")
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Struct {
			return r.either("清單，各項如下", "list of entries as below")
		}
		return r.either("清單：", "list of: ") + r.typeOf(t.Elem())
	case reflect.Map:
		return r.either("名稱對應", "by name: ") + r.typeOf(t.Elem())
	}
	return r.either("如下", "as below")
}
