package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// builder runs buildah with images and containers of its own.
type builder struct {
	t   *testing.T
	dir string
}

// run returns what a command of buildah prints.
func (b *builder) run(args ...string) string {
	b.t.Helper()
	out, err := b.try(args...)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func (b *builder) try(args ...string) (string, error) {
	cmd := exec.CommandContext(b.t.Context(), "buildah", append([]string{"--storage-driver", "vfs", "--root",
		filepath.Join(b.dir, "images"), "--runroot", filepath.Join(b.dir, "run")}, args...)...)
	var messages strings.Builder
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("buildah %v: %w\n%s", args, err, messages.String())
	}
	return strings.TrimSpace(string(out)), nil
}

// goEnv is a setting of the Go here.
func goEnv(t *testing.T, name string) string {
	t.Helper()
	text, err := output(t.Context(), "", "go", "env", name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// standIn makes an image under the name of the one that the container file builds in, out of the
// shell and the certificates of this machine: no registry of images has to be reached.
func (b *builder) standIn(name string) {
	b.t.Helper()
	const certificates = "/etc/ssl/certs/ca-certificates.crt"
	needed := []string{"/bin/sh", "/bin/mkdir", "/usr/bin/git"}
	for _, program := range needed {
		out, err := exec.Command("ldd", program).Output()
		if err != nil {
			b.t.Fatal(err)
		}
		needed = append(needed, regexp.MustCompile(`(?m)/[^ :)]+`).FindAllString(string(out), -1)...)
	}
	slices.Sort(needed)
	c := b.run("from", "scratch")
	for _, file := range append(slices.Compact(needed), certificates) {
		real, err := filepath.EvalSymlinks(file)
		if err != nil {
			b.t.Skipf("this machine lacks what stands in for the builder's image: %v", err)
		}
		b.run("add", "-q", c, real, file)
	}
	empty := filepath.Join(b.dir, "tmp")
	if err := os.Mkdir(empty, 0o777); err != nil {
		b.t.Fatal(err)
	}
	b.run("add", "-q", c, empty, "/tmp")
	b.run("config", "--env", "PATH=/usr/local/go/bin:/usr/bin:/bin", "--env", "GOPATH=/go", "--env", "GOPROXY=off",
		"--env", "GOTOOLCHAIN=local", "--env", "GOCACHE=/cache", "--env", "HOME=/tmp", c)
	if _, err := b.try("run", "--isolation", "chroot", "--network", "host", c, "/bin/sh", "-c", ":"); err != nil {
		b.t.Skipf("this machine lets nothing be run in an image: %v", err)
	}
	b.run("commit", "-q", "--rm", c, name)
}

// imageConfig is what an image says of how it is run.
type imageConfig struct {
	User            string
	Env             []string
	Entrypoint, Cmd []string
	Volumes         map[string]struct{}
	Healthcheck     struct{ Test []string }
}

// TestContainerImage builds the container file with buildah, and runs what it made as the file
// says: as nobody, on a read-only file system, with a volume and a /tmp of its own.
func TestContainerImage(t *testing.T) {
	if os.Getenv("FINCAT_CAMPAIGN") == "" {
		t.Skip("an image is built: set FINCAT_CAMPAIGN")
	}
	if _, err := exec.LookPath("buildah"); err != nil || os.Getuid() != 0 {
		t.Skip("buildah is not installed, or this user may not change the root directory")
	}
	b := &builder{t, t.TempDir()}
	source := filepath.Join(b.dir, "source")
	top, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	clone := exec.Command("git", "clone", "-q", "--depth", "1", "file://"+top, source)
	if out, err := clone.CombinedOutput(); err != nil {
		t.Skipf("the repository cannot be copied: %v %s", err, out)
	}
	file := filepath.Join(source, "cmd/fincat/deploy/Containerfile")
	b.standIn(regexp.MustCompile(`(?m)^FROM (\S+) AS build$`).FindStringSubmatch(read(t, "Containerfile"))[1])
	b.run("build", "-q", "--isolation", "chroot", "--network", "host", "--pull-never", "--format", "docker",
		"-v", goEnv(t, "GOROOT")+":/usr/local/go:ro", "-v", goEnv(t, "GOMODCACHE")+":/go/pkg/mod:ro",
		"-v", goEnv(t, "GOCACHE")+":/cache",
		"-f", file, "-t", "fincat", source)
	var image struct{ Docker struct{ Config imageConfig } }
	if err := json.Unmarshal([]byte(b.run("inspect", "--type", "image", "fincat")), &image); err != nil {
		t.Fatal(err)
	}
	config := image.Docker.Config
	if _, ok := config.Volumes["/var/lib/fincat"]; !ok || config.User != "65532:65532" ||
		!slices.Contains(config.Healthcheck.Test, "health") {
		t.Errorf("the image is %+v", config)
	}
	c := b.run("from", "--pull-never", "fincat")
	defer b.run("rm", c)
	runImage(t, b.run("mount", c), config)
}

// enter makes the root directory $1 read-only save for a /tmp and the volume $2, and runs the rest
// there as the user $3.
const enter = `set -eu
root=$1 volume=$2 user=$3
shift 3
mount --make-rprivate /
mount --bind "$root" "$root"
mount --bind "$volume" "$root/var/lib/fincat"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -o remount,bind,ro "$root"
exec /usr/sbin/chroot --userspec="$user" "$root" "$@"`

// runImage starts the server of an image, whose files are in root, and asks for its health.
func runImage(t *testing.T, root string, config imageConfig) {
	t.Helper()
	settings := filepath.Join(root, "etc/fincat/fincat.yaml")
	if err := os.MkdirAll(filepath.Dir(settings), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(settings, []byte("base: https://data.example.tw/\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	volume := t.TempDir()
	if err := os.Chown(volume, 65532, 65532); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	command := slices.Concat([]string{"-c", enter, "sh", root, volume, config.User}, config.Entrypoint, config.Cmd)
	for i, arg := range command {
		if arg == "0.0.0.0:8080" {
			command[i] = addr
		}
	}
	server := exec.Command("sh", command...)
	server.Env = config.Env
	server.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	var said strings.Builder
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		t.Skipf("no mounts of one's own can be made here: %v", err)
	}
	health := config.Healthcheck.Test[1:] // after CMD
	health = append([]string{filepath.Join(root, health[0])}, health[1:]...)
	health[len(health)-1] = "http://" + addr + "/"
	until := time.Now().Add(30 * time.Second)
	out, err := exec.Command(health[0], health[1:]...).CombinedOutput()
	for ; err != nil && time.Now().Before(until); time.Sleep(200 * time.Millisecond) {
		out, err = exec.Command(health[0], health[1:]...).CombinedOutput()
	}
	_ = server.Process.Signal(syscall.SIGTERM)
	if stopped := server.Wait(); err != nil || stopped != nil {
		t.Errorf("health: %v %s; the server ended with %v:\n%s", err, out, stopped, said.String())
	}
	if _, err := os.Stat(filepath.Join(volume, "store")); err != nil {
		t.Errorf("the store is not in the volume: %v", err)
	}
}
