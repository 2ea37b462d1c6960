package manual

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fincat/cmd/fincat/metrics"
	"fincat/harvest"
	"fincat/harvest/quality"
)

// comments reads what the comments of the program say of the fields of its structures.
type comments map[string]map[string]*ast.StructType

// of returns the comment of a key: the one behind it, or else the one above it.
func (c comments) of(t *testing.T, k Key) string {
	t.Helper()
	dir := k.in.PkgPath()
	if c[dir] == nil {
		c[dir] = map[string]*ast.StructType{}
		files, err := filepath.Glob(filepath.Join("../../..", strings.TrimPrefix(dir, "fincat/"), "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if spec, ok := n.(*ast.TypeSpec); ok {
					if s, ok := spec.Type.(*ast.StructType); ok {
						c[dir][spec.Name.Name] = s
					}
				}
				return true
			})
		}
	}
	s := c[dir][k.in.Name()]
	if s == nil {
		t.Fatalf("there is no structure %s", k.in)
	}
	for _, f := range s.Fields.List {
		if slices.ContainsFunc(f.Names, func(n *ast.Ident) bool { return n.Name == k.name }) {
			text := f.Comment.Text()
			if text == "" {
				text = f.Doc.Text()
			}
			return plain(text)
		}
	}
	return ""
}

var toCode = regexp.MustCompile(`[;,] see \[[^\]]*\]|[\[\]]`)

// plain is a comment without what leads to other places in the code.
func plain(comment string) string {
	text := strings.Join(strings.Fields(comment), " ")
	if strings.Contains(text, "[a-z0-9-]+") { // no reference
		return text
	}
	return toCode.ReplaceAllString(text, "")
}

// keys are all keys of the configuration, each once.
func keys() (out []Key) {
	seen := map[string]bool{}
	for _, k := range Keys(reflect.TypeFor[harvest.Config](), "") {
		if !seen[k.Field] {
			seen[k.Field] = true
			out = append(out, k)
		}
	}
	return out
}

// TestKeys compares what the manual says in English of each key of the configuration with the comment
// in the code, which is the only place where that is written. FINCAT_WORDS=1 rewrites it; then the
// Chinese of a changed line has to be looked at.
func TestKeys(t *testing.T) {
	r, err := newReference(nil, "zh")
	if err != nil {
		t.Fatal(err)
	}
	said, lines := comments{}, ""
	for _, k := range keys() {
		want, got := said.of(t, k), r.words["keys "+k.Field]
		switch {
		case want == "":
			t.Errorf("the field of %s has no comment", k.Field)
		case got.en != want:
			t.Errorf("%s: the manual says %q, the code %q", k.Field, got.en, want)
			got.zh = ""
		case got.zh == "":
			t.Errorf("%s: there is no Chinese", k.Field)
		}
		lines += k.Field + "\t" + want + "\t" + got.zh + "\n"
	}
	if os.Getenv("FINCAT_WORDS") != "" {
		if err := os.WriteFile("words/keys.tsv", []byte(lines), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var known []string
	for _, k := range keys() {
		known = append(known, k.Field)
	}
	exactly(t, r, "keys", known)
}

// exactly reports names without words, and words of nothing.
func exactly(t *testing.T, r *reference, table string, known []string) {
	t.Helper()
	listed := map[string]bool{}
	for key := range r.words {
		if name, ok := strings.CutPrefix(key, table+" "); ok {
			listed[name] = true
		}
	}
	for _, name := range known {
		w := r.words[table+" "+name]
		if w.zh == "" || slices.Contains(tables3, table) && w.en == "" {
			t.Errorf("words/%s.tsv says nothing, or not in both languages, of %s", table, name)
		}
		delete(listed, name)
	}
	for name := range listed {
		t.Errorf("words/%s.tsv tells of %s, which is not there", table, name)
	}
}

// TestWords looks for words that are missing, and for those of what is not there any more. The
// commands are looked at by the program's own tests.
func TestWords(t *testing.T) {
	r, err := newReference(nil, "zh")
	if err != nil {
		t.Fatal(err)
	}
	exactly(t, r, "routes", slices.Collect(maps.Keys(Routes())))
	var names []string
	for _, d := range metrics.Described() {
		names = append(names, d.Name)
	}
	if len(names) < 10 {
		t.Errorf("there are %d metrics", len(names))
	}
	exactly(t, r, "metrics", names)
	rules, err := quality.NewRules()
	if err != nil {
		t.Fatal(err)
	}
	names = nil
	for _, i := range rules.Indicators {
		names = append(names, i.ID)
	}
	exactly(t, r, "rules", names)
}
