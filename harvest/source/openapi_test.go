package source

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"fincat/harvest/fetch"
)

// processor returns the time that this process has worked.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestHostileSchemas gathers documents whose references have no end, or so many
// ways through them that following all would take for ever.
func TestHostileSchemas(t *testing.T) {
	var wide strings.Builder
	for i := range 20 {
		fmt.Fprintf(&wide, `"s%d":{"allOf":[%s]},`, i,
			strings.TrimSuffix(strings.Repeat(fmt.Sprintf(`{"$ref":"#/components/schemas/s%d"},`, i+1), 50), ","))
	}
	tests := []struct{ name, path, components string }{
		{"wide", `{"$ref":"#/components/schemas/s0"}`, wide.String() + `"s20":{"properties":{"x":{}}}`},
		{"itself", `{"$ref":"#/components/schemas/a"}`, `"a":{"$ref":"#/components/schemas/a"}`},
		{"list of itself", `{"$ref":"#/components/schemas/a"}`, `"a":{"items":{"$ref":"#/components/schemas/a"}}`},
		{"record in itself", `{"$ref":"#/components/schemas/a"}`,
			`"a":{"properties":{"a":{"items":{"$ref":"#/components/schemas/a"}},"b":{"items":{"$ref":"#/components/schemas/a"}}}}`},
		{"odd forms", `{"items":[{"properties":7}],"allOf":"x","properties":[1],"enum":3,"$ref":4}`, `"a":true`},
		{"no address", `{"$ref":"#/components/schemas/%zz"}`, `"a":false`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := fmt.Sprintf(`{"openapi":"3.1.0","info":{"title":"t"},"paths":{"/x":{"get":{"summary":"x","responses":{"200":{"content":{"application/json":{"schema":%s}}}}}}},"components":{"schemas":{%s}}}`, tt.path, tt.components)
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(body))
			}))
			defer srv.Close()
			s := testSession(t, Config{URL: srv.URL, Policy: fetch.Policy{Robots: "ignore"}},
				fetch.Options{AllowPrivate: true})
			start, worked, n := time.Now(), processor(), 0
			for r, err := range gatherOpenAPI(t.Context(), s) {
				if err != nil || r.Dataset == nil {
					t.Errorf("record %+v, %v", r, err)
				}
				n++
			}
			// On a machine that is busy with other things it is late without having worked.
			if took := min(time.Since(start), processor()-worked); n != 1 || took > 2*time.Second {
				t.Errorf("%d records in %v, want 1 at once", n, took)
			}
		})
	}
}
