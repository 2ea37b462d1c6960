package events

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"fincat/store"
)

// frame is one frame of a file.
type frame struct {
	kind byte
	body []byte
	end  int64 // where the next one begins
}

var errTorn = errors.New("the file is damaged")

// frames yields the frames of a file. After an error it ends.
func frames(data []byte) iter.Seq2[frame, error] {
	return func(yield func(frame, error) bool) {
		if len(data) < len(head) || string(data[:len(head)]) != head {
			yield(frame{}, fmt.Errorf("%w: it does not begin with %q", errTorn, head))
			return
		}
		for at := len(head); at < len(data); {
			rest := data[at:]
			if len(rest) < frameHead {
				yield(frame{}, fmt.Errorf("%w at byte %d", errTorn, at))
				return
			}
			n := int(binary.BigEndian.Uint32(rest[1:]))
			if n > maxFrame || len(rest) < frameHead+n ||
				crc32.Checksum(rest[frameHead:frameHead+n], castagnoli) != binary.BigEndian.Uint32(rest[5:]) {
				yield(frame{}, fmt.Errorf("%w at byte %d", errTorn, at))
				return
			}
			at += frameHead + n
			if !yield(frame{rest[0], rest[frameHead : frameHead+n], int64(at)}, nil) {
				return
			}
		}
	}
}

func parseChange(b []byte) (c Change, packed []byte, err error) {
	if len(b) < 19 || len(b) < 19+int(binary.BigEndian.Uint16(b[17:])) {
		return c, nil, fmt.Errorf("%w: a change has %d bytes", errTorn, len(b))
	}
	n := 19 + int(binary.BigEndian.Uint16(b[17:]))
	return Change{Kind: Kind(b[0]), At: time.Unix(0, int64(binary.BigEndian.Uint64(b[1:]))).UTC(),
		Digest: binary.BigEndian.Uint64(b[9:]), IRI: string(b[19:n])}, b[n:], nil
}

// complete adds to a change the text that it has in the log.
func (l *Log) complete(c *Change, packed []byte) (err error) {
	if c.Kind == Delete {
		c.Was, err = l.unpack(packed)
	} else {
		c.Text, err = l.unpack(packed)
	}
	return err
}

func (c *Change) latest() Latest {
	return Latest{At: c.At, Digest: c.Digest, Deleted: c.Kind == Delete, Was: string(c.Was)}
}

// recover reads the directory, and takes away what no cursor follows.
func (l *Log) recover() error {
	l.forget()
	files, err := filepath.Glob(filepath.Join(l.dir, "*.events"))
	if err != nil {
		return err
	}
	slices.Sort(files)
	r := recovery{l: l}
	for i, name := range files {
		if name != l.name(i+1) && r.torn == nil { // a crash while leftovers were taken away leaves gaps
			r.torn = fmt.Errorf("%w: want %s", errTorn, l.name(i+1))
		}
		if err := r.file(i, name); err != nil {
			return fmt.Errorf("%s: %w: %s", name, err, remedy)
		}
	}
	for _, name := range files[r.files:] {
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	if l.fragments = l.fragments[:r.files]; r.files == 0 {
		return nil
	}
	l.fragments[r.files-1] = r.last
	return shorten(files[r.files-1], r.last.bytes)
}

const remedy = "restore the directory from a copy, or remove it: then the stream begins anew"

// recovery reads the files of a log.
type recovery struct {
	l       *Log
	files   int      // up to the last cursor
	last    Fragment // the newest, as of that cursor
	torn    error    // of a file or of a gap, behind which no cursor may come
	pending []Change // since the last cursor
}

func (r *recovery) file(i int, name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	f, in := Fragment{Number: i + 1}, map[string]bool{}
	for fr, err := range frames(data) {
		if err != nil {
			r.torn = err
			break
		}
		f.bytes = fr.end
		if fr.kind == frameCursor {
			if r.torn != nil {
				return r.torn
			}
			if r.l.cursor, err = store.ParseCursor(fr.body); err != nil {
				return err
			}
			for _, c := range r.pending {
				r.l.latest[c.IRI] = c.latest()
			}
			r.files, r.last, r.pending, r.l.newest = i+1, f, nil, maps.Clone(in)
			continue
		}
		c, packed, err := parseChange(fr.body)
		if err == nil && c.Kind == Delete {
			err = r.l.complete(&c, packed)
		}
		if err != nil {
			return err
		}
		f.add(c)
		in[c.IRI] = true
		r.pending = append(r.pending, c)
	}
	r.l.fragments = append(r.l.fragments, f)
	return nil
}

// shorten cuts a file to a length, unless it has it.
func shorten(name string, size int64) error {
	if info, err := os.Stat(name); err != nil || info.Size() == size {
		return err
	}
	return os.Truncate(name, size)
}
