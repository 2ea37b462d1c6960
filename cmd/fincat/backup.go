package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/access"
	"fincat/store"
)

func newBackupCommand() *cobra.Command {
	var dir, into string
	var keep int
	cmd := &cobra.Command{
		Use:   "backup (--store DIR | --server URL) (FILE | - | --into FOLDER)",
		Short: "Write a consistent backup, also beside a running server",
		Long: `Backup writes everything a store holds as of its newest commit, history included,
to a file or to standard output ("-"). A server that holds the store goes on
meanwhile. A server elsewhere is asked with --server; it needs an administrator's
token in ` + tokenEnv + `. The file appears under its name only when it is complete.

With --into it makes a file named by the time in a folder, and the audit log beside it;
when there are more than --keep, the oldest go.`,
		Example: "  fincat backup --store DIR catalogue.backup\n" +
			"  FINCAT_TOKEN=... fincat backup --server http://127.0.0.1:8080/ catalogue.backup",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case (into == "") == (len(args) == 0):
				return wrongUse(cmd, "where to? give a file, - or --into FOLDER")
			case keep < 1:
				return wrongUse(cmd, "--keep must be at least 1")
			case into != "":
				return backupInto(cmd, dir, into, keep)
			}
			return backup(cmd, dir, args[0])
		},
	}
	cmd.Flags().StringVar(&into, "into", "", "folder for a backup that is named by the time")
	cmd.Flags().IntVar(&keep, "keep", 14, "with --into: how many backups stay there")
	storeFlag(cmd, &dir)
	return cmd
}

func backup(cmd *cobra.Command, dir, file string) (err error) {
	ctx := cmd.Context()
	c, err := clientOf(cmd)
	if err != nil {
		return err
	}
	from := func(w io.Writer) error { return c.copyTo(ctx, w, "admin/backup") }
	if c == nil {
		s, err := openExisting(ctx, cmd, dir, true)
		if err != nil {
			return err
		}
		defer closing(s, &err)
		from = func(w io.Writer) error { _, err := s.Backup(ctx, w); return err }
	}
	if file == "-" {
		return from(cmd.OutOrStdout())
	}
	return writeWhole(file, from)
}

// The names of backups in a folder; the time is in UTC, so that names sort by it.
const (
	backupStamp  = "20060102T150405Z"
	backupPrefix = "fincat-"
	backupSuffix = ".backup"
	auditSuffix  = ".audit.jsonl"
)

// backupInto makes a backup in a folder, with the audit log beside it, and deletes the
// oldest ones beyond those that are kept.
func backupInto(cmd *cobra.Command, dir, folder string, keep int) error {
	name := filepath.Join(folder, backupPrefix+time.Now().UTC().Format(backupStamp))
	err := writeWhole(name+auditSuffix, func(w io.Writer) error {
		entries, done, err := auditEntries(cmd, dir)
		if err != nil {
			return err
		}
		defer done()
		return access.WriteEntries(w, entries)
	})
	if err == nil {
		err = backup(cmd, dir, name+backupSuffix)
	}
	if err != nil {
		return errors.Join(err, removeIfThere(name+auditSuffix))
	}
	old, err := filepath.Glob(filepath.Join(folder, backupPrefix+"*"+backupSuffix))
	if err != nil {
		return err
	}
	old = slices.DeleteFunc(old, func(file string) bool { // what people have put there stays
		stamp := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), backupPrefix), backupSuffix)
		_, err := time.Parse(backupStamp, stamp)
		return err != nil
	})
	slices.Sort(old)
	for _, file := range old[:max(0, len(old)-keep)] {
		audit := strings.TrimSuffix(file, backupSuffix) + auditSuffix
		if err := errors.Join(os.Remove(file), removeIfThere(audit)); err != nil {
			return err
		}
		fmt.Fprintln(cmd.ErrOrStderr(), "removed", file)
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), name+backupSuffix)
	return err
}

func removeIfThere(file string) error {
	if err := os.Remove(file); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// writeWhole makes a file that is there complete, or not at all.
func writeWhole(file string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".part-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone after the renaming
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

// backupHandler streams a backup.
type backupHandler struct{ store *store.Store }

// ServeHTTP implements [http.Handler].
func (h backupHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="fincat.backup"`)
	w.Header().Set("Cache-Control", "no-store")
	if _, err := h.store.Backup(r.Context(), w); err != nil {
		panic(http.ErrAbortHandler) // what was sent must not look complete
	}
}
