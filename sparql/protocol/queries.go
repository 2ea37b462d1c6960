package protocol

import (
	"embed"
	"fmt"
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
// The bank joins lines and drops those that begin with "#"; a query must
// therefore have no other comments and no string of more than one line.
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
		bank := knakksparql.LoadBank(f)
		if len(bank) == 0 {
			return fmt.Errorf("%s has no tagged query", path)
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
