package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// layers are the top-level folders in the order in which they may import each
// other: a package imports its own folder and those further left.
var layers = []string{"vocab", "store", "sparql", "harvest", "cmd"}

// doors lists, for each library or package that stays behind others, the packages
// that may import it.
var doors = map[string][]string{
	"github.com/dgraph-io/badger/v4": {"store/kv"},
	"github.com/gocolly/colly/v2":    {"harvest/fetch"},
	"github.com/knakk/rdf":           {"vocab/rdfio"},
	"github.com/piprate/json-gold":   {"vocab/jsonld"},
	"github.com/knakk/sparql":        {"sparql/protocol", "harvest/queries", "harvest/source"},
	"github.com/wneessen/go-mail":    {"harvest/notify"},
	"github.com/coreos/go-oidc/v3":   {"cmd/fincat/login"},
	"github.com/alexedwards/scs/v2":  {"cmd/fincat/login"},

	// The store's rooms, each of which knows only those below it.
	"fincat/store/kv":       {"store"},
	"fincat/store/dict":     {"store"},
	"fincat/store/stats":    {"store"},
	"fincat/store/timeline": {"store"},
	"fincat/store/block":    {"store", "store/dict", "store/kv", "store/stats"},
	"fincat/store/ids":      {"store", "store/dict", "store/block", "store/stats"},
}

// strangers lists what a package must not know although its folder may.
var strangers = map[string][]string{
	"harvest/problem": {"harvest", "harvest/fetch", "harvest/source", "harvest/history", "harvest/notify"},
	"harvest/history": {"harvest", "harvest/fetch", "harvest/source", "harvest/notify"},
	"harvest/notify":  {"harvest", "harvest/fetch", "harvest/source", "harvest/history", "harvest/problem"},
	"harvest/document": {"harvest", "harvest/source", "harvest/mapping", "harvest/openapi", "harvest/history",
		"harvest/notify"},
	"harvest/mapping": {"harvest", "harvest/source", "harvest/openapi", "harvest/fetch", "harvest/history",
		"harvest/notify"},
	"harvest/iso19139": {"harvest", "harvest/source", "harvest/mapping", "harvest/fetch"},
	"harvest/openapi": {"harvest", "harvest/source", "harvest/mapping", "harvest/history", "harvest/notify",
		"vocab/dcat"},
	"harvest/quality": {"harvest", "harvest/source", "harvest/mapping", "harvest/document", "harvest/history",
		"harvest/notify"},
	"harvest/report":           {"harvest", "harvest/source", "harvest/mapping"},
	"harvest/quality/inspect":  {"harvest", "harvest/source", "harvest/fetch", "harvest/quality", "store"},
	"harvest/quality/personal": {"harvest", "harvest/source", "harvest/fetch", "harvest/quality", "store"},
	"harvest/quality/words":    {"harvest", "sparql", "store", "vocab"},
	"harvest/fetch": {"harvest", "harvest/document", "harvest/mapping", "harvest/openapi", "harvest/source",
		"harvest/history", "harvest/notify", "vocab/dcat"},
}

// goFile is the parsed head of one Go file of the module.
type goFile struct {
	path    string // from the module's root, with slashes
	imports []string
	doc     string
	pkg     string
}

func (f goFile) dir() string { return filepath.ToSlash(filepath.Dir(f.path)) }

// moduleFiles parses the import clauses of every Go file of the module.
func moduleFiles(t *testing.T) []goFile {
	t.Helper()
	const root = "../.."
	var files []goFile
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		files = append(files, goFile{filepath.ToSlash(rel), importPaths(f), f.Doc.Text(), f.Name.Name})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func importPaths(f *ast.File) []string {
	var paths []string
	for _, spec := range f.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			paths = append(paths, p)
		}
	}
	return paths
}

// importFault says what is wrong with a file of the package in dir importing
// path, "" when nothing is.
func importFault(dir, path string) string {
	for lib, allowed := range doors {
		if (path == lib || strings.HasPrefix(path, lib+"/")) && !slices.Contains(allowed, dir) {
			return lib + " may only be imported by " + strings.Join(allowed, " and ")
		}
	}
	own, ok := strings.CutPrefix(path, "fincat/")
	if !ok {
		return ""
	}
	if slices.Contains(strangers[dir], own) {
		return dir + " is to be usable without " + own
	}
	folder := func(p string) string { top, _, _ := strings.Cut(p, "/"); return top }
	from, to := slices.Index(layers, folder(dir)), slices.Index(layers, folder(own))
	switch {
	case folder(dir) == "testdata":
		return "testdata holds data and imports nothing of the program"
	case folder(own) == "testdata":
		if folder(dir) == "cmd" || folder(dir) == "harvest" {
			return ""
		}
		return "only cmd and harvest import testdata"
	case from < 0 || to < 0:
		return "folder outside the map " + strings.Join(layers, " <- ")
	case to > from:
		return folder(own) + " is to the right of " + folder(dir) + " in the map"
	}
	return ""
}

func TestImportDirections(t *testing.T) {
	for _, f := range moduleFiles(t) {
		for _, path := range f.imports {
			if fault := importFault(f.dir(), path); fault != "" {
				t.Errorf("%s imports %s: %s", f.path, path, fault)
			}
		}
	}
}

