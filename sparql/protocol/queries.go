package protocol

import (
	"bufio"
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"

	knakksparql "github.com/knakk/sparql"
)

//go:embed queries/*.rq
var queryFiles embed.FS

// Queries returns this package's own queries by name.
func Queries() (knakksparql.Bank, error) { return LoadQueries(queryFiles) }

// LoadQueries reads every .rq file of a file tree into one bank. A file holds
// queries, each after a line "# tag: name" and comments that say what it
// answers.
//
// The bank joins lines, drops those that begin with "#" and runs of spaces; a
// query must therefore have no comment at the end of a line, and no string of
// more than one line or with two spaces in a row.
func LoadQueries(files fs.FS) (knakksparql.Bank, error) {
	all := knakksparql.Bank{}
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || len(path) < 3 || path[len(path)-3:] != ".rq" {
			return err
		}
		f, err := files.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		bank, err := ParseQueries(f)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for name, text := range bank {
			if _, twice := all[name]; twice {
				return fmt.Errorf("%s: the query %q exists already", path, name)
			}
			all[name] = text
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load the named queries: %w", err)
	}
	return all, nil
}

// ParseQueries reads the queries of one .rq file.
func ParseQueries(r io.Reader) (knakksparql.Bank, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxQueryFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxQueryFile {
		return nil, fmt.Errorf("more than %d bytes of queries", maxQueryFile)
	}
	// The bank's scanner ends silently at a long line.
	for line := range bytes.Lines(text) {
		if len(line) >= bufio.MaxScanTokenSize {
			return nil, fmt.Errorf("a line of %d bytes is too long", len(line))
		}
	}
	bank := knakksparql.LoadBank(bytes.NewReader(text))
	if len(bank) == 0 {
		return nil, errors.New(`no query: want one line "# tag: name" before each`)
	}
	if tags := bytes.Count(append([]byte("\n"), text...), []byte("\n# tag:")); tags != len(bank) {
		return nil, fmt.Errorf("%d tags for %d queries: a name is used twice or is no word", tags, len(bank))
	}
	return bank, nil
}

const maxQueryFile = 1 << 20
