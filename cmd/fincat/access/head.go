package access

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// HeadFile is the name of the file beside the audit log that names its newest entry. It is
// written after each entry, so that it is never ahead of a log of which nothing is lost.
const HeadFile = "audit.head"

// head is the number and the hash of an entry; of number 0: none is known.
type head struct {
	number uint64
	hash   string
}

// headFormat gives every head the same length, so that one is written over another.
const headFormat = "%020d %-64s\n"

// readHead reads the head of the log in dir. Without one, as older programs left the log,
// nothing is known.
func readHead(dir string) (h head, err error) {
	b, err := os.ReadFile(filepath.Join(dir, HeadFile))
	if errors.Is(err, os.ErrNotExist) {
		return head{}, nil
	}
	if err == nil && len(b) > 0 { // of none in a file that was made and not written
		_, err = fmt.Sscanf(string(b), "%d %s\n", &h.number, &h.hash)
	}
	if err != nil {
		return head{}, fmt.Errorf("%s: %w", HeadFile, err)
	}
	return h, nil
}

// lost says what a log lacks whose newest entry is n, "" for nothing.
func (h head) lost(n uint64) string {
	switch {
	case h.number <= n:
		return ""
	case h.number == n+1:
		return fmt.Sprintf("entry %d is missing at the end", h.number)
	}
	return fmt.Sprintf("entries %d to %d are missing at the end", n+1, h.number)
}

// write makes h the head.
func (h head) write(f *os.File) error {
	_, err := f.WriteAt(fmt.Appendf(nil, headFormat, h.number, h.hash), 0)
	return err
}
