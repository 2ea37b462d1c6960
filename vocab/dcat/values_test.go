package dcat

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"fincat/vocab/term"
)

// TestValues fills every field that a dataset can have and asks for the values.
func TestValues(t *testing.T) {
	n := 0
	var fill func(v reflect.Value, name string)
	want := map[string]string{}
	fill = func(v reflect.Value, name string) {
		switch {
		case v.Type() == reflect.TypeFor[term.Term]():
			n++
			s := fmt.Sprint("value ", n)
			want[s] = name
			v.Set(reflect.ValueOf(term.NewString(s)))
		case v.Type() == reflect.TypeFor[term.Triple]():
			fill(v.FieldByName("Object"), name)
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				f := v.Type().Field(i)
				if f.IsExported() && f.Name != "Lang" && f.Name != "LocalID" && f.Name != "ID" &&
					(f.Name != "IRI" || strings.HasSuffix(name, "Agent") || strings.Contains(name, "Contact") ||
						strings.Contains(name, "Publisher") || strings.Contains(name, "Creator")) {
					fill(v.Field(i), name+"."+f.Name)
				}
			}
		case v.Kind() == reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			fill(v.Index(0), name)
			fill(v.Index(1), name)
		case v.Kind() == reflect.String:
			n++
			s := fmt.Sprint("value ", n)
			want[s] = name
			v.SetString(s)
		default:
			t.Errorf("%s: a %s", name, v.Kind())
		}
	}
	var d Dataset
	fill(reflect.ValueOf(&d).Elem(), "Dataset")
	d.Values(func(v string) { delete(want, v) })
	for _, name := range want {
		t.Errorf("%s is not among the values", name)
	}
}
