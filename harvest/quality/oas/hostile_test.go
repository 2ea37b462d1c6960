package oas

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// hostile are documents that cost much for their size.
func hostile() map[string]string {
	list := func(n int, one func(i int) string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = one(i)
		}
		return strings.Join(parts, ",")
	}
	schemas := func(s string) string {
		return v3("3.0.3", info, servers, `"paths": {"/complaints": `+get("")+`}`,
			`"components": {"schemas": {`+s+`}}`)
	}
	ref := func(i int) string { return fmt.Sprintf(`{"$ref": "#/components/schemas/s%d"}`, i) }
	return map[string]string{
		"references that double": schemas(list(60, func(i int) string {
			return fmt.Sprintf(`"s%d": {"allOf": [%s, %s]}`, i, ref((i+1)%60), ref((i+1)%60))
		})),
		"schemas that know each other": schemas(list(150, func(i int) string {
			return fmt.Sprintf(`"s%d": {"properties": {%s}}`, i, list(150, func(j int) string {
				return fmt.Sprintf(`"p%d": %s`, j, ref(j))
			}))
		})),
		"deep schemas": schemas(list(300, func(i int) string {
			return fmt.Sprintf(`"s%d": %s{}%s`, i, strings.Repeat(`{"items": `, 90),
				strings.Repeat("}", 90))
		})),
		"a chain of references": schemas(list(3000, func(i int) string {
			return fmt.Sprintf(`"s%d": {"properties": {"a": %s}}`, i, ref((i+1)%3000))
		})),
		"many paths": doc(list(5000, func(i int) string {
			return fmt.Sprintf(`"/p%d": {"get": {"responses": {"200": {"description": "OK"}}}}`, i)
		})),
		"many servers": v3("3.0.3", info, `"servers": [`+list(3000, func(i int) string {
			return fmt.Sprintf(`{"url": "https://s%d.insure.gov.tw"}`, i)
		})+`]`, `"paths": {`+list(1000, func(i int) string {
			return fmt.Sprintf(`"/p%d": {"get": {"responses": {"200": {"description": "OK"}}}}`, i)
		})+`}`),
		"a path of many variables": doc(`"` + strings.Repeat("/{a}", 5000) + `": ` + get("")),
		"answers in a circle": doc(list(200, func(i int) string {
			return fmt.Sprintf(`"/p%d": {"$ref": "#/paths/~1p%d"}`, i, (i+1)%200)
		})),
	}
}

func TestHostile(t *testing.T) {
	for name, body := range hostile() {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			got := Check(context.Background(), []byte(body), dataset())
			took := time.Since(start)
			t.Logf("%d kB: %v, valid %v, counts %v, %.200s", len(body)>>10, took, got.Valid,
				got.Counts, got.Why)
			if took > 30*time.Second {
				t.Errorf("%d kB took %v", len(body)>>10, took)
			}
		})
	}
}
