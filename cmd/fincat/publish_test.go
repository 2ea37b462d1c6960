package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPublishCommand harvests a table and publishes it at a portal: the difference first, then
// what was shown, and a withdrawal with the code of just that.
func TestPublishCommand(t *testing.T) {
	t.Setenv("PUBLISH_KEY", "k1")
	table := "編號,名稱,描述,網址\na,甲表,甲,https://x.tw/a.csv\nb,乙表,乙,https://x.tw/b.csv\n"
	there := map[string]map[string]any{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		say := func(ok bool, key string, v any) {
			_ = json.NewEncoder(w).Encode(map[string]any{"success": ok, key: v})
		}
		id := filepath.Base(r.URL.Path)
		switch {
		case r.URL.Path == "/list.csv":
			fmt.Fprint(w, table)
		case r.URL.Path == "/api/front/dataset/list":
			fmt.Fprint(w, `{"success":true,"payload":{"search_count":0,"search_result":[]}}`)
		case r.Method == http.MethodGet:
			say(true, "result", map[string]any{"datasetId": id, "identifier": there[id]["identifier"]})
		case r.Header.Get("Authorization") != "k1":
			say(false, "error", map[string]any{"error_type": "ER0001:API Key錯誤", "message": "x"})
		case r.Method == http.MethodPost:
			var body map[string]any
			_ = json.NewDecoder(r.Body).Decode(&body)
			id = fmt.Sprint(7000 + len(there))
			there[id] = body
			say(true, "result", map[string]any{"identifier": body["identifier"], "datasetId": id})
		case r.Method == http.MethodDelete:
			delete(there, id)
			say(true, "result", map[string]any{"datasetId": id})
		}
	}))
	defer srv.Close()
	dir := t.TempDir()
	config, store := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "store")
	err := os.WriteFile(config, fmt.Appendf(nil, `base: https://data.example.tw/
contact: {name: 資料小組, email: data@example.tw, phone: 02-1}
harvest: {allow_private_addresses: [127.0.0.1], removal_limit: 1, tombstone_after: 1}
sources:
  - {id: list, kind: table, url: %[1]s/list.csv, publisher: twse, robots: ignore, rate: 1000/s,
     table: {columns: {identifier: 編號, title: 名稱, description: 描述, downloadURL: 網址}}}
publish:
  url: %[1]s/api/v2/rest/dataset
  token_env: PUBLISH_KEY
  rate: 1000/s
  sources: [list]
  fields: {categoryService: I00, license: "1", cost: free, updateFrequency: 每日, resourceField: 甲,
    resourceCharacterEncoding: UTF-8}
`, srv.URL), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	publish := func(status int, want string, args ...string) string {
		t.Helper()
		var out, errs strings.Builder
		got := run(t.Context(), append(args, "--store", store, "--config", config), nil, &out, &errs)
		if got != status || !strings.Contains(out.String()+errs.String(), want) {
			t.Errorf("%v ended with %d, want %d and %q:\n%s%s", args, got, status, want, &out, &errs)
		}
		return out.String()
	}
	publish(exitDone, "list: 2 new", "harvest")
	publish(exitDone, "+ title: 甲表", "publish", "--dry-run")
	publish(exitDone, "2 to create, 0 to update, 0 to withdraw, 0 held", "publish", "--dry-run")
	if len(there) != 0 {
		t.Fatalf("something was sent: %v", there)
	}
	publish(exitDone, "list/a (7000) 甲表: created", "publish")
	publish(exitDone, `"action": "unchanged"`, "publish", "--dry-run", "--format", "json")
	table = table[:strings.Index(table, "b,")]
	publish(exitDone, "list: 0 new, 0 changed, 1 unchanged, 0 missing, 1 removed", "harvest")
	out := publish(exitDone, "withdraw  list/b (7001) 乙表: it is not in the catalogue any more", "publish")
	code := regexp.MustCompile(`--confirm (\S+)`).FindStringSubmatch(out)
	if code == nil || len(there) != 2 {
		t.Fatalf("no code, or it was withdrawn: %v\n%s", there, out)
	}
	publish(exitFound, "confirm just these with", "publish", "--withdraw", "--confirm", "1-00000000")
	publish(exitUsage, "--withdraw needs --confirm", "publish", "--withdraw")
	publish(exitDone, "list/b (7001) 乙表: withdrawn", "publish", "--withdraw", "--confirm", code[1])
	if len(there) != 1 {
		t.Errorf("the portal has %v", there)
	}
}
