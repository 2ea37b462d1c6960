package queries

import (
	"bufio"
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	knakksparql "github.com/knakk/sparql"

	"fincat/sparql/protocol"
)

//go:embed named/*.rq examples/*.rq
var files embed.FS

// Bank is a set of named queries. It is safe for concurrent use.
type Bank struct {
	bank     knakksparql.Bank
	examples []Example
}

// Example is a question that a person might ask, and its query as written.
type Example struct {
	Name   string // such as "publishers-by-format"
	Group  string // what it is about: one of Groups
	ZH, EN string // the question in Chinese and in English
	Text   string // without the comments at the head
}

// Groups are what examples are about, in the order in which people look for them.
var Groups = []string{"catalogue", "search", "organisations", "links", "entities", "harvest", "requests",
	"federation"}

// Load reads the queries that are part of the program.
func Load() (*Bank, error) { return load(files) }

func load(fsys fs.FS) (*Bank, error) {
	names, err := fs.Glob(fsys, "*/*.rq")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	bank, err := protocol.LoadQueries(fsys)
	if err != nil {
		return nil, err
	}
	if len(bank) != len(names) {
		return nil, fmt.Errorf("%d queries in %d files", len(bank), len(names))
	}
	b := &Bank{bank: bank}
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		if err := b.add(name, data); err != nil {
			return nil, fmt.Errorf("query %s: %w", name, err)
		}
	}
	return b, nil
}

// add reads one file. The bank joins lines and drops those that begin with
// "#", so a comment behind code would swallow the rest of the query.
func (b *Bank) add(file string, data []byte) error {
	name := strings.TrimSuffix(path.Base(file), ".rq")
	if _, ok := b.bank[name]; !ok {
		return fmt.Errorf("want one line %q", "# tag: "+name)
	}
	e := Example{Name: name}
	var body []string
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		line := s.Text()
		comment, ok := strings.CutPrefix(line, "#")
		switch comment = strings.TrimSpace(comment); {
		case !ok && strings.Contains(line, " #"):
			return fmt.Errorf("comment behind code: %s", line)
		case !ok:
			body = append(body, line)
		case strings.HasPrefix(comment, "zh: "):
			e.ZH = comment[4:]
		case strings.HasPrefix(comment, "group: "):
			e.Group = comment[len("group: "):]
		case strings.HasPrefix(comment, "en: "):
			e.EN = comment[4:]
		}
	}
	if path.Dir(file) == "examples" {
		if e.ZH == "" || e.EN == "" {
			return fmt.Errorf("an example needs its question on the lines \"# zh:\" and \"# en:\"")
		}
		if !slices.Contains(Groups, e.Group) {
			return fmt.Errorf("an example needs what it is about on the line \"# group:\": one of %s",
				strings.Join(Groups, ", "))
		}
		e.Text = strings.TrimSpace(strings.Join(body, "\n")) + "\n"
		b.examples = append(b.examples, e)
	}
	return nil
}

// Examples returns the questions a person might ask, sorted by name.
func (b *Bank) Examples() []Example { return slices.Clone(b.examples) }

// Example returns the example with the given name.
func (b *Bank) Example(name string) (Example, bool) {
	i := slices.IndexFunc(b.examples, func(e Example) bool { return e.Name == name })
	if i < 0 {
		return Example{}, false
	}
	return b.examples[i], true
}

// Text returns the query with the given name. A query with parameters takes a
// struct whose fields are terms, numbers or booleans; others take nil.
func (b *Bank) Text(name string, params any) (string, error) {
	var args []any
	if params != nil {
		args = append(args, params)
	}
	text, err := b.bank.Prepare(name, args...)
	if err != nil {
		return "", fmt.Errorf("query %s: %w", name, err)
	}
	return text, nil
}
