package main

import (
	"runtime/debug"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/build"
)

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version, commit, Go and library versions",
		Example: "  fincat version",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info, ok := debug.ReadBuildInfo()
			if !ok {
				info = &debug.BuildInfo{}
			}
			return build.Write(cmd.OutOrStdout(), info)
		},
	}
}
