package access

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fincat/store"
)

// Entries yields the entries of the audit log in dir, oldest first; a store without one
// has none. What was altered is an error, after which the sequence goes on.
func Entries(dir string) iter.Seq2[Entry, error] { return entriesIn(dir, new(halfLine)) }

func entriesIn(dir string, half *halfLine) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		f, err := os.Open(filepath.Join(dir, LogFile))
		if errors.Is(err, os.ErrNotExist) {
			return
		}
		if err != nil {
			yield(Entry{}, err)
			return
		}
		defer f.Close()
		readEntries(f, half)(yield)
	}
}

// ReadEntries yields the entries of an audit log, as [Entries] does.
func ReadEntries(in io.Reader) iter.Seq2[Entry, error] { return readEntries(in, new(halfLine)) }

// halfLine is the last line of a log where it has no end: it is still being written, or
// never was to its end. The zero value is none.
type halfLine struct{ number, size int }

func readEntries(in io.Reader, half *halfLine) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		r := bufio.NewReader(in)
		var n uint64
		last := ""
		for i := 1; ; i++ {
			line, err := r.ReadBytes('\n')
			if errors.Is(err, io.EOF) {
				if len(line) > 0 {
					*half = halfLine{i, len(line)}
				}
				return
			}
			if err != nil {
				yield(Entry{}, err)
				return
			}
			e, err := parseEntry(bytes.TrimSuffix(line, []byte("\n")))
			switch {
			case err != nil:
				err = fmt.Errorf("%s:%d: the line %w", LogFile, i, err)
			case e.Number != n+1:
				err = fmt.Errorf("%s:%d: entry %d follows on entry %d", LogFile, i, e.Number, n)
			case e.Previous != last:
				err = fmt.Errorf("%s:%d: entry %d follows on another one than that before it", LogFile, i, e.Number)
			}
			n, last = e.Number, e.Hash
			if !yield(e, err) {
				return
			}
		}
	}
}

// LogReport is what [CheckLog] found.
type LogReport struct {
	Faults   []string // at most maxFaults
	Warnings []string // what a crash leaves, and whoever cuts the end off; at most maxFaults
	Entries  uint64
	Newest   string // hash of the newest entry
}

const maxFaults = 100

// tell adds to the faults or the warnings of a report.
func tell(list *[]string, format string, a ...any) {
	if len(*list) < maxFaults {
		*list = append(*list, fmt.Sprintf(format, a...))
	}
}

// CheckLog verifies the chain of the audit log in dir, and that each commit of the
// store that somebody asked for has an entry. No other process may write to the store.
func CheckLog(ctx context.Context, dir string, s *store.Store) (r LogReport, err error) {
	c, half, newest := newCoverage(), halfLine{}, uint64(0)
	h, err := readHead(dir)
	if err != nil {
		tell(&r.Faults, "%v", err)
	}
	for e, err := range entriesIn(dir, &half) {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		if err != nil {
			tell(&r.Faults, "%v", err)
		}
		c.add(&e)
		r.Entries, r.Newest, newest = r.Entries+1, e.Hash, e.Number
		if e.Number == h.number && e.Hash != h.hash {
			tell(&r.Faults, "%s: entry %d is not the one that %s names", LogFile, e.Number, HeadFile)
		}
		for _, n := range e.Commits {
			if n > s.Seq() {
				tell(&r.Faults, "%s: entry %d names commit %d, and the newest is %d", LogFile, e.Number, n, s.Seq())
			}
		}
	}
	for commit, err := range authored(ctx, s) {
		if err != nil {
			return r, err
		}
		if !c.has(commit) {
			tell(&r.Faults, "%s: commit %d by %s of %s has no entry%s", LogFile, commit.Seq,
				strings.ToValidUTF8(commit.Note.Author, "?"), commit.Time.UTC().Format(time.RFC3339), named(commit))
		}
	}
	c.warn(&r, half)
	if missing := h.lost(newest); missing != "" {
		tell(&r.Warnings, "%s: %s: %s", LogFile, missing, cutShort)
	}
	return r, nil
}

// named says which entry a commit without one names.
func named(commit store.Commit) string {
	if commit.Note.Cause == "" {
		return ""
	}
	return fmt.Sprintf("; it names one with the hash %.16s…", strings.ToValidUTF8(commit.Note.Cause, "?"))
}

// cutShort is why a log may not end as it does when the process that writes it is stopped.
const cutShort = "a process or the machine was ended at that moment, the disk was full, or " +
	"somebody cut the end off"

// warn tells how the log ends, where it does not end as it does when the process that
// writes it is stopped.
func (c *coverage) warn(r *LogReport, half halfLine) {
	for _, n := range slices.Sorted(maps.Keys(c.open)) {
		e := c.open[n]
		tell(&r.Warnings, "%s: entry %d begins %.200q by %.200q, and none ends it: %s", LogFile, n, e.What, e.Who,
			cutShort)
	}
	if half.size > 0 {
		tell(&r.Warnings, "%s:%d: the last line has no end after %d bytes: %s", LogFile, half.number, half.size,
			cutShort)
	}
}
