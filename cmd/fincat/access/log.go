package access

import (
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
	"sync"
	"time"

	"fincat/store"
)

// LogFile is the name of the audit log in the directory of a store.
const LogFile = "audit.jsonl"

// Log is the audit log of a store: a file beside it, one [Entry] a line, to which
// lines are added only. Whoever changes or takes out a line breaks the chain of hashes,
// and whoever cuts the end off leaves commits in the store's log that have an author
// and no entry; [CheckLog] finds both. Entries without commits, such as those of people who
// signed in, are missed by the [HeadFile]; when the log is opened again an entry tells of
// them. Someone with all files at hand could still change that file too, or write a new log
// that says that the store was restored: who must rule that out keeps the hash of the
// newest entry, which the server logs and fincat check prints, where that person cannot
// reach it.
//
// Before a change is made, an entry that says so is safe on disk; when it is done, another
// tells the outcome and the commits. Where the process ends in between, [OpenLog] adds the
// second one later, from the commit log. The note of each commit has the hash of the first
// entry as its cause, so a commit whose cause the log does not have is not the work of a
// crash. That of an older program has none, and may belong to whatever its author had
// under way.
type Log struct {
	mu   sync.Mutex
	f    *os.File
	head *os.File // see HeadFile
	n    uint64
	last string // hash of the newest entry
	now  func() time.Time
}

// OpenLog opens the audit log of a store in dir, which this process holds. It ends
// what was under way when an earlier process ended.
func OpenLog(ctx context.Context, dir string, s *store.Store) (*Log, error) {
	l, tail, err := openLog(dir)
	if err != nil {
		return nil, fmt.Errorf("open the audit log: %w", err)
	}
	h, err := readHead(dir)
	missing := h.lost(l.n)
	if err != nil { // as a machine may leave it that loses its power
		missing, err = err.Error(), nil
	}
	if missing != "" {
		_, err = l.Append(Entry{Who: "fincat", What: LogFile + ": " + missing, From: "this machine", Recovered: true})
	}
	if err == nil {
		err = l.recover(ctx, s, tail)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("complete the audit log: %w", err), l.Close())
	}
	return l, nil
}

// entryPrecision is how exactly entries tell the time.
const entryPrecision = time.Millisecond

// tailBytes is how much of the end of the log is read when it is opened.
const tailBytes = 1 << 20

