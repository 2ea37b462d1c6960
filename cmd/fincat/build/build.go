package build

import (
	"fmt"
	"io"
	"runtime/debug"
	"text/tabwriter"
)

// Release is that of the program; a build from a module version names that instead.
const Release = "0.1.0-dev"

// shownLibraries are the libraries whose version matters to someone who reads
// a bug report.
var shownLibraries = [...]string{
	"github.com/dgraph-io/badger/v4",
	"github.com/gocolly/colly/v2",
	"github.com/knakk/rdf",
	"github.com/knakk/sparql",
	"github.com/piprate/json-gold",
	"github.com/blevesearch/bleve/v2",
}

// Write prints what info says of this build, one fact a line.
func Write(w io.Writer, info *debug.BuildInfo) error {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	v := Release
	if m := info.Main.Version; m != "" && m != "(devel)" {
		v = m
	}
	commit := settings["vcs.revision"]
	switch {
	case commit == "":
		commit = "unknown"
	case settings["vcs.modified"] == "true":
		commit += " (modified)"
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "fincat\t%s\ncommit\t%s\n", v, commit)
	if t := settings["vcs.time"]; t != "" {
		fmt.Fprintf(tw, "committed\t%s\n", t)
	}
	fmt.Fprintf(tw, "go\t%s %s/%s\n", info.GoVersion, settings["GOOS"], settings["GOARCH"])
	modules := map[string]string{}
	for _, m := range info.Deps {
		modules[m.Path] = m.Version
	}
	for _, path := range shownLibraries {
		if mv, ok := modules[path]; ok {
			fmt.Fprintf(tw, "%s\t%s\n", path, mv)
		}
	}
	return tw.Flush()
}
