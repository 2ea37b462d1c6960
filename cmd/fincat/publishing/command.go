package publishing

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"fincat/harvest/publish"
	"fincat/vocab/dcat"
)

// Host is what the program lends to the command.
type Host struct {
	// Publish does something with what publishes a store's datasets; with write what it does is
	// audited and may change the store.
	Publish func(cmd *cobra.Command, dir, config string, write bool,
		do func(*publish.Publisher) error) error
	WrongUse func(cmd *cobra.Command, format string, args ...any) error
	Found    func(what string) error // the command did its work and found something
}

// command is the command with its flags.
type command struct {
	Host
	dir, config, format, confirm string
	dryRun, withdraw             bool
	forget                       []string
}

// The output formats.
const (
	formatText = "text"
	formatJSON = "json"
)

// NewCommand returns the command publish.
func NewCommand(h Host) *cobra.Command {
	c := &command{Host: h}
	cmd := &cobra.Command{
		Use:   "publish --store DIR --config FILE",
		Short: "Publish datasets at data.gov.tw through its interface v2",
		Long: `Publish compares what publish: in the configuration names with what was published before, and
creates and changes datasets at data.gov.tw. With --dry-run it sends nothing and shows what would be
created, changed and withdrawn, field by field. The key is in the environment variable that publish: token_env names; the portal takes it
only from an address that was registered with it.

Withdrawing is final there, so it needs --withdraw, and --confirm with the code that stands for
just the datasets that were shown. What the portal has withdrawn is not created anew unless
--forget names it. A run that was broken off leaves a note of the call that was on its way, and
the next one looks first what came of it.

It ends with 3 when datasets were held back or refused.`,
		Example: "  fincat publish --store DIR --config fincat.yaml --dry-run\n" +
			"  fincat publish --store DIR --config fincat.yaml\n" +
			"  fincat publish --store DIR --config fincat.yaml --withdraw --confirm 2-5f0c1a9e",
		Args: cobra.NoArgs, RunE: c.run,
	}
	f := cmd.Flags()
	f.StringVar(&c.dir, "store", "", "directory of the store (required)")
	f.StringVar(&c.config, "config", "", "configuration file (required): publish: says what and where")
	f.BoolVar(&c.dryRun, "dry-run", false, "show the difference and send nothing")
	f.BoolVar(&c.withdraw, "withdraw", false, "withdraw datasets too, which is final; needs --confirm")
	f.StringVar(&c.confirm, "confirm", "", "with --withdraw: the code of the datasets to withdraw, as it was shown")
	f.StringSliceVar(&c.forget, "forget", nil,
		"datasets, as source/identifier, that the portal has withdrawn and that may be created anew")
	f.StringVar(&c.format, "format", formatText, "what is printed: text or json")
	return cmd
}

// run carries out the command.
func (c *command) run(cmd *cobra.Command, _ []string) error {
	switch {
	case c.format != formatText && c.format != formatJSON:
		return c.WrongUse(cmd, "--format is text or json, not %q", c.format)
	case c.withdraw && c.dryRun:
		return c.WrongUse(cmd, "--withdraw sends and --dry-run does not: give one of them")
	case c.confirm != "" && !c.withdraw:
		return c.WrongUse(cmd, "--confirm goes with --withdraw")
	case c.withdraw && c.confirm == "":
		return c.WrongUse(cmd, "--withdraw needs --confirm with the code that fincat publish --dry-run shows")
	case len(c.forget) > 0 && (c.dryRun || c.withdraw):
		return c.WrongUse(cmd, "--forget goes alone: it shows what would be created then, and sends nothing")
	}
	send := !c.dryRun && len(c.forget) == 0
	return c.Publish(cmd, c.dir, c.config, !c.dryRun, func(p *publish.Publisher) error {
		base := p.Base()
		if len(c.forget) > 0 {
			if err := p.Forget(cmd.Context(), c.forget); err != nil {
				return err
			}
		}
		if !send {
			plan, err := p.Plan(cmd.Context())
			if err != nil {
				return err
			}
			return c.end(cmd, plan, base, nil)
		}
		plan, err := p.Send(cmd.Context(), publish.SendOptions{Withdraw: c.withdraw, Confirm: c.confirm,
			Progress: func(i *publish.Item) { fmt.Fprintln(cmd.ErrOrStderr(), line(i, base)) }})
		if unconfirmed := (*publish.UnconfirmedError)(nil); errors.As(err, &unconfirmed) {
			return errors.Join(c.print(cmd.OutOrStdout(), plan, base), c.Found(err.Error()))
		}
		if plan == nil {
			return err
		}
		return c.end(cmd, plan, base, err)
	})
}

// end prints a plan and says how the command ended.
func (c *command) end(cmd *cobra.Command, plan *publish.Plan, base dcat.Base, err error) error {
	if err := errors.Join(err, c.print(cmd.OutOrStdout(), plan, base)); err != nil {
		return err
	}
	bad := plan.Count(publish.Held)
	for _, i := range plan.Items {
		if i.Error != "" {
			bad++
		}
	}
	if bad > 0 {
		return c.Found(fmt.Sprintf("%d datasets were held back or refused", bad))
	}
	return nil
}

// print writes a plan in the wanted format.
func (c *command) print(out io.Writer, plan *publish.Plan, base dcat.Base) error {
	if c.format == formatJSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(plan)
	}
	for _, i := range plan.Items {
		if i.Action == publish.Unchanged {
			continue
		}
		fmt.Fprintln(out, line(i, base))
		if i.Done != "" || i.Error != "" {
			continue
		}
		for _, d := range i.Changes {
			for _, v := range [][2]string{{"-", d.Before}, {"+", d.After}} {
				if v[1] != "" {
					fmt.Fprintf(out, "  %s %s: %s\n", v[0], d.Field, oneLine(v[1]))
				}
			}
		}
	}
	fmt.Fprintf(out, "%s: %d to create, %d to update, %d to withdraw, %d held, %d there through another record, "+
		"%d unchanged\n", plan.Portal, plan.Count(publish.Create), plan.Count(publish.Update),
		plan.Count(publish.Withdraw), plan.Count(publish.Held), plan.Count(publish.Kept),
		plan.Count(publish.Unchanged))
	if c.dryRun || len(c.forget) > 0 {
		fmt.Fprintln(out, "nothing was sent: publish without --dry-run sends")
	}
	if plan.Confirm != "" && !c.withdraw {
		fmt.Fprintf(out, "to withdraw for good just what is shown above: --withdraw --confirm %s\n",
			plan.Confirm)
	}
	return nil
}

// line is an item in one line, and a line for each reason that it is held.
func line(i *publish.Item, base dcat.Base) string {
	out := fmt.Sprintf("%-9s %s", i.Action, strings.TrimPrefix(i.Dataset, string(base)+"dataset/"))
	if i.ID != "" {
		out += " (" + i.ID + ")"
	}
	out += " " + oneLine(i.Title)
	switch {
	case i.Done != "" && i.Error != "":
		out += ": " + i.Done + ": " + i.Error
	case i.Done+i.Error != "":
		out += ": " + i.Done + i.Error
	case len(i.Why) == 1:
		out += ": " + i.Why[0]
	default:
		for _, why := range i.Why {
			out += "\n  ! " + why
		}
	}
	return out
}

// oneLine is a text without line breaks, not longer than a terminal shows well.
func oneLine(s string) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return string(r)
}
