package console

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/trial"
	"fincat/harvest/source"
)

// sourceField is a field of the form, in the order in which a configuration has them.
type sourceField struct {
	Name, Label, About, Value, Type string
	Needed                          bool
	Options                         []string
}

// sourceFields returns the fields of the form, with what was filled in.
func sourceFields(say func(string) string, f url.Values) (out []sourceField) {
	var kinds []string
	for _, k := range source.Kinds() {
		kinds = append(kinds, k.Name)
	}
	for _, x := range []sourceField{
		{Name: "id", Needed: true}, {Name: "kind", Needed: true, Options: kinds},
		{Name: "url", Needed: true, Type: "url"}, {Name: "title"}, {Name: "publisher"},
		{Name: "schedule"}, {Name: "rate"}, {Name: "timeout"}, {Name: "license"},
	} {
		x.Label, x.About = say("source."+x.Name), say("source."+x.Name+".about")
		x.Value = strings.TrimSpace(f.Get(x.Name))
		if x.About == "source."+x.Name+".about" {
			x.About = ""
		}
		if x.Type == "" {
			x.Type = "text"
		}
		out = append(out, x)
	}
	return out
}

// plain are values that YAML takes for text without quotes, and means as they stand.
var plain = regexp.MustCompile(
	`^(?:[a-z][a-z0-9-]*|https?://[A-Za-z0-9._~/?=&%+:@-]+|[0-9.]+/[a-z]+|[0-9]+[a-zA-Z]+)$`)

// words of YAML that are no text.
var noText = map[string]bool{"null": true, "true": true, "false": true, "yes": true, "no": true, "on": true,
	"off": true, "y": true, "n": true}

// quoted writes a value for YAML: as it stands, or in double quotes, which JSON writes as YAML
// reads them.
func quoted(value string) string {
	if plain.MatchString(value) && !noText[value] && !strings.HasSuffix(value, ":") {
		return value
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(value) // a text always can be
	return strings.TrimSpace(b.String())
}

// yamlOf writes the source of the form as the configuration has it. What else the form says of
// it stands below, indented as an entry of its own is.
func yamlOf(fields []sourceField, more string) string {
	var b strings.Builder
	b.WriteString("sources:\n")
	indent := "  - "
	for _, f := range fields {
		if f.Value == "" {
			continue
		}
		b.WriteString(indent + f.Name + ": " + quoted(f.Value) + "\n")
		indent = "    "
	}
	for line := range strings.SplitSeq(strings.ReplaceAll(more, "\r\n", "\n"), "\n") {
		if strings.TrimSpace(line) != "" {
			b.WriteString("    " + strings.TrimRight(line, " \t\r") + "\n")
		}
	}
	return b.String()
}

// maxRecords are the most records of a preview.
const maxRecords = 20

// sourceView is the page with the form.
type sourceView struct {
	page
	Fields  []sourceField
	More    string
	Records int
	YAML    string // "" before the form was sent
	Outcome *trial.Outcome
	Wrong   string // with the source as it is described
}

// source shows the form to those who may use it.
func (c *Console) source(v *view) error {
	if err := v.needs(access.Maintainer); err != nil {
		return err
	}
	data := &sourceView{page: v.page("source"), Records: 3}
	data.Fields = sourceFields(data.L.T, url.Values{})
	return v.show("console-source", data)
}

// trySource shows the source of the form as YAML, and if wanted asks it for its first records.
// Nothing is saved: the configuration file stays the truth.
func (c *Console) trySource(v *view) error {
	if err := v.needs(access.Maintainer); err != nil {
		return err
	}
	f := v.r.PostForm
	data := &sourceView{page: v.page("source"), More: f.Get("more")}
	data.Records, _ = strconv.Atoi(f.Get("records"))
	data.Records = min(max(data.Records, 1), maxRecords)
	data.Fields = sourceFields(data.L.T, f)
	data.YAML = yamlOf(data.Fields, data.More)
	if f.Get("action") != "try" {
		return v.show("console-source", data)
	}
	k := call{method: http.MethodPost, path: "/admin/sources/draft",
		body: trial.Draft{YAML: data.YAML, Records: data.Records}}
	var out trial.Outcome
	err := c.stream(v.r, k, decode(k.path, &out))
	status := http.StatusOK
	switch {
	case err == nil:
		data.Outcome = &out
	case isFault(err, http.StatusUnprocessableEntity), isFault(err, http.StatusConflict),
		isFault(err, http.StatusNotFound):
		data.Wrong, status = err.Error(), http.StatusUnprocessableEntity
	default:
		return err
	}
	c.room.Render(v.w, v.r, status, "console-source", data)
	return nil
}
