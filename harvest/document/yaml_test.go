package document

import (
	"fmt"
	"strings"
	"testing"

	"fincat/harvest/fetch"
)

func TestYAMLToJSON(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1,
			c-1, c-1, c-1, c-1)
	}
	tests := []struct {
		name, in, want string // "error" when it is one
	}{
		{"order", "b: 1\na: 2", `{"b":1,"a":2}`},
		{"numbers", "version: 1.0\nn: 007\nh: 0x10\ne: 1e3", `{"version":1.0,"n":"007","h":"0x10","e":"1e3"}`},
		{"keys that are numbers", "200: {404: x}", `{"200":{"404":"x"}}`},
		{"text", "a: 'yes'\nb: yes\nc: true\nd: ~\ne:", `{"a":"yes","b":"yes","c":true,"d":null,"e":null}`},
		{"dates stay text", "d: 2026-01-02", `{"d":"2026-01-02"}`},
		{"alias", "a: &x {b: 1}\nc: *x", `{"a":{"b":1},"c":{"b":1}}`},
		{"merge", "a: &x {b: 1, c: 2}\nd: {c: 3, <<: *x}", `{"a":{"b":1,"c":2},"d":{"c":3,"b":1}}`},
		{"blocks", "a: |\n  x\n  y\nb: >\n  p\n  q\n", `{"a":"x\ny\n","b":"p q\n"}`},
		{"bomb", bomb, "error"},
		{"deep", strings.Repeat("[", 500) + strings.Repeat("]", 500), "error"},
		{"deep merge", "a: &a\n  <<: *a\n", "error"},
		{"key that is a list", "? [a]\n: b", "error"},
		{"broken", "a: [", "error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := YAMLToJSON(&fetch.Response{URL: "u"}, []byte(tt.in))
			if tt.want == "error" {
				if err == nil {
					t.Errorf("yamlToJSON = %.100s, want an error", got)
				}
			} else if err != nil || string(got) != tt.want {
				t.Errorf("yamlToJSON = %s, %v, want %s", got, err, tt.want)
			}
		})
	}
}
