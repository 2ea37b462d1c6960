package editor

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"fincat/sparql/protocol"
)

// file is something that the page loads.
type file struct {
	text  []byte
	kind  string // media type
	cache string // Cache-Control
}

// add has a file served under a name with its hash, and returns its address.
func (e *Editor) add(name, kind string) (address string, err error) {
	text, err := assets.ReadFile("assets/" + name)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	ext := path.Ext(name)
	hashed := fmt.Sprintf("%s-%s%s", strings.TrimSuffix(name, ext), hex.EncodeToString(sum[:8]), ext)
	e.files[hashed] = file{text, kind, "public, max-age=31536000, immutable"}
	return "/query/" + hashed, nil
}

// Script is the address of the script, which changes with its content.
func (e *Editor) Script() string { return e.script }

// Style is the address of the style sheet, which changes with its content.
func (e *Editor) Style() string { return e.style }

func (e *Editor) file(w http.ResponseWriter, r *http.Request) {
	f, ok := e.files[r.PathValue("name")]
	if !ok {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotFound, Detail: "there is no such file"})
		return
	}
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("Cache-Control", f.cache)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.text))
}
