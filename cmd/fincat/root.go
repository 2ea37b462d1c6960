package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/manual"
	"fincat/cmd/fincat/measuring"
	"fincat/cmd/fincat/reports"
	"fincat/cmd/fincat/texts"
	"fincat/cmd/fincat/wire"
	"fincat/store"
)

// The exit statuses of every command.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitFound  = 3
)

// usageError is a command line that cannot be carried out as written.
type usageError struct {
	err  error
	help string // the command whose --help says more
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// foundError ends a command that did its work and found something that a
// person should look at.
type foundError struct{ what string }

func (e *foundError) Error() string { return e.what }

// run carries out one command line and returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	end := endOf(ctx, root.ExecuteContext(ctx))
	if end.Message != "" {
		fmt.Fprintln(stderr, "fincat:", end.Message)
	}
	if end.Help != "" {
		fmt.Fprintf(stderr, "See '%s --help'.\n", end.Help)
	}
	return end.Status
}

// endOf says how a command ended.
func endOf(ctx context.Context, err error) *wire.End {
	var usage *usageError
	var found *foundError
	switch {
	case err == nil:
		return &wire.End{Status: exitDone}
	case errors.As(err, &found):
		return &wire.End{Status: exitFound, Message: found.what}
	case errors.As(err, &usage):
		return &wire.End{Status: exitUsage, Message: usage.Error(), Help: usage.help}
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return &wire.End{Status: exitFailed, Message: "interrupted"}
	}
	message := err.Error()
	if store.IsFull(err) && !errors.Is(err, store.ErrFull) { // that says it by itself
		message += ": the disk is full: make room, then try again"
	}
	return &wire.End{Status: exitFailed, Message: message}
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "fincat",
		Short: "Linked-data catalogue and federated harvester for Taiwan's financial open data",
		Long: `fincat harvests the metadata of Taiwan's financial open data, keeps it as DCAT
in an RDF quad store, answers SPARQL over it and publishes it for other
catalogues.

臺灣金融開放資料的鏈結資料目錄:蒐集詮釋資料、以 DCAT 保存、提供 SPARQL 查詢與介接。`,
		Example:       "  fincat demo\n  fincat query --store DIR -e 'SELECT (COUNT(*) AS ?n) { ?s ?p ?o }'",
		Args:          cobra.ArbitraryArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{fmt.Errorf("unknown command %q", args[0]), "fincat"}
			}
			return &usageError{errors.New("which command?"), "fincat"}
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	lent := texts.Host{WrongUse: wrongUse, Which: which, Request: requestText, Located: located, FileIRI: fileIRI}
	root.AddCommand(
		newDemoCommand(), newServeCommand(), newInitCommand(),
		newHarvestCommand(), newSourcesCommand(), newRunsCommand(), newLinkCommand(), newQualityCommand(),
		newReportCommand(), newPublishCommand(),
		newQueryCommand(), newUpdateCommand(), newLoadCommand(), newDumpCommand(),
		newDiffCommand(), newCanonCommand(), newValidateCommand(), texts.NewParse(lent), texts.NewJSONLD(lent),
		newTokensCommand(), newAuditCommand(), newMCPCommand(),
		newCheckCommand(), newBackupCommand(), newRestoreCommand(), newCompactCommand(), newUpgradeCommand(),
		measuring.NewCommand(measuring.Host{
			WrongUse: wrongUse, Found: func(what string) error { return &foundError{what} },
		}), newHealthCommand(), newVersionCommand(), manual.NewCommand(wrongUse),
	)
	throughServers(root)
	reports.WriteFiles(root)
	guard(root)
	return root
}

// guard makes wrong flags and arguments of cmd and all below it usage errors.
func guard(cmd *cobra.Command) {
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return &usageError{err, c.CommandPath()}
	})
	if check := cmd.Args; check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return &usageError{err, c.CommandPath()}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		guard(sub)
	}
}

// wrongUse reports a command line of cmd that does not make sense.
func wrongUse(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...), cmd.CommandPath()}
}
