package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
)

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// unit reads a unit file: the values of each key of each section.
func unit(t *testing.T, name string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	section := ""
	s := bufio.NewScanner(strings.NewReader(read(t, name)))
	for n := 1; s.Scan(); n++ {
		line := s.Text()
		key, value, ok := strings.Cut(line, "=")
		switch {
		case line == "", strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			section = line
		case !ok || section == "":
			t.Errorf("%s:%d: %q is no setting", name, n, line)
		default:
			out[section+key] = append(out[section+key], value)
		}
	}
	return out
}

// TestUnits reads the unit files: they are hardened, and systemd takes them where it is there.
func TestUnits(t *testing.T) {
	for _, name := range []string{"fincat.service", "fincat-backup.service"} {
		u := unit(t, name)
		for key, want := range map[string]string{
			"User": "fincat", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes",
			"PrivateTmp":     "yes",
			"PrivateDevices": "yes", "CapabilityBoundingSet": "", "MemoryDenyWriteExecute": "yes", "UMask": "0077",
			"RestrictNamespaces": "yes", "StateDirectory": "fincat", "SystemCallArchitectures": "native",
		} {
			if got := u["[Service]"+key]; len(got) != 1 || got[0] != want {
				t.Errorf("%s: %s is %q, want %q", name, key, got, want)
			}
		}
		if len(u["[Service]ExecStart"]) != 1 || strings.Contains(strings.Join(u["[Service]ExecStart"], ""), "token") {
			t.Errorf("%s: ExecStart is %q", name, u["[Service]ExecStart"])
		}
	}
	timer := unit(t, "fincat-backup.timer")
	if len(timer["[Timer]OnCalendar"]) != 1 || timer["[Timer]Persistent"][0] != "true" {
		t.Errorf("the timer is %v", timer)
	}
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not installed: the units were only read")
	}
	dir := t.TempDir()
	for _, name := range []string{"fincat.service", "fincat-backup.service", "fincat-backup.timer"} {
		text := strings.ReplaceAll(read(t, name), "/usr/local/bin/fincat", "/bin/true")
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"fincat.service", "fincat-backup.service", "fincat-backup.timer"} {
		out, err := exec.Command("systemd-analyze", "verify", filepath.Join(dir, name)).CombinedOutput()
		if err != nil || strings.Contains(string(out), name) {
			t.Errorf("systemd-analyze verify %s: %v\n%s", name, err, out)
		}
	}
	out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=20",
		filepath.Join(dir, "fincat.service")).CombinedOutput()
	if err != nil {
		t.Errorf("the service is exposed to more than 2.0 of 10: %v\n%.500s", err, out)
	}
}

// TestContainerfile looks for what makes the container safe: nobody is root in what is
// left of it, there is no shell, and its health is looked at by the program itself.
func TestContainerfile(t *testing.T) {
	text := read(t, "Containerfile")
	stages := strings.Split(text, "\nFROM ")
	last := stages[len(stages)-1]
	if !strings.HasPrefix(last, "scratch\n") {
		t.Errorf("the last stage begins with %.40q, want scratch", last)
	}
	user := regexp.MustCompile(`(?m)^USER (\S+)$`).FindAllStringSubmatch(last, -1)
	if len(user) != 1 || !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(user[0][1]) {
		t.Errorf("the users are %v, want one that is not root, by number", user)
	}
	for _, want := range []string{"\nHEALTHCHECK ", `"/usr/bin/fincat", "health"`, "\nVOLUME ", "\nENTRYPOINT [",
		"--read-only"} {
		if !strings.Contains(text, want) {
			t.Errorf("the container file lacks %q", want)
		}
	}
	if !strings.Contains(text, "podman build --format docker ") { // OCI's has no health check
		t.Error("the image is not built in a format that knows health checks")
	}
	module, err := os.ReadFile("../../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(module)
	if version == nil || !strings.Contains(text, "golang:"+string(version[1])+" AS build") {
		t.Errorf("the image is not built with the Go of go.mod, %q", version)
	}
	for _, m := range regexp.MustCompile(`(?m)^COPY ([^-. ]\S*) `).FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat("../../../../" + m[1]); err != nil {
			t.Errorf("the image copies what is not there: %v", err)
		}
	}
	for _, not := range []string{"\nADD ", "\nRUN ", "sudo", "latest"} {
		if strings.Contains(last, not) {
			t.Errorf("the last stage has %q", not)
		}
	}
}

