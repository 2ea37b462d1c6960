package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMistakesComeFirst asserts that mistakes of the configuration which only a server can see
// are found before it makes a store, each with its line.
func TestMistakesComeFirst(t *testing.T) {
	const base = "base: https://e.tw/\n"
	for _, tt := range []struct{ name, config, want string }{
		{"login", base + "login: {issuer: nowhere}\n", "line 2: login: issuer \"nowhere\""},
		{"login of nobody", base + "login: {issuer: 'https://i.tw/', client_id: x}\n",
			"line 2: login: roles is empty"},
		{"unknown organisation", base + "\nlogin: {issuer: 'https://i.tw/', client_id: x, roles: [{claim: a, " +
			"value: b, role: provider, organisation: zz}]}\n", "line 3: login: roles, entry 1: the directory has no"},
		{"base like an address of ours", "\nbase: https://e.tw/dataset/\n", "line 2: base \"https://e.tw/dataset/\""},
		{"public without a base", "listen: 0.0.0.0:0\n", "has no base, and "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			file, store := filepath.Join(dir, "fincat.yaml"), filepath.Join(dir, "store")
			if err := os.WriteFile(file, []byte(tt.config), 0o600); err != nil {
				t.Fatal(err)
			}
			_, stderr := fincat(t, exitFailed, "serve", "--store", store, "--config", file)
			if !strings.Contains(stderr, tt.want) || !strings.Contains(stderr, file) {
				t.Errorf("serve says %q, want %q and the file in it", stderr, tt.want)
			}
			if _, err := os.Stat(store); err == nil {
				t.Error("a store was made")
			}
		})
	}
}
