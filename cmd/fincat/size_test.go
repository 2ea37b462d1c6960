package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The sizes that a reader can still hold in mind. STYLE's aims are lower; these
// are where something has to be cut.
const (
	maxPackageLines  = 6000 // of a package, without its tests
	maxFileLines     = 800
	maxFunctionLines = 80
	maxMethods       = 40 // of a type
)

// largeTypes lists the types that have more methods, and why they are not cut.
var largeTypes = map[string]string{
	"sparql/syntax.parser":     "a recursive descent parser: a method for each production of SPARQL 1.1 §19.8",
	"vocab/rdfio.turtleParser": "a recursive descent parser: a method for each production of Turtle §6.5, TriG §4.5",
}

// longFunctions lists the functions that are longer, and why they are not cut.
var longFunctions = map[string]string{
	"sparql/plan.scopes.findScope": "one switch with a few lines for each operator of the algebra",
}

// sizes counts what the module's production code has, by directory, by
// "directory.Type" and by "directory.Function" or "directory.Type.Method".
type sizes struct {
	packageLines, fileLines, methods, functions map[string]int
}

func (s *sizes) add(dir, path string, src []byte) error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, src, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	lines := strings.Count(string(src), "\n")
	s.fileLines[path] = lines
	s.packageLines[dir] += lines
	for _, decl := range f.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		name := dir + "." + fn.Name.Name
		if typ := receiver(fn); typ != "" {
			name = dir + "." + typ + "." + fn.Name.Name
			s.methods[dir+"."+typ]++
		}
		s.functions[name] = fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1
	}
	return nil
}

// receiver returns the name of the type that a function is a method of.
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return ""
	}
	typ := fn.Recv.List[0].Type
	for {
		switch t := typ.(type) {
		case *ast.StarExpr:
			typ = t.X
		case *ast.IndexExpr:
			typ = t.X
		case *ast.IndexListExpr:
			typ = t.X
		case *ast.Ident:
			return t.Name
		default:
			return ""
		}
	}
}

func newSizes() *sizes {
	return &sizes{map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}}
}

// over returns what is larger than a limit and not excused, and the excuses that
// nothing needs any more.
func over(counts map[string]int, limit int, excused map[string]string) (faults []string) {
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		switch n := counts[name]; {
		case n > limit && excused[name] == "":
			faults = append(faults, fmt.Sprintf("%s has %d, at most %d", name, n, limit))
		case n <= limit && excused[name] != "":
			faults = append(faults, fmt.Sprintf("%s has %d and needs no excuse", name, n))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(excused)) {
		if _, ok := counts[name]; !ok {
			faults = append(faults, name+" is excused and not there")
		}
	}
	return faults
}

// TestSizes asks that no package, file, type or function outgrow its reader.
func TestSizes(t *testing.T) {
	s := newSizes()
	for _, f := range moduleFiles(t) {
		if strings.HasSuffix(f.path, "_test.go") {
			continue
		}
		src, err := os.ReadFile(filepath.Join("../..", f.path))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.add(f.dir(), f.path, src); err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range []struct {
		what    string
		counts  map[string]int
		limit   int
		excused map[string]string
	}{
		{"lines of a package", s.packageLines, maxPackageLines, nil},
		{"lines of a file", s.fileLines, maxFileLines, nil},
		{"methods of a type", s.methods, maxMethods, largeTypes},
		{"lines of a function", s.functions, maxFunctionLines, longFunctions},
	} {
		for _, fault := range over(kind.counts, kind.limit, kind.excused) {
			t.Errorf("%s: %s", kind.what, fault)
		}
	}
}

func TestSizesCount(t *testing.T) {
	s := newSizes()
	src := "package p\n\nfunc f() {\n}\n\nfunc (t *T[K]) m() {\n\tf()\n}\n\nfunc (T) n() {}\n"
	err := s.add("p", "p/a.go", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if s.packageLines["p"] != 10 || s.fileLines["p/a.go"] != 10 {
		t.Errorf("lines %v, %v, want 10", s.packageLines, s.fileLines)
	}
	if s.methods["p.T"] != 2 {
		t.Errorf("methods %v, want 2 of p.T", s.methods)
	}
	if want := map[string]int{"p.f": 2, "p.T.m": 3, "p.T.n": 1}; !maps.Equal(s.functions, want) {
		t.Errorf("functions %v, want %v", s.functions, want)
	}
	excused := map[string]string{"p.f": "it is short", "p.gone": "it was long"}
	want := []string{"p.T.m has 3, at most 2", "p.f has 2 and needs no excuse", "p.gone is excused and not there"}
	if got := over(s.functions, 2, excused); !slices.Equal(got, want) {
		t.Errorf("over = %q, want %q", got, want)
	}
}
