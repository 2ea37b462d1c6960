package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"fincat/sparql/protocol"
	"fincat/store"
)

func newBackupCommand() *cobra.Command {
	var dir, server string
	cmd := &cobra.Command{
		Use:   "backup (--store DIR | --server URL) FILE|-",
		Short: "Write a consistent backup, also beside a running server",
		Long: `Backup writes everything a store holds as of its newest commit, history included,
to a file or to standard output ("-"). While a server holds the store, ask the
server with --server; it needs the token in ` + tokenEnv + ` when it has one.
The file appears under its name only when it is complete.`,
		Example: "  fincat backup --store DIR catalogue.backup\n  fincat backup --server http://127.0.0.1:8080/ catalogue.backup",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return backup(cmd, dir, server, args[0]) },
	}
	storeFlag(cmd, &dir)
	cmd.Flags().StringVar(&server, "server", "", "address of the server that holds the store")
	return cmd
}

func backup(cmd *cobra.Command, dir, server, file string) (err error) {
	ctx := cmd.Context()
	from := func(w io.Writer) error { return fetchBackup(ctx, server, w) }
	switch {
	case dir != "" && server != "":
		return wrongUse(cmd, "give --store or --server, not both")
	case server == "":
		s, err := openExisting(ctx, cmd, dir, false)
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

// fetchBackup asks a running server for a backup.
func fetchBackup(ctx context.Context, server string, w io.Writer) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(server, "/")+"/admin/backup", nil)
	if err != nil {
		return err
	}
	if token := os.Getenv(tokenEnv); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		detail, err := io.ReadAll(io.LimitReader(resp.Body, 1000))
		return errors.Join(fmt.Errorf("%s answered %s: %s", server, resp.Status, detail), err)
	}
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("backup from %s: %w", server, err)
	}
	return nil
}

// backupHandler streams a backup to whoever may change the store.
type backupHandler struct {
	store    *store.Store
	token    string
	loopback bool
}

// ServeHTTP implements [http.Handler].
func (h backupHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.allowed(r) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="fincat"`)
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusUnauthorized, Detail: "a valid bearer token is needed"})
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="fincat.backup"`)
	w.Header().Set("Cache-Control", "no-store")
	if _, err := h.store.Backup(r.Context(), w); err != nil {
		panic(http.ErrAbortHandler) // what was sent must not look complete
	}
}

// allowed asks for the token; a server on loopback without one lets the
// machine's own users through, by an address that only they have.
func (h backupHandler) allowed(r *http.Request) bool {
	if h.token == "" {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		addr, err := netip.ParseAddr(host)
		return h.loopback && (host == "localhost" || err == nil && addr.IsLoopback())
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && subtle.ConstantTimeCompare([]byte(token), []byte(h.token)) == 1
}