// openLog opens the file and reads its end. A last line that was not written to its end
// is cut off: nobody was told that it is there.
func openLog(dir string) (l *Log, tail []Entry, err error) {
	f, err := os.OpenFile(filepath.Join(dir, LogFile), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, nil, err
	}
	from := max(0, size-tailBytes)
	b := make([]byte, size-from)
	if _, err := f.ReadAt(b, from); err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	end := bytes.LastIndexByte(b, '\n') + 1
	if end < len(b) {
		if err := f.Truncate(from + int64(end)); err != nil {
			return nil, nil, err
		}
	}
	b = b[:end]
	if from > 0 { // begin with a whole line
		b = b[bytes.IndexByte(b, '\n')+1:]
	}
	file, err := os.OpenFile(filepath.Join(dir, HeadFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, err
	}
	l = &Log{f: f, head: file, now: time.Now}
	for line := range bytes.Lines(b) {
		e, err := parseEntry(bytes.TrimSuffix(line, []byte("\n")))
		if err != nil {
			file.Close()
			return nil, nil, fmt.Errorf("an entry after number %d %w; 'fincat check' says more; keep the file "+
				"as evidence and move it away to begin a new one", l.n, err)
		}
		l.n, l.last = e.Number, e.Hash
		tail = append(tail, e)
	}
	return l, tail, nil
}

// recover ends what is under way in the tail of the log, with the commits that were
// made of it.
func (l *Log) recover(ctx context.Context, s *store.Store, tail []Entry) error {
	c := newCoverage()
	for i := range tail {
		c.add(&tail[i])
	}
	if len(c.open) == 0 {
		return nil
	}
	made := map[uint64][]uint64{}
	for commit, err := range authored(ctx, s) {
		if err != nil {
			return err
		}
		if n := c.underWay(commit); n > 0 && !c.commits[commit.Seq] && !c.elsewhere(commit) {
			made[n] = append(made[n], commit.Seq)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(c.open)) {
		e := c.open[n]
		e.Begun, e.Ends, e.Recovered, e.Commits = false, n, true, made[n]
		if _, err := l.Append(e); err != nil {
			return err
		}
	}
	return nil
}

// coverage knows which commits a log has entries for.
type coverage struct {
	commits  map[uint64]bool
	begun    map[string]uint64 // numbers by hash: changes that were begun
	open     map[uint64]Entry  // by number: those that have not ended
	restored time.Time         // commits until then are another log's
}

func newCoverage() *coverage {
	return &coverage{commits: map[uint64]bool{}, begun: map[string]uint64{}, open: map[uint64]Entry{}}
}

func (c *coverage) add(e *Entry) {
	for _, n := range e.Commits {
		c.commits[n] = true
	}
	if e.Begun {
		c.begun[e.Hash], c.open[e.Number] = e.Number, *e
	}
	delete(c.open, e.Ends)
	if e.Restored {
		c.restored = e.Time
	}
}

// has reports whether the log says who asked for a commit. The end of a change lists at
// most maxEntryCommits of its commits, but each of them names the beginning.
func (c *coverage) has(commit store.Commit) bool {
	if c.elsewhere(commit) {
		return true
	}
	if commit.Note.Cause != "" {
		return c.begun[commit.Note.Cause] > 0
	}
	return c.commits[commit.Seq] || c.underWay(commit) > 0
}

// elsewhere reports whether a commit is that of another store, which was restored.
func (c *coverage) elsewhere(commit store.Commit) bool {
	return !commit.Time.Truncate(entryPrecision).After(c.restored)
}

// underWay returns the number of the change that a commit belongs to, if that has not
// ended: the one that it names, or else the first one by its author that was begun before
// it; 0 when there is none.
func (c *coverage) underWay(commit store.Commit) (first uint64) {
	if cause := commit.Note.Cause; cause != "" {
		return c.open[c.begun[cause]].Number
	}
	for n, e := range c.open {
		if e.Who == commit.Note.Author && !commit.Time.Before(e.Time) && (first == 0 || n < first) {
			first = n
		}
	}
	return first
}

// authored yields the commits of the store's log that need an entry: somebody asked
// for them. Those of a run that name none belong to the entry of whoever began it.
func authored(ctx context.Context, s *store.Store) iter.Seq2[store.Commit, error] {
	return func(yield func(store.Commit, error) bool) {
		for c, err := range s.Log(ctx, s.Oldest()-1) {
			ofRun := c.Note.Run != "" || c.Note.Step != ""
			if err == nil && (c.Note.Author == "" || ofRun && c.Note.Cause == "") {
				continue
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// Begin adds an entry for a change that is about to be made, and waits until it is
// safe on disk. It returns the entry: the one that ends the change names its number, and
// the commits of the change its hash, see [store.WithCause].
func (l *Log) Begin(e Entry) (Entry, error) {
	e.Begun = true
	if err := l.append(&e); err != nil {
		return Entry{}, err
	}
	if err := l.f.Sync(); err != nil {
		return Entry{}, fmt.Errorf("write to the audit log: %w", err)
	}
	return e, nil
}

// Append adds an entry, whose number, time and hashes it fills in.
func (l *Log) Append(e Entry) (n uint64, err error) {
	if err := l.append(&e); err != nil {
		return 0, err
	}
	return e.Number, nil
}

func (l *Log) append(e *Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.bound()
	e.Number, e.Time, e.Previous = l.n+1, l.now().UTC().Truncate(entryPrecision), l.last
	line, err := e.line()
	if err == nil {
		err = l.write(line)
	}
	if err != nil {
		return fmt.Errorf("write to the audit log: %w", err)
	}
	l.n, l.last = e.Number, e.Hash
	if err := (head{l.n, l.last}).write(l.head); err != nil {
		return fmt.Errorf("write to the audit log: %w", err)
	}
	return nil
}

// write adds a line to the file, as a whole or not at all.
func (l *Log) write(line []byte) error {
	end, err := l.f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := l.f.Write(line); err != nil {
		return errors.Join(err, l.f.Truncate(end))
	}
	return nil
}

// BeginRestored begins the audit log of a store that was restored into dir: who made its
// commits is in the audit log of the store that was backed up.
func BeginRestored(dir string, e Entry) (err error) {
	l, _, err := openLog(dir)
	if err != nil {
		return fmt.Errorf("open the audit log: %w", err)
	}
	e.Restored = true
	_, err = l.Append(e)
	return errors.Join(err, l.Close())
}

// Newest returns the number and the hash of the newest entry.
func (l *Log) Newest() (n uint64, hash string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n, l.last
}

// Close closes the file.
func (l *Log) Close() error { return errors.Join(l.f.Sync(), l.f.Close(), l.head.Close()) }
