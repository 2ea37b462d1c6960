package build

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestWrite(t *testing.T) {
	info := &debug.BuildInfo{
		GoVersion: "go1.26.8",
		Main:      debug.Module{Path: "fincat", Version: "(devel)"},
		Deps: []*debug.Module{{Path: "github.com/knakk/rdf", Version: "v0.0.1"},
			{Path: "example.org/x", Version: "v9"}},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"},
			{Key: "GOOS", Value: "linux"}, {Key: "GOARCH", Value: "amd64"},
		},
	}
	var b strings.Builder
	if err := Write(&b, info); err != nil {
		t.Fatal(err)
	}
	want := "fincat                " + Release + "\ncommit                abc (modified)\n" +
		"go                    go1.26.8 linux/amd64\ngithub.com/knakk/rdf  v0.0.1\n"
	if b.String() != want {
		t.Errorf("Write wrote\n%s\nwant\n%s", b.String(), want)
	}
}
