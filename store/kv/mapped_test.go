//go:build linux

package kv

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"
)

// TestMappedBytes writes and reads tables while their pages are taken out of the
// process's memory: no byte changes, and the memory keeps to its limit in the end.
func TestMappedBytes(t *testing.T) {
	if residentMapped() < 0 {
		t.Skip("the system does not say what is mapped")
	}
	const limit, keys, size = 4 << 20, 4_000, 8 << 10 // 32 MB
	before := residentMapped()
	d := openTest(t, Options{Dir: t.TempDir(), MappedBytes: limit})
	value := func(i int) []byte { return bytes.Repeat([]byte{byte(i), byte(i >> 8), 7}, size/3) }
	key := func(i int) []byte { return fmt.Appendf(nil, "key %06d", i) }
	b := d.NewBatch(d.NextTime())
	defer b.Cancel()
	for i := range keys {
		if err := b.Put(key(i), value(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Flush(); err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	for r := range 4 {
		readers.Go(func() {
			txn := d.Newest()
			defer txn.Discard()
			for i := r; i < keys; i += 3 {
				if got, err := txn.Get(key(i)); err != nil || !bytes.Equal(got, value(i)) {
					t.Errorf("key %d: %v, %d bytes, which are not what was written", i, err, len(got))
					return
				}
				if i%64 < 3 {
					d.unmapTables()
				}
			}
		})
	}
	readers.Wait()
	for end := time.Now().Add(time.Minute); residentMapped()-before > 3*limit; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d MB of mapped files stay in memory, want about %d", (residentMapped()-before)>>20, limit>>20)
		}
	}
}

// TestMappedFile reads lines of /proc/self/maps.
func TestMappedFile(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"7f00-7f10 rw-s 00000000 fe:00 12     /data/my store/000001.sst": "/data/my store/000001.sst",
		"7f00-7f10 rw-p 00000000 fe:00 12     /data/000001.sst":          "", // not shared
		"7f00-7f10 rw-s 00000000 00:00 0":                                "",
		"7f10-7f00 rw-s 00000000 fe:00 12 /data/000001.sst":              "",
		"x-7f10 rw-s 00000000 fe:00 12 /data/000001.sst":                 "",
		"": "",
	} {
		from, size, file, ok := mappedFile(line)
		if ok != (want != "") || file != want || ok && (from != 0x7f00 || size != 0x10) {
			t.Errorf("%q: %x %x %q %t, want %q", line, from, size, file, ok, want)
		}
	}
}
