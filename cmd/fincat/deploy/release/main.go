package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	out := flag.String("out", "dist", "folder for the archive")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	name, err := release(ctx, *out)
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
	fmt.Println(name)
}

// deployed are the files beside the program.
var deployed = []string{
	"fincat.service", "fincat-backup.service", "fincat-backup.timer", "Containerfile",
}

// operations are the manual's chapter on running the program, by what it is called in the archive.
var operations = map[string]string{"OPERATIONS.md": "en", "OPERATIONS.zh.md": "zh"}

// file is a file of the archive.
type file struct {
	name string
	mode int64
	data []byte
}

// release makes the archive in a folder and returns its name.
func release(ctx context.Context, out string) (name string, err error) {
	root, err := output(ctx, "", "go", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return "", err
	}
	version, at, err := versionOf(ctx, root)
	if err != nil {
		return "", err
	}
	temp, err := os.MkdirTemp("", "fincat-release-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	program := filepath.Join(temp, "fincat")
	if _, err := output(ctx, root, "go", "build", "-trimpath", "-ldflags", "-s -w -buildid=", "-o", program,
		"./cmd/fincat"); err != nil {
		return "", err
	}
	files, err := contents(ctx, root, program, version, at)
	if err != nil {
		return "", err
	}
	platform, err := output(ctx, root, "go", "env", "GOOS", "GOARCH")
	if err != nil {
		return "", err
	}
	folder := "fincat-" + version + "-" + strings.Join(strings.Fields(platform), "-")
	archive, err := pack(folder, files, at)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return "", err
	}
	name = filepath.Join(out, folder+".tar.gz")
	if err := os.WriteFile(name, archive, 0o644); err != nil {
		return "", err
	}
	sum := fmt.Sprintf("%x  %s\n", sha256.Sum256(archive), filepath.Base(name))
	return name, os.WriteFile(name+".sha256", []byte(sum), 0o644)
}

// contents returns the files of the archive.
func contents(ctx context.Context, root, program, version string, at time.Time) ([]file, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, err
	}
	libraries, err := librariesOf(ctx, root, info)
	if err != nil {
		return nil, err
	}
	packages, err := scripts(root)
	if err != nil {
		return nil, err
	}
	libraries = append(libraries, packages...)
	bill, err := billOfMaterials(version, at, info.GoVersion, libraries)
	if err != nil {
		return nil, err
	}
	files := []file{{"sbom.cdx.json", 0o644, bill}, {"NOTICES.txt", 0o644, notices(libraries)}}
	add := func(name, from string, mode int64) error {
		data, err := os.ReadFile(from)
		files = append(files, file{name, mode, data})
		return err
	}
	err = errors.Join(add("fincat", program, 0o755), add("LICENSE", filepath.Join(root, "LICENSE"), 0o644),
		add("README.md", filepath.Join(root, "README.md"), 0o644))
	for _, name := range deployed {
		err = errors.Join(err, add("deploy/"+name, filepath.Join(root, "cmd/fincat/deploy", name), 0o644))
	}
	for _, name := range slices.Sorted(maps.Keys(operations)) {
		page := filepath.Join(root, "cmd/fincat/manual/pages", operations[name], "operations.md")
		err = errors.Join(err, add("deploy/"+name, page, 0o644))
	}
	return files, err
}

// versionOf names the commit that is built, and its time. A tree with changes that are
// not committed has no version.
func versionOf(ctx context.Context, root string) (version string, at time.Time, err error) {
	if changes, err := output(ctx, root, "git", "status", "--porcelain"); err != nil || changes != "" {
		return "", at, errors.Join(err, errors.New("there are changes that are not committed: commit them first"))
	}
	if version, err = output(ctx, root, "git", "describe", "--tags", "--always"); err != nil {
		return "", at, err
	}
	text, err := output(ctx, root, "git", "log", "-1", "--format=%ct")
	if err != nil {
		return "", at, err
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	return strings.TrimPrefix(version, "v"), time.Unix(seconds, 0).UTC(), err
}

// pack makes the archive: the same files give the same bytes.
func pack(folder string, files []file, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(z)
	for _, f := range files {
		h := &tar.Header{Name: path.Join(folder, f.name), Mode: f.mode, Size: int64(len(f.data)), ModTime: at,
			Typeflag: tar.TypeReg, Format: tar.FormatPAX}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	err = errors.Join(w.Close(), z.Close())
	return b.Bytes(), err
}

// output runs a program in a directory and returns what it prints.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, io.Writer(&stderr)
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, &stderr)
	}
	return strings.TrimSpace(stdout.String()), nil
}
