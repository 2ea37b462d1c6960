package kv

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// walFiles are Badger's write-ahead logs, kept open for forcing them to disk.
// Badger itself can force only the newest, and of a step that spans several
// all must be safe before the step is marked as done.
type walFiles struct {
	mu   sync.Mutex
	open map[string]*os.File

	watch func(f *os.File) (forced func()) // for tests: called before a file is forced to disk, and after
}

// Sync forces everything written so far to disk.
func (d *DB) Sync() error {
	if d.o.Dir == "" {
		return nil
	}
	if err := d.wal.sync(d.o.Dir); err != nil {
		return fmt.Errorf("force to disk: %w", err)
	}
	return nil
}

func (w *walFiles) sync(dir string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	names, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if w.open == nil {
		w.open = make(map[string]*os.File)
	}
	found := make(map[string]bool)
	fresh := false
	for _, e := range names {
		name := e.Name()
		if !strings.HasSuffix(name, ".mem") {
			continue
		}
		found[name] = true
		if w.open[name] != nil {
			continue
		}
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR, 0)
		if errors.Is(err, os.ErrNotExist) { // its content is in a table by now
			continue
		}
		if err != nil {
			return err
		}
		w.open[name], fresh = f, true
	}
	for name, f := range w.open {
		if err := w.force(f); err != nil {
			return err
		}
		if !found[name] {
			f.Close()
			delete(w.open, name)
		}
	}
	if fresh {
		return syncDir(dir)
	}
	return nil
}

func (w *walFiles) force(f *os.File) error {
	if w.watch == nil {
		return f.Sync()
	}
	forced := w.watch(f)
	err := f.Sync()
	if err == nil {
		forced()
	}
	return err
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (w *walFiles) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, f := range w.open {
		f.Close()
		delete(w.open, name)
	}
}

// WatchSync has watch called before a log is forced to disk, and what it returns
// afterwards, for tests.
func (d *DB) WatchSync(watch func(f *os.File) (forced func())) {
	d.wal.mu.Lock()
	defer d.wal.mu.Unlock()
	d.wal.watch = watch
}
