package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// library is a module that is linked into the program.
type library struct {
	path, version, sum string
	license            string // its text
	script             bool   // an npm package, in the script of the query page
}

// scripts are the packages in the script of the query page, as the list beside it names them.
func scripts(root string) ([]library, error) {
	text, err := os.ReadFile(filepath.Join(root, "cmd/fincat/editor/assets/LICENCES.txt"))
	if err != nil {
		return nil, err
	}
	var out []library
	for _, part := range strings.Split(string(text), "\n---\n\n")[1:] {
		head, license, _ := strings.Cut(part, "\n\n")
		name, version, ok := strings.Cut(head, " ")
		if !ok || license == "" {
			return nil, fmt.Errorf("the licences of the query page's script: %.60q is no name with a version", head)
		}
		out = append(out, library{path: name, version: version, license: license, script: true})
	}
	return out, nil
}

// packageURL names a library as package managers do.
func (l library) packageURL() string {
	if l.script {
		return "pkg:npm/" + strings.Replace(l.path, "@", "%40", 1) + "@" + l.version
	}
	return "pkg:golang/" + l.path + "@" + l.version
}

// librariesOf returns the modules that are linked, and the standard library, with their
// licences.
func librariesOf(ctx context.Context, root string, info *debug.BuildInfo) ([]library, error) {
	goRoot, err := output(ctx, root, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	license, err := licenseOf(goRoot)
	if err != nil {
		return nil, err
	}
	libraries := []library{{path: "std", version: info.GoVersion, license: license}}
	args := []string{"list", "-m", "-f", "{{.Dir}}"}
	for _, m := range info.Deps {
		if m.Replace != nil {
			return nil, fmt.Errorf("%s is replaced in go.mod: the archive would name another module than it contains",
				m.Path)
		}
		args = append(args, m.Path)
	}
	text, err := output(ctx, root, "go", args...)
	if err != nil {
		return nil, err
	}
	dirs := strings.Split(text, "\n")
	if len(dirs) != len(info.Deps) {
		return nil, errors.New("not all modules are at hand: run 'go mod download' first")
	}
	for i, m := range info.Deps {
		dir := dirs[i]
		l := library{path: m.Path, version: m.Version, sum: m.Sum}
		if l.license, err = licenseOf(dir); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Path, err)
		}
		libraries = append(libraries, l)
	}
	return libraries, nil
}

// licenseNames begin the names of the files that have the licence of a library.
var licenseNames = []string{"license", "licence", "copying", "notice", "unlicense", "copyright", "patents"}

// licenseOf returns the licence files of a directory, or, where there are none, what its
// sources say at their beginning.
func licenseOf(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var text []string
	for _, e := range entries {
		name := strings.ToLower(e.Name())
		begins := func(l string) bool { return strings.HasPrefix(name, l) }
		if e.Type().IsRegular() && slices.ContainsFunc(licenseNames, begins) {
			b, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				return "", err
			}
			text = append(text, strings.TrimSpace(string(b)))
		}
	}
	if len(text) > 0 {
		return strings.Join(text, "\n\n"), nil
	}
	return statedLicense(dir)
}

// statedLicense returns the copyright and licence that the first source file with one
// states in its comments.
func statedLicense(dir string) (string, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return "", err
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		var said []string
		for line := range strings.Lines(string(b)) {
			comment, ok := strings.CutPrefix(strings.TrimSpace(line), "//")
			if !ok && len(said) > 0 {
				break
			}
			if ok {
				said = append(said, strings.TrimPrefix(comment, " "))
			}
		}
		text := strings.Join(said, "\n")
		if strings.Contains(text, "Copyright") && strings.Contains(text, "icense") {
			return "There is no licence file; " + filepath.Base(name) + " states:\n\n" + text, nil
		}
	}
	return "", errors.New("it has no licence, so that it cannot be given away: replace it")
}

// notices are the licences of all libraries, one after the other.
func notices(libraries []library) []byte {
	var b bytes.Buffer
	b.WriteString("fincat contains the following libraries, under the licences that follow their names.\n")
	for _, l := range libraries {
		fmt.Fprintf(&b, "\n%s\n%s %s\n\n%s\n", strings.Repeat("=", 80), l.path, l.version, l.license)
	}
	return b.Bytes()
}

// billOfMaterials names the libraries in CycloneDX 1.6.
func billOfMaterials(version string, at time.Time, goVersion string, libraries []library) ([]byte, error) {
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Timestamp: at.Format(time.RFC3339), Component: &cdx.Component{
		BOMRef: "fincat", Type: cdx.ComponentTypeApplication, Name: "fincat", Version: version,
		Description: "built with " + goVersion,
	}}
	var components []cdx.Component
	for _, l := range libraries {
		url := l.packageURL()
		c := cdx.Component{BOMRef: url, Type: cdx.ComponentTypeLibrary, Name: l.path, Version: l.version,
			PackageURL: url}
		if l.sum != "" { // that of the module's files, as in go.sum
			c.Properties = &[]cdx.Property{{Name: "go.sum", Value: l.sum}}
		}
		components = append(components, c)
	}
	bom.Components = &components
	var b bytes.Buffer
	e := cdx.NewBOMEncoder(&b, cdx.BOMFileFormatJSON)
	e.SetPretty(true)
	err := e.Encode(bom)
	return b.Bytes(), err
}
