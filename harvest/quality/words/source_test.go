package words

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestNoGap looks at every text in the code of the checks that may be a message: each has to
// be in the table.
func TestNoGap(t *testing.T) {
	w := table(t)
	n := 0
	for _, pattern := range []string{"../*.go", "../inspect/*.go", "../oas/*.go", "../rating/*.go",
		"../../fetch/error.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(node ast.Node) bool {
				text, more := messageOf(node)
				if text != "" {
					n++
					if !w.knows(text) {
						t.Errorf("%s: messages.tsv lacks %q", set.Position(node.Pos()), text)
					}
				}
				return more
			})
		}
	}
	if n < 150 {
		t.Errorf("%d messages were found, want 150 at least", n)
	}
}

// knows reports whether the table has a message by its format.
func (t *Table) knows(format string) bool {
	format = verb.ReplaceAllStringFunc(format, func(v string) string {
		if v[len(v)-1] == 'v' {
			return "%s"
		}
		return v
	})
	quoted := strings.ReplaceAll(format, "%.60q", "%s")
	quoted = strings.ReplaceAll(quoted, "%.200q", "%s")
	if _, ok := t.exact[format]; ok {
		return true
	}
	for i := range t.forms {
		if f := t.forms[i].english; f == format || f == quoted {
			return true
		}
	}
	_, ok := t.translate(format, maxDepth)
	return ok && !strings.Contains(format, "%")
}

var (
	words   = regexp.MustCompile(`[a-z]{3,}`)
	nowhere = regexp.MustCompile(`\\[bsdS]|\(\?i\)|\|`) // a regular expression
	layout  = regexp.MustCompile(`2006|^[a-z]+/[a-z]+`)
)

// notMessages are texts of the code that no result has.
var notMessages = map[string]bool{
	": no answer": true, ", %d bytes, sha256 %s": true, " (and %d more)": true, // pieces of messages
	"no answer": true, "status %d": true, "zip: ": true, "jsontext: ": true,
	"dct:accessRights %s":              true,                               // a name and a value
	"bytes %d-%d/%d":                   true,                               // read, not written
	"server response headers exceeded": true, "unsupported protocol": true, // looked for in errors
	"not found":           true, // looked for in an answer
	"bytes %s":            true,
	"SQLite format 3\x00": true, "PowerPoint Document": true, // of files
	"xml rss": true, "json geojson": true, // lists
	"personal-data: %s": true, "%d cells with %d values, confidence %s": true, // statements of the store
	"read %s: more than %d statements":   true, // stop the run
	"quality.keep":                       true,
	"there is no such dataset or source": true,
	"%d datasets, no files to ask for":   true, // of the command
	"%d datasets with %d files at %d hosts; %s takes longest: not done before %s":           true,
	"max_bytes is at most %d MiB and max_unpacked %d MiB, because files are held in memory": true,
	"workers %d: give 1 to %d":                                             true, // of configuration
	"requests: days %d: give a number of days, such as 30":                 true,
	"requests: %d, at most %d are read":                                    true,
	"answered on %s, before it was asked on %s":                            true,
	"%q is no date: write one such as 2026-01-31":                          true,
	"schedule %q: write a cron expression such as \"0 1 * * *\" or @daily": true,
}

// messageOf returns the text of an expression where it may be a message; more tells whether
// there may be others inside.
func messageOf(n ast.Node) (text string, more bool) {
	switch n := n.(type) {
	case *ast.ImportSpec, *ast.Field:
		return "", false
	case *ast.CallExpr:
		if name := ruleOf(n); name != "" {
			return name, true
		}
		if s, ok := n.Fun.(*ast.SelectorExpr); ok {
			x, _ := s.X.(*ast.Ident)
			switch {
			case s.Sel.Name == "MustCompile", s.Sel.Name == "Fields" && x != nil && x.Name == "strings":
				return "", false
			}
		}
	case *ast.BinaryExpr:
		if n.Op == token.ADD && hasText(n) {
			text = flat(n)
			return candidate(text), false
		}
	case *ast.BasicLit:
		if n.Kind == token.STRING {
			return candidate(flat(n)), true
		}
	}
	return "", true
}

// ruleOf is the name of the rule that a call notes, empty for other calls.
func ruleOf(n *ast.CallExpr) string {
	s, ok := n.Fun.(*ast.SelectorExpr)
	if ok && s.Sel.Name == "found" {
		if l, ok := n.Args[0].(*ast.BasicLit); ok {
			return flat(l)
		}
	}
	return ""
}

// candidate is a text that may be a message, else empty.
func candidate(s string) string {
	plain := verb.ReplaceAllString(s, "")
	if !strings.Contains(s, " ") || !words.MatchString(plain) || strings.Contains(s, "%w") || notMessages[s] ||
		nowhere.MatchString(s) || layout.MatchString(s) || strings.Contains(s, "Traceback") {
		return ""
	}
	return s
}

func hasText(n ast.Expr) bool {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		return hasText(n.X) || hasText(n.Y)
	case *ast.BasicLit:
		return n.Kind == token.STRING
	}
	return false
}

// flat is an expression as a format: what is no text in it is an argument.
func flat(n ast.Expr) string {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		return flat(n.X) + flat(n.Y)
	case *ast.BasicLit:
		s, err := strconv.Unquote(n.Value)
		if err != nil {
			return fmt.Sprint(err)
		}
		return s
	}
	return "%s"
}
