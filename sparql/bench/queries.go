package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fincat/sparql/protocol"
)

// Query is a query of a benchmark.
type Query struct{ name, text string }

// Queries reads the .rq files of a directory, in the order of names; with
// no directory, the queries built in.
func Queries(dir string) ([]Query, error) {
	var out []Query
	if dir == "" {
		bank, err := protocol.Queries()
		if err != nil {
			return nil, err
		}
		for name, text := range bank {
			if local, ok := strings.CutPrefix(name, "bench-"); ok {
				out = append(out, Query{local, text})
			}
		}
	} else {
		files, err := filepath.Glob(filepath.Join(dir, "*.rq"))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			qs, err := readQueryFile(file)
			if err != nil {
				return nil, err
			}
			out = append(out, qs...)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no .rq files in %q", dir)
	}
	slices.SortFunc(out, func(a, b Query) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

func readQueryFile(file string) ([]Query, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if !strings.Contains("\n"+string(b), "\n# tag:") {
		name := strings.TrimSuffix(filepath.Base(file), ".rq")
		return []Query{{name, string(b)}}, nil
	}
	bank, err := protocol.ParseQueries(strings.NewReader(string(b)))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %s", file), err)
	}
	var out []Query
	for name, text := range bank {
		out = append(out, Query{name, text})
	}
	return out, nil
}
