package harvest

import (
	"strings"
	"testing"
	"time"
)

func TestParseConfig(t *testing.T) {
	c, err := ParseConfig(strings.NewReader(`
base: https://data.example.tw
sources:
  - id: twse
    kind: openapi
    url: https://openapi.twse.com.tw/v1/swagger.json
    schedule: "0 3 * * *"
    rate: 2/s
    timeout: 30s
    max_bytes: 64MiB
`))
	if err != nil {
		t.Fatal(err)
	}
	s := c.Sources[0]
	if c.Base != "https://data.example.tw/" || s.Rate.Every != 500*time.Millisecond || s.MaxBytes != 64<<20 || time.Duration(s.Timeout) != 30*time.Second {
		t.Errorf("ParseConfig = %+v", c)
	}
	if *c.Harvest.RemovalLimit != 0.2 || c.Harvest.TombstoneAfter != 3 {
		t.Errorf("defaults = %+v", c.Harvest)
	}
	at, ok := Next(s, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if want := time.Date(2026, 1, 1, 19, 0, 0, 0, time.UTC); !ok || !at.Equal(want) { // 03:00 in Taipei
		t.Errorf("Next = %v, %v, want %v", at, ok, want)
	}
}

func TestConfigErrors(t *testing.T) {
	const head = "sources:\n  - id: a\n    kind: openapi\n    url: https://e.tw/\n"
	tests := []struct{ name, in, want string }{
		{"unknown key", head + "    pubisher: twse\n", "line 5: unknown key pubisher"},
		{"unknown top key", "sorces: []\n", "line 1: unknown key sorces"},
		{"duration", head + "    timeout: 30\n", "line 5: \"30\" is no duration"},
		{"rate", head + "    rate: fast\n", "line 5: \"fast\" is no rate"},
		{"size", head + "    max_bytes: big\n", "line 5: \"big\" is no size"},
		{"kind", "sources:\n  - {id: a, kind: soap, url: 'https://e.tw/'}\n", "line 2: source a: kind \"soap\" is unknown: use one of openapi"},
		{"id", "sources:\n  - {id: A b, kind: openapi, url: 'https://e.tw/'}\n", "use lower-case letters"},
		{"reserved", "sources:\n  - {id: run, kind: openapi, url: 'https://e.tw/'}\n", "used by the catalogue itself"},
		{"twice", head + "  - {id: a, kind: dcat, url: 'https://e.tw/'}\n", "line 5: source a: the id is used in line 2"},
		{"url", "sources:\n  - {id: a, kind: openapi, url: 'ftp://e.tw/'}\n", "begins with https://"},
		{"schedule", head + "    schedule: sometimes\n", "line 2: source a: schedule \"sometimes\""},
		{"timezone", head + "    timezone: Mars/Base\n", "timezone \"Mars/Base\" is unknown"},
		{"html", "sources:\n  - {id: a, kind: html, url: 'https://e.tw/'}\n", "html: give record:"},
		{"selector", "sources:\n  - {id: a, kind: html, url: 'https://e.tw/', html: {record: 'div[', fields: {title: a}}}\n", "selector \"div[\""},
		{"field", "sources:\n  - {id: a, kind: html, url: 'https://e.tw/', html: {record: div, fields: {title: a, colour: b}}}\n", "field \"colour\" is unknown"},
		{"limit", "harvest: {removal_limit: 20}\n", "give a share from 0 to 1"},
		{"base", "base: nowhere\n", "base \"nowhere/\""},
		{"yaml", "base: [\n", "line 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ParseConfig(strings.NewReader(tt.in)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ParseConfig = %v, want %q in it", err, tt.want)
			}
		})
	}
}
