package main

import (
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
	_, err = fmt.Fprintf(cmd.ErrOrStderr(), "wrote %s; set base: and user_agent:, then try: fincat sources check --config %s\n", file, file)
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
				d.OpenAPI = append(d.OpenAPI, initSource{ID: o.ID + "-api", Publisher: o.ID, URL: e.URL, Note: o.NameZH + ". " + e.Note, Schedule: schedule()})
			} else {
				rest = append(rest, e)
			}
		}
		if o.Kind == "commission" || o.Kind == "bureau" || o.AgencyTID > 0 {
			d.National = append(d.National, initSource{ID: o.ID, Publisher: o.NameZH, Note: o.NameEN, Schedule: schedule()})
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

const configTemplate = `# Configuration of fincat. Unknown keys are errors that name their line.
# 設定檔:來源網址取自機構名錄,使用前請先以 "fincat sources check" 確認。

# The catalogue's own IRIs start here. Choose it once: it is part of every
# record, and a store keeps the one it was made with.
base: https://data.example.tw/
listen: 127.0.0.1:8080

harvest:
  # Tell the sources who is asking and where to complain.
  user_agent: "fincat (+https://data.example.tw/about)"
  # A run that would remove more than this share holds its removals for
  # "fincat runs approve".
  removal_limit: 0.2
  # A record is removed after it was missing in this many runs.
  tombstone_after: 3
  # Tell people when a source begins to fail, works again, or holds removals.
  # notify:
  #   webhook: https://hooks.example.tw/fincat
  #   webhook_token_env: FINCAT_WEBHOOK_TOKEN
  #   mail: {server: "mail.example.tw:587", from: fincat@example.tw, to: [data@example.tw], user_env: FINCAT_MAIL_USER, password_env: FINCAT_MAIL_PASSWORD}

# For each source: id is part of every IRI of its records, so keep it;
# publisher is an id of the organisation directory; schedule is cron in
# Asia/Taipei; rate, timeout and max_bytes bound what a run asks of a host.
# Secrets are named by environment variable (token_env), never written here.
sources:
  # APIs that describe themselves (OpenAPI): each path becomes a dataset.
{{- range .OpenAPI}}

  # {{.Note}}
  - id: {{.ID}}
    kind: openapi
    url: {{.URL}}
    publisher: {{.Publisher}}
    schedule: "{{.Schedule}}"
    rate: 2/s
    timeout: 30s
    max_bytes: 64MiB
{{- end}}

  # What the national portal (data.gov.tw) lists of the commission, its bureaus
  # and the deposit insurance corporation.
{{- range .National}}

  # {{.Note}}
  - id: {{.ID}}
    kind: datagovtw
    url: https://data.gov.tw/api/v2/rest/dataset/export
    filter: {provider: {{.Publisher}}}
    schedule: "{{.Schedule}}"
    max_bytes: 512MiB
{{- end}}

# Other addresses of the directory. They need a person's look before they are
# sources: most are files of single datasets that the portal lists already, or
# patterns with a blank to fill in.
{{- range .Others}}
#
# {{.NameZH}} ({{.NameEN}})  {{.Website}}
{{- range .Endpoints}}
#   {{.Kind}}: {{.URL}}{{with .Note}}  {{.}}{{end}}
{{- end}}
{{- end}}
#
# A list of pages becomes a source with selectors:
#  - id: banking-bureau-list
#    kind: html
#    url: https://www.banking.gov.tw/ch/home.jsp?id=190&parentpath=0,3&mcustomize=lawnew_list.jsp
#    publisher: banking-bureau
#    html:
#      record: "div.whitebackground"
#      next: "a.next"
#      fields: {title: ".ptitle1 a", landingPage: ".ptitle1 a@href", modified: ".pdate1"}
`
