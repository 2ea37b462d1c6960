package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// storeBytes is the size of a store's files.
func storeBytes(t *testing.T, dir string) (n int64) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if info, err := f.Info(); err == nil && info.Mode().IsRegular() {
			n += info.Size()
		}
	}
	return n
}

// TestCompactUpload breaks uploads of a graph off in the middle, and gives back what they
// took: the store is as large as before, and holds the same.
func TestCompactUpload(t *testing.T) {
	withSecret(t)
	dir := filepath.Join(t.TempDir(), "store")
	fincat(t, exitDone, "update", "--store", dir, "-e", insertOne)
	fincat(t, exitDone, "compact", "--store", dir)
	before := storeBytes(t, dir)
	quads, _ := fincat(t, exitDone, "dump", "--store", dir)
	base, stop := startServe(t, "--store", dir, "--quiet")
	noise, rng := make([]byte, 1200), rand.NewChaCha8([32]byte{1})
	for upload := range 3 {
		body, w := io.Pipe()
		go func() {
			for i := range 5000 {
				_, _ = rng.Read(noise)
				fmt.Fprintf(w, "<http://e/u%d-%d> <http://e/p> \"%s\" .\n", upload, i,
					base64.StdEncoding.EncodeToString(noise))
			}
			w.CloseWithError(io.ErrUnexpectedEOF)
		}()
		req, err := http.NewRequest(http.MethodPut, base+"data?graph=http://e/up", body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer secret")
		req.Header.Set("Content-Type", "application/n-triples")
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
			t.Fatalf("an upload that breaks off = %s", resp.Status)
		}
	}
	// Commits take along the terms that have been numbered.
	for _, text := range []string{"INSERT DATA { <x:a> <x:b> 1 }", "DELETE DATA { <x:a> <x:b> 1 }"} {
		if status, body := post(t, base+"update", url.Values{"update": {text}}, secret...); status/100 != 2 {
			t.Errorf("%s = %d %s", text, status, body)
		}
	}
	stop()
	if grown := storeBytes(t, dir); grown < before+10<<20 {
		t.Errorf("the uploads took %d bytes, so that there is nothing to give back", grown-before)
	}
	out, messages := fincat(t, exitDone, "compact", "--store", dir)
	after := storeBytes(t, dir)
	t.Logf("%d bytes before, %d after; %s%s", before, after, out, messages)
	if after > before+before/20+64<<10 {
		t.Errorf("the store has %d bytes, %d before the uploads", after, before)
	}
	if got, _ := fincat(t, exitDone, "dump", "--store", dir); got != quads {
		t.Errorf("the store holds\n%.500s\nwant\n%s", got, quads)
	}
	if out, _ := fincat(t, exitDone, "check", "--store", dir); strings.Contains(out, "fault") {
		t.Errorf("check: %s", out)
	}
}
