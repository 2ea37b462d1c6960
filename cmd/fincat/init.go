package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"fincat/vocab/dcat"
)

const defaultConfigFile = "fincat.yaml"

func newInitCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "init [FILE|-]",
		Short: "Write a commented configuration with the live addresses of the organisations",
		Long: `Init writes a configuration to start from: the sources are the addresses from
which the organisations of the directory serve their open data. FILE is
fincat.yaml unless it is named; "-" writes to standard output.`,
		Example: "  fincat init\n  fincat sources check --config fincat.yaml",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := defaultConfigFile
			if len(args) == 1 {
				file = args[0]
			}
			return initConfig(cmd, file, force)
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "overwrite an existing file")
	return cmd
}

func initConfig(cmd *cobra.Command, file string, force bool) error {
	if file == "-" {
		return writeConfig(cmd.OutOrStdout())
	}
	mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if force {
		mode = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(file, mode, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already; --force overwrites it", file)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(writeConfig(f), f.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.ErrOrStderr(), "wrote %s; set base: and user_agent:, then try: fincat sources check "+
		"--config %s\n", file, file)
	return err
}

// initSource is a source of the configuration that init writes.
type initSource struct {
	ID, Publisher, URL, Note, Schedule string
}

// initData is what the template shows: sources ready to use, and the addresses
// of each organisation that a person must look at first.
type initData struct {
	OpenAPI, National []initSource
	Others            []dcat.Organization
}

func writeConfig(w io.Writer) error {
	directory, err := dcat.NewDirectory()
	if err != nil {
		return err
	}
	t, err := template.New("config").Parse(configTemplate)
	if err != nil {
		return err
	}
	return t.Execute(w, initSources(directory.All()))
}

// initSources sorts the organisations' addresses by what can be made of them
// without a look. Start times are spread over the small hours.
func initSources(orgs []dcat.Organization) initData {
	var d initData
	n := 0
	schedule := func() string {
		n++
		return fmt.Sprintf("%d %d * * *", n*7%60, 2+n*7/60)
	}
	for _, o := range orgs {
		var rest []dcat.Endpoint
		for _, e := range o.Endpoints {
			if e.Kind == "swagger" {
				d.OpenAPI = append(d.OpenAPI, initSource{ID: o.ID + "-api", Publisher: o.ID, URL: e.URL,
					Note: o.NameZH + ". " + e.Note, Schedule: schedule()})
			} else {
				rest = append(rest, e)
			}
		}
		if o.Kind == "commission" || o.Kind == "bureau" || o.AgencyTID > 0 {
			d.National = append(d.National, initSource{ID: o.ID, Publisher: o.NameZH, Note: o.NameEN,
				Schedule: schedule()})
		}
		if len(rest) > 0 {
			o.Endpoints = rest
			d.Others = append(d.Others, o)
		}
	}
	for i := range d.OpenAPI {
		d.OpenAPI[i].Note = strings.TrimSuffix(d.OpenAPI[i].Note, ". ")
	}
	return d
}

// configTemplate is the configuration with its comments, which tell people what to fill in.
//
//go:embed fincat.yaml.tmpl
var configTemplate string
