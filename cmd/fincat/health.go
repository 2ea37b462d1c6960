package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func newHealthCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "health [URL]",
		Short: "Ask a server whether it is ready; for health checks of containers",
		Long: `Health ends with 0 when the server at the address is ready, and with 1 when it is
not, or does not answer within 5 seconds. Without an address it asks ` + defaultAddr + `.`,
		Example: "  fincat health\n  fincat health http://127.0.0.1:9000/",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			address := "http://" + defaultAddr + "/"
			if len(args) > 0 {
				address = strings.TrimSuffix(args[0], "/") + "/"
			}
			return health(cmd, address)
		},
	}
}

func health(cmd *cobra.Command, address string) error {
	ctx, cancel := context.WithTimeout(cmd.Context(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"readyz", nil)
	if err != nil {
		return wrongUse(cmd, "%q is no address such as http://127.0.0.1:8080/", address)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 200))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s: %s", address, resp.Status, strings.TrimSpace(string(text)))
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), "ready")
	return err
}
