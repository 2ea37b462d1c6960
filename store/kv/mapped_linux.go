package kv

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dgraph-io/badger/v4/table"
	"golang.org/x/sys/unix"
)

// unmapPages takes the pages of some tables of a directory out of the process's memory,
// with MADV_DONTNEED: of a shared mapping of a file nothing is lost, not even what is
// not on the disk yet.
func unmapPages(dir string, tables map[uint64]bool) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer maps.Close()
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		if from, size, file, ok := mappedFile(lines.Text()); ok && filepath.Dir(file) == dir {
			if id, ok := table.ParseFileID(filepath.Base(file)); ok && tables[id] {
				_, _, _ = unix.Syscall(unix.SYS_MADVISE, from, size, unix.MADV_DONTNEED)
			}
		}
	}
}

// residentMapped returns how many bytes of mapped files are in the process's memory
// (proc_pid_statm(5)), -1 if the system does not say.
func residentMapped() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return -1
	}
	fields := strings.Fields(string(text))
	if len(fields) < 3 {
		return -1
	}
	pages, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil {
		return -1
	}
	return pages * int64(os.Getpagesize())
}

// mappedFile reads a line of /proc/self/maps (proc_pid_maps(5)): where a shared mapping
// of a file begins, how long it is, and the file.
func mappedFile(line string) (from, size uintptr, file string, ok bool) {
	const fields = 6 // addresses, rights, offset, device, inode, file
	parts := strings.SplitN(line, " ", fields)
	if len(parts) < fields || len(parts[1]) != 4 || parts[1][3] != 's' {
		return 0, 0, "", false
	}
	first, last, _ := strings.Cut(parts[0], "-")
	start, err := strconv.ParseUint(first, 16, strconv.IntSize)
	if err != nil {
		return 0, 0, "", false
	}
	end, err := strconv.ParseUint(last, 16, strconv.IntSize)
	if err != nil || end <= start {
		return 0, 0, "", false
	}
	return uintptr(start), uintptr(end - start), strings.TrimLeft(parts[5], " "), true
}