// TestLibraries finds the licence of every library of the program, and names all of them in
// the bill of materials.
func TestLibraries(t *testing.T) {
	text, err := output(t.Context(), "../../../..", "go", "list", "-deps", "-f",
		"{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", "./cmd/fincat")
	if err != nil {
		t.Fatal(err)
	}
	info := &debug.BuildInfo{GoVersion: runtime.Version()}
	seen := map[string]bool{}
	for _, line := range strings.Split(text, "\n") {
		if path, version, ok := strings.Cut(line, " "); ok && !seen[path] {
			seen[path] = true
			info.Deps = append(info.Deps, &debug.Module{Path: path, Version: version, Sum: "h1:"})
		}
	}
	if len(info.Deps) < 50 {
		t.Fatalf("%d modules are linked", len(info.Deps))
	}
	libraries, err := librariesOf(t.Context(), "../../../..", info)
	if err != nil {
		t.Fatal(err)
	}
	text = string(notices(libraries))
	for _, l := range libraries {
		if len(l.license) < 40 || !strings.Contains(text, "\n"+l.path+" "+l.version+"\n\n"+l.license) {
			t.Errorf("the notices of %s are %.100q", l.path, l.license)
		}
		if l.path == "github.com/knakk/digest" && !strings.Contains(l.license, "Licensed under the Apache License") {
			t.Errorf("the licence of %s is %q", l.path, l.license)
		}
	}
	bill, err := billOfMaterials("1.0", time.Unix(0, 0).UTC(), info.GoVersion, libraries)
	if err != nil {
		t.Fatal(err)
	}
	var bom struct {
		BOMFormat  string
		Components []struct{ Name, Version, PURL string }
	}
	if err := json.Unmarshal(bill, &bom); err != nil || bom.BOMFormat != "CycloneDX" ||
		len(bom.Components) != len(info.Deps)+1 {
		t.Errorf("the bill of materials has %d components, want %d (%v)", len(bom.Components), len(info.Deps)+1, err)
	}
	if again, err := billOfMaterials("1.0", time.Unix(0, 0).UTC(), info.GoVersion, libraries); err != nil ||
		!bytes.Equal(again, bill) {
		t.Errorf("a second bill of materials differs (%v)", err)
	}
	if _, err := licenseOf(t.TempDir()); err == nil {
		t.Error("a library without a licence is taken")
	}
}

// TestScripts: what is in the script of the query page is in the notices and the bill too.
func TestScripts(t *testing.T) {
	packages, err := scripts("../../../..")
	if err != nil || len(packages) < 10 {
		t.Fatalf("the packages are %v, %v", packages, err)
	}
	bill, err := billOfMaterials("1.0", time.Unix(0, 0).UTC(), "go", packages)
	if err != nil || !bytes.Contains(bill, []byte(`"pkg:npm/%40codemirror/view@`)) {
		t.Errorf("the bill of materials is %s, %v", bill, err)
	}
	for _, p := range packages {
		if !strings.Contains(p.license, "Permission is hereby granted") {
			t.Errorf("the licence of %s %s is %.100q", p.path, p.version, p.license)
		}
	}
}

// TestPack packs twice, and looks at what is in the archive.
func TestPack(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	files := []file{{"fincat", 0o755, []byte("program")}, {"deploy/x", 0o644, nil}}
	first, err := pack("fincat-1", files, at)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := pack("fincat-1", files, at); err != nil || !bytes.Equal(first, second) {
		t.Errorf("the same files make other bytes (%v)", err)
	}
	z, err := gzip.NewReader(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	h, err := tar.NewReader(z).Next()
	if err != nil || h.Name != "fincat-1/fincat" || h.Mode != 0o755 || !h.ModTime.Equal(at) || h.Uid != 0 ||
		h.Uname != "" {
		t.Errorf("the first file is %+v (%v)", h, err)
	}
}

// TestReproducible makes the archive in two copies of the repository, in places with other
// names, the second without anything that the first has compiled and in another time zone, and
// compares the bytes.
func TestReproducible(t *testing.T) {
	if os.Getenv("FINCAT_CAMPAIGN") == "" {
		t.Skip("one of its two builds compiles everything: set FINCAT_CAMPAIGN")
	}
	top, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	var archives [][]byte
	for _, name := range []string{"one", "another/place"} {
		dir := filepath.Join(t.TempDir(), name)
		if out, err := exec.Command("git", "clone", "-q", top, dir).CombinedOutput(); err != nil {
			t.Skipf("the repository cannot be copied: %v %s", err, out)
		}
		t.Chdir(dir)
		if len(archives) > 0 {
			t.Setenv("GOCACHE", t.TempDir())
			t.Setenv("TZ", "Pacific/Kiritimati")
		}
		archive, err := release(t.Context(), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(archive)
		if err != nil {
			t.Fatal(err)
		}
		archives = append(archives, b)
	}
	if !slices.Equal(archives[0], archives[1]) {
		t.Error("two builds of the same commit differ")
	}
}

// TestOperations compares the page of operations with the program: every metric that it
// names is there.
func TestOperations(t *testing.T) {
	text := read(t, "../manual/pages/en/operations.md")
	var code strings.Builder
	for _, pattern := range []string{"../../*.go", "../../*/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			code.Write(b)
		}
	}
	metrics := regexp.MustCompile(`\bfincat_[a-z_]+\b`).FindAllString(text, -1)
	if len(metrics) < 6 {
		t.Errorf("the page names %d metrics", len(metrics))
	}
	for _, m := range metrics {
		m = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(m, "_bucket"), "_count"), "_sum")
		follower, isFollower := strings.CutPrefix(m, "fincat_follower_")
		there := strings.Contains(code.String(), `"`+m+`"`)
		if isFollower {
			there = strings.Contains(code.String(), `followerDesc("`+follower+`"`)
		}
		if !there {
			t.Errorf("there is no metric %s", m)
		}
	}
	for _, c := range regexp.MustCompile("`fincat ([a-z]+)").FindAllStringSubmatch(text, -1) {
		if !strings.Contains(code.String(), `"`+c[1]) {
			t.Errorf("there is no command %s", c[1])
		}
	}
}
