package shacl

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"

	"fincat/vocab"
	tw "fincat/vocab/profile"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

//go:embed profiles
var profileFiles embed.FS

// profile is a shape set that comes with the program.
type profile struct {
	name     string
	iri      string   // under which documents import it
	files    []string // below profiles
	concepts bool     // with what concepts.txt says of concept schemes
}

// taiwan stands for the shapes of the Taiwan profile, which are made of its table.
const taiwan = "tw/shapes.ttl"

// semic is where the shapes of DCAT-AP say that they are published.
const semic = "https://semiceu.github.io/DCAT-AP/releases/3.0.0/html/shacl/"

var profiles = []profile{
	{"dcat-ap", "http://data.europa.eu/r5r/", []string{
		"dcat-ap/mandatory.ttl", "dcat-ap/recommended.ttl", "dcat-ap/ranges.ttl", "dcat-ap/vocabularies.ttl"}, true},
	{"dcat-ap-mandatory", semic + "shapes.ttl", []string{"dcat-ap/mandatory.ttl"}, false},
	{"dcat-ap-recommended", "http://data.europa.eu/r5r/shacl_shapes", []string{"dcat-ap/recommended.ttl"}, false},
	{"dcat-ap-ranges", semic + "range.ttl", []string{"dcat-ap/ranges.ttl"}, false},
	{"dcat-ap-vocabularies", "http://data.europa.eu/r5r/mdr_shapes", []string{"dcat-ap/vocabularies.ttl"}, true},
	{"dcat-us", "http://data.resources.gov/shapes/dcat-us", []string{"dcat-us/shapes.ttl"}, false},
	{"tw", "https://w3id.org/fincat/profile/tw", []string{taiwan}, false},
}

// Profiles returns the names of the built-in shape sets.
func Profiles() []string {
	var names []string
	for _, p := range profiles {
		names = append(names, p.name)
	}
	return names
}

// Builtin returns the shapes graphs of built-in shape sets together, as
// [Compile] takes them, and the facts that go with them, for [Shapes.State].
func Builtin(names ...string) (shapes, facts []term.Quad, err error) {
	seen := map[string]bool{}
	for _, name := range names {
		i := slices.IndexFunc(profiles, func(p profile) bool { return p.name == name })
		if i < 0 {
			return nil, nil, fmt.Errorf("there is no shape set %q; there are %s", name, strings.Join(Profiles(), ", "))
		}
		for _, file := range profiles[i].files {
			if seen[file] {
				continue
			}
			seen[file] = true
			quads, err := readProfile(file)
			if err != nil {
				return nil, nil, err
			}
			shapes = append(shapes, quads...)
		}
		if profiles[i].concepts && facts == nil {
			if facts, err = concepts(); err != nil {
				return nil, nil, err
			}
		}
	}
	return shapes, facts, nil
}

// ImportBuiltin is an [Imports] of the built-in shape sets, and of the vocabulary
// of SHACL, which has nothing that a shapes graph needs.
func ImportBuiltin(iri string) ([]term.Quad, bool) {
	if strings.TrimRight(iri, "#/") == strings.TrimRight(vocab.SHNS, "#/") {
		return nil, true
	}
	for _, p := range profiles {
		if strings.TrimRight(p.iri, "#/") != strings.TrimRight(iri, "#/") {
			continue
		}
		quads, _, err := Builtin(p.name)
		return quads, err == nil
	}
	return nil, false
}

func readProfile(file string) ([]term.Quad, error) {
	data, err := []byte(nil), error(nil)
	if file == taiwan {
		data = []byte(tw.Shapes())
	} else if data, err = profileFiles.ReadFile("profiles/" + file); err != nil {
		return nil, err
	}
	label := strings.NewReplacer("/", "_", ".ttl", "_", "-", "_").Replace(file)
	quads, err := rdfio.ReadAll(context.Background(), bytes.NewReader(data),
		rdfio.ReadOptions{Path: file, Base: "https://w3id.org/fincat/profile/" + file, BlankNodes: label})
	if err != nil {
		return nil, fmt.Errorf("shape set %s: %w", file, err)
	}
	return quads, nil
}

// concepts reads which concepts belong to which scheme.
func concepts() ([]term.Quad, error) {
	data, err := profileFiles.ReadFile("profiles/dcat-ap/concepts.txt")
	if err != nil {
		return nil, err
	}
	var out []term.Quad
	for line := range strings.Lines(string(data)) {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] == "#" {
			continue
		}
		for _, code := range words[2:] {
			t := triple(term.NewIRI(words[1]+code), vocab.SKOSInScheme, term.NewIRI(words[0]))
			out = append(out, t.In(term.Term{}))
		}
	}
	return out, nil
}
