package kv

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrNoStore means that there is no store in a directory.
var ErrNoStore = errors.New("no store")

// Look reports whether there is a store in a directory: nil when there is, else an error
// that is [ErrNoStore]. It is also [fs.ErrNotExist] where nothing is, so that a store can be
// made there: no directory, or one without files.
func Look(dir string) error {
	if _, err := os.Lstat(filepath.Join(dir, restoringFile)); err == nil {
		return fmt.Errorf("%w: the restore into %s was broken off: restore again, which begins anew", ErrNoStore, dir)
	}
	for _, name := range []string{holderFile, markFile} {
		if st, err := os.Stat(filepath.Join(dir, name)); err == nil && st.Mode().IsRegular() {
			return nil
		}
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: there is nothing at %s (%w)", ErrNoStore, dir, fs.ErrNotExist)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoStore, err)
	}
	for _, e := range entries {
		if e.Name() != lostFound { // a new file system has it
			return fmt.Errorf("%w: %s is no store, it has other files such as %s: name an empty or new directory",
				ErrNoStore, dir, e.Name())
		}
	}
	return fmt.Errorf("%w: %s is empty (%w)", ErrNoStore, dir, fs.ErrNotExist)
}

// lostFound is what the root directory of a file system may have from the beginning.
const lostFound = "lost+found"

// holderFile says who holds the directory, and is locked by that process where the
// system has such locks.
const holderFile = "HOLDER"

// restoringFile is in a directory while a backup is being restored into it. It is the
// first file there, and goes when everything else is safe on disk.
const restoringFile = "RESTORING"

// BeginRestore makes a directory ready for a restore: it is missing or without files, or
// an earlier restore was broken off, whose files go. Until [EndRestore], [Look] finds no
// store in it. giveUp deletes what the restore has made.
func BeginRestore(dir string) (giveUp func() error, err error) {
	mark := filepath.Join(dir, restoringFile)
	giveUp = func() error { return errors.Join(emptyDir(dir, restoringFile), os.Remove(mark)) }
	if _, err := os.Lstat(mark); err == nil {
		lock, err := lockDir(dir, false, "fincat restore") // it may still be going on
		if err != nil {
			return nil, err
		}
		return giveUp, errors.Join(emptyDir(dir, restoringFile), lock.Release(), syncDir(dir))
	}
	switch err := Look(dir); {
	case err == nil:
		return nil, fmt.Errorf("there is a store at %s: restore into an empty or new directory", dir)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if _, err := os.Lstat(dir); err != nil {
		keep := giveUp
		giveUp = func() error { return errors.Join(keep(), os.Remove(dir)) }
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(mark, []byte("a backup is being restored\n"), 0o644); err != nil {
		return nil, err
	}
	return giveUp, errors.Join(syncDir(dir), syncDir(filepath.Dir(dir)))
}

// EndRestore makes a store of what a restore has written.
func EndRestore(dir string) error {
	if err := syncFiles(dir); err != nil {
		return err
	}
	return errors.Join(os.Remove(filepath.Join(dir, restoringFile)), syncDir(dir))
}

// emptyDir deletes everything in a directory but for one file, and what a file system has
// from the beginning.
func emptyDir(dir, but string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.Name() != but && e.Name() != lostFound {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// syncFiles forces the files of a directory to disk.
func syncFiles(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}