func TestImportFault(t *testing.T) {
	tests := []struct {
		dir, path string
		ok        bool
	}{
		{"store", "fincat/vocab/term", true},
		{"store", "fincat/sparql", false},
		{"sparql", "fincat/sparql/exec", true},
		{"vocab/rdfio", "fincat/store", false},
		{"cmd/fincat", "fincat/harvest/feed", true},
		{"harvest", "fincat/cmd/fincat/portal", false},
		{"store/kv", "github.com/dgraph-io/badger/v4", true},
		{"store/kv", "github.com/dgraph-io/badger/v4/options", true},
		{"store", "github.com/dgraph-io/badger/v4", false},
		{"sparql", "github.com/dgraph-io/badger/v4", false},
		{"store/block", "github.com/dgraph-io/badger/v4", false},
		{"store/dict", "github.com/dgraph-io/badger/v4", false},
		{"store/block", "fincat/store/dict", false},
		{"store/dict", "fincat/store/block", true},
		{"sparql/exec", "fincat/store/ids", false},
		{"harvest", "github.com/gocolly/colly/v2", false},
		{"harvest/source", "github.com/gocolly/colly/v2", false},
		{"harvest/fetch", "fincat/harvest/source", false},
		{"harvest/fetch", "fincat/vocab/dcat", false},
		{"harvest/source", "fincat/harvest/fetch", true},
		{"harvest/source", "fincat/harvest/document", true},
		{"harvest/document", "fincat/harvest/source", false},
		{"harvest/document", "fincat/harvest/mapping", false},
		{"harvest/mapping", "fincat/harvest/document", true},
		{"harvest/mapping", "fincat/harvest/fetch", false},
		{"harvest/openapi", "fincat/harvest/mapping", false},
		{"sparql/protocol", "github.com/knakk/sparql", true},
		{"sparql", "github.com/knakk/sparql", false},
		{"vocab/term", "github.com/knakk/rdf", false},
		{"vocab/jsonld", "github.com/piprate/json-gold/ld", true},
		{"vocab/rdfio", "github.com/piprate/json-gold/ld", false},
		{"misc", "fincat/vocab", false},
		{"testdata/ecosystem", "fincat/vocab", false},
		{"testdata/ecosystem", "embed", true},
		{"harvest", "github.com/wneessen/go-mail", false},
		{"harvest/history", "fincat/harvest/problem", true},
		{"harvest/history", "fincat/harvest/source", false},
		{"harvest/history", "fincat/harvest/fetch", false},
		{"harvest/history", "fincat/harvest", false},
		{"store", "fincat/testdata/ecosystem", false},
	}
	for _, tt := range tests {
		if got := importFault(tt.dir, tt.path) == ""; got != tt.ok {
			t.Errorf("importFault(%q, %q) allows = %v, want %v", tt.dir, tt.path, got, tt.ok)
		}
	}
}

// TestPackageComments asks of every package a doc.go whose comment is the
// package's only one.
func TestPackageComments(t *testing.T) {
	comments := map[string][]string{}
	for _, f := range moduleFiles(t) {
		if strings.HasSuffix(f.path, "_test.go") {
			continue
		}
		if _, ok := comments[f.dir()]; !ok {
			comments[f.dir()] = nil
		}
		if f.doc != "" {
			comments[f.dir()] = append(comments[f.dir()], f.path)
		}
		want := "Package " + f.pkg + " "
		if f.pkg == "main" {
			want = "Command "
		}
		if f.doc != "" && !strings.HasPrefix(f.doc, want) {
			t.Errorf("%s: package comment starts %.30q, want %q", f.path, f.doc, want)
		}
	}
	for dir, in := range comments {
		if want := []string{dir + "/doc.go"}; !slices.Equal(in, want) {
			t.Errorf("package comments of %s in %v, want %v", dir, in, want)
		}
	}
}

// TestReadmeMap asks that the README's map names every package, and no other,
// and that the files and commands it names are there.
func TestReadmeMap(t *testing.T) {
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range regexp.MustCompile(
		`(?m)^    ((?:vocab|store|sparql|harvest|cmd|testdata)[a-z0-9/]*)  +[A-Za-z]`).FindAllSubmatch(data, -1) {
		named[string(m[1])] = true
	}
	packages := map[string]bool{}
	for _, f := range moduleFiles(t) {
		packages[f.dir()] = true
	}
	for dir := range packages {
		if !named[dir] {
			t.Errorf("the README's map lacks %s", dir)
		}
	}
	for dir := range named {
		if !packages[dir] {
			t.Errorf("the README's map names %s, which is no package", dir)
		}
	}
	for _, m := range regexp.MustCompile("`([a-z-]+\\.rq)`").FindAllSubmatch(data, -1) {
		if _, err := os.Stat("../../harvest/queries/examples/" + string(m[1])); err != nil {
			t.Error(err)
		}
	}
	for _, m := range regexp.MustCompile("in `([a-z/]+\\.go)`|`([a-z/]+\\.go)` ").FindAllSubmatch(data, -1) {
		if _, err := os.Stat("../../" + string(m[1]) + string(m[2])); err != nil {
			t.Error(err)
		}
	}
	for _, c := range newRootCommand().Commands() {
		if !strings.Contains(string(data), "`"+c.Name()) && c.Name() != "help" && !c.Hidden {
			t.Errorf("the README does not name the command %s", c.Name())
		}
	}
}

// TestCommandHelp asks of every command a short description and an example.
func TestCommandHelp(t *testing.T) {
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		if c.Short == "" || c.Example == "" {
			t.Errorf("%s has no short description or no example", c.CommandPath())
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(newRootCommand())
}
