package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// A server opens a socket in the directory of its store, through which commands on the
// same machine work. Only the user who runs the server, and root, may open it: it lies
// in a directory of its own that nobody else may enter.
const (
	socketDir  = "run"
	socketFile = "socket"
)

// maxSocketPath is what fits into the address of a socket on every system (sun_path).
const maxSocketPath = 100

// Path returns the path of the socket of a server that holds the store in dir.
func Path(dir string) string { return filepath.Join(dir, socketDir, socketFile) }

// Listener is the socket of a server; closing it removes the file.
type Listener struct {
	*net.UnixListener
	path string
}

// Close implements [net.Listener].
func (l *Listener) Close() error {
	err := os.Remove(l.path)
	if errors.Is(err, os.ErrNotExist) { // it was closed before
		err = nil
	}
	return errors.Join(err, l.UnixListener.Close())
}

// Listen opens the socket in the directory of a store that this process holds. A
// socket that is there was left by a process that was killed, for it held the store.
func Listen(ctx context.Context, dir string) (net.Listener, error) {
	l, err := openSocket(ctx, filepath.Join(dir, socketDir))
	if err != nil {
		return nil, fmt.Errorf("open the socket for commands: %w", err)
	}
	return l, nil
}

func openSocket(ctx context.Context, dir string) (net.Listener, error) {
	path := filepath.Join(dir, socketFile)
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	short, done, err := shortPath(dir)
	if err != nil {
		return nil, err
	}
	defer done()
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", filepath.Join(short, socketFile))
	if err != nil {
		return nil, err
	}
	unix := l.(*net.UnixListener)
	unix.SetUnlinkOnClose(false) // it may have been opened by another name
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, unix.Close())
	}
	return &Listener{unix, path}, nil
}

// Dial connects with the server that holds the store in dir. Where there is none
// the error is ErrNoServer.
func Dial(ctx context.Context, dir string) (net.Conn, error) {
	_, err := os.Stat(Path(dir))
	dir = filepath.Join(dir, socketDir)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, ErrNoServer
	}
	short, done, err := shortPath(dir)
	if err != nil {
		return nil, err
	}
	defer done()
	c, err := (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(short, socketFile))
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED): // left by a process that was killed
		return nil, ErrNoServer
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("the server that holds the store %s is run by another user: "+
			"be that user, or ask it with --server URL and a token", filepath.Dir(dir))
	}
	return c, err
}

// ErrNoServer means that no server holds the store.
var ErrNoServer = errors.New("no server holds the store")

// shortPath returns a path of the directory that is short enough for the address of a
// socket; done takes back what that needed.
func shortPath(dir string) (short string, done func(), err error) {
	if len(filepath.Join(dir, socketFile)) <= maxSocketPath {
		return dir, func() {}, nil
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", nil, err
	}
	temp, err := os.MkdirTemp("/tmp", "fincat-")
	if err != nil {
		return "", nil, err
	}
	done = func() { _ = os.RemoveAll(temp) } // an empty directory is all that could stay
	short = filepath.Join(temp, "store")
	if err := os.Symlink(dir, short); err != nil {
		done()
		return "", nil, err
	}
	return short, done, nil
}

// PeerName names the user at the other end of a connection through the socket.
func PeerName(c *net.UnixConn) string {
	uid, ok := peerID(c)
	if !ok { // nobody but the user of this process can have opened the socket
		return UserName()
	}
	id := strconv.Itoa(uid)
	if u, err := user.LookupId(id); err == nil && u.Username != "" {
		return u.Username
	}
	return "uid-" + id
}

// UserName names the user who runs this process.
func UserName() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "uid-" + strconv.Itoa(os.Getuid())
}
