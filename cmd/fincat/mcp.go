package main

import (
	"io"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"fincat/cmd/fincat/assistant"
	"fincat/cmd/fincat/build"
	"fincat/store"
	"fincat/vocab/dcat"
)

func newMCPCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "mcp --store DIR",
		Short: "Answer an assistant on standard input and output",
		Long: `Mcp offers the catalogue to an assistant that speaks the Model Context Protocol over
standard input and output, read only: the tools are those of a server's /mcp. It works
through the server that holds the store, or the one of --server, where there is one.`,
		Example: "  fincat mcp --store DIR\n  fincat mcp --server https://data.example.tw/",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return answerAssistant(cmd, dir) },
	}
	cmd.Flags().StringVar(&dir, "store", "", "directory of the store")
	return cmd
}

func answerAssistant(cmd *cobra.Command, dir string) error {
	through, err := clientOf(cmd)
	if err != nil {
		return err
	}
	t := &mcp.IOTransport{Reader: io.NopCloser(cmd.InOrStdin()), Writer: nopCloser{cmd.OutOrStdout()}}
	if through != nil {
		return assistant.Relay(cmd.Context(), through.http, through.base+"mcp", build.Release, t)
	}
	return withHarvested(cmd, dir, true, func(s *store.Store, base dcat.Base) error {
		h, end, err := publishedServer(s, base)
		if err != nil {
			return err
		}
		err = assistant.Relay(cmd.Context(), assistant.Local(h), string(base)+"mcp", build.Release, t)
		if fault := end(); err == nil {
			err = fault
		}
		return err
	})
}

// nopCloser is a writer that stays open.
type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
