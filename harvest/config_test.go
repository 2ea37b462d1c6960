package harvest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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
	if c.Base != "https://data.example.tw/" || s.Rate.Every != 500*time.Millisecond || s.MaxBytes != 64<<20 ||
		time.Duration(s.Timeout) != 30*time.Second {
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
		{"unknown key", head + "    editor: twse\n", "line 5: unknown key editor"},
		{"unknown top key", "sorces: []\n", "line 1: unknown key sorces"},
		{"duration", head + "    timeout: 30\n", "line 5: \"30\" is no duration"},
		{"rate", head + "    rate: fast\n", "line 5: \"fast\" is no rate"},
		{"size", head + "    max_bytes: big\n", "line 5: \"big\" is no size"},
		{"kind", "sources:\n  - {id: a, kind: soap, url: 'https://e.tw/'}\n",
			"line 2: source a: kind \"soap\" is unknown: use one of openapi"},
		{"id", "sources:\n  - {id: A b, kind: openapi, url: 'https://e.tw/'}\n", "use lower-case letters"},
		{"reserved", "sources:\n  - {id: run, kind: openapi, url: 'https://e.tw/'}\n", "used by the catalogue itself"},
		{"twice", head + "  - {id: a, kind: dcat, url: 'https://e.tw/'}\n",
			"line 5: source a: the id is used in line 2"},
		{"url", "sources:\n  - {id: a, kind: openapi, url: 'ftp://e.tw/'}\n", "begins with https://"},
		{"schedule", head + "    schedule: sometimes\n", "line 2: source a: schedule \"sometimes\""},
		{"schedule of no day", head + "    schedule: 0 3 30 2 *\n",
			"line 2: source a: schedule \"0 3 30 2 *\": that day never"},
		{"timezone", head + "    timezone: Mars/Base\n", "timezone \"Mars/Base\" is unknown"},
		{"html", "sources:\n  - {id: a, kind: html, url: 'https://e.tw/'}\n", "html: give record:"},
		{"selector", "sources:\n  - {id: a, kind: html, url: 'https://e.tw/', html: {record: 'div[', fields: " +
			"{title: a}}}\n", "selector \"div[\""},
		{"field", "sources:\n  - {id: a, kind: html, url: 'https://e.tw/', html: {record: div, fields: {title: a, " +
			"colour: b}}}\n", "field \"colour\" is unknown"},
		{"limit", "harvest:\n  keep_runs: 5\n  removal_limit: 20\n",
			"line 3: harvest: removal_limit 20: give a share from"},
		{"limit of none", "harvest: {removal_limit: .nan}\n", "line 1: harvest: removal_limit NaN"},
		{"base", "base: nowhere\n", "line 1: base \"nowhere/\""},
		{"base of files", "base: ftp://e.tw/\n", "line 1: base"},
		{"base of all", "base: http://0.0.0.0:8080/\n", "nobody can be reached at 0.0.0.0"},
		{"base of all IPv6", "\nbase: http://[::]:8080/\n", "line 2: base"},
		{"proxies", "\ntrusted_proxies: [127.0.0.1, '0.0.0.0/0']\n",
			"line 2: trusted_proxies: 0.0.0.0/0 is everybody"},
		{"yaml", "base: [\n", "line 1"},
		{"empty", "", "the configuration is empty: 'fincat init'"},
		{"comments", "# nothing\n---\n", "the configuration is empty"},
		{"null", "~\n", "the configuration is empty"},
		{"two documents", "base: https://e.tw/\n---\nbase: https://e.tw/\n", "line 2: a second document"},
		{"tab", "harvest:\n\tkeep_runs: 1\n",
			"line 2: found character that cannot start any token: indent with spaces"},
		{"twice", "base: https://e.tw/\nbase: https://f.tw/\n",
			"line 2: the key \"base\" is there twice, the first time in line 1: remove one"},
		{"text", "just text\n", "line 1: \"just text\" stands where a group of keys with values is expected"},
		{"list", "sources: {a: b}\n", "line 1: a group of keys stands where a list is expected"},
		{"number", "harvest:\n  keep_runs: many\n", "line 2: \"many\" stands where a whole number is expected"},
		{"share", "harvest: {removal_limit: many}\n", "line 1: \"many\" stands where a number is expected"},
		{"bool", "harvest: {allow_private_addresses: perhaps}\n",
			"\"perhaps\" stands where true or false is expected"},
		{"string", "base: [a]\n", "line 1: a list stands where a text is expected"},
		{"group", "sources: [a]\n", "line 1: \"a\" stands where a group of keys with values is expected"},
		{"anchor", "\nbase: *here\n", "line 2: there is no anchor &here"},
		{"bytes", "base: https://e.tw/\n# \xff\n", "line 2: there is a byte that is no text: save the file as UTF-8"},
		{"control", "base: \"\x01\"\n", "line 1: there is a byte that is no text"},
		{"port", "base: https://e.tw/\nlisten: 127.0.0.1:99999\n",
			"line 2: listen: \"127.0.0.1:99999\" is no address"},
		{"port alone", "listen: 8080\n", "line 1: listen: \"8080\" is no address"},
		{"port name", "listen: 127.0.0.1:http\n", "is no address to listen on"},
		{"port minus", "listen: 127.0.0.1:-1\n", "is no address to listen on"},
		{"publisher", head + "    publisher: twze\n",
			"line 2: source a: publisher \"twze\" is not in the organisation directory"},
		{"publisher nearly", head + "    publisher: bankingbureau\n", "such as banking-bureau"},
		{"code list", "code_lists:\n  - {id: a, of: person, file: x, columns: {isin: a, name: b}}\n",
			"line 2: code list a: of \"person\" is unknown"},
		{"code list named as a source", head + "code_lists:\n  - {id: a, of: security, file: x, " +
			"columns: {isin: a, name: b}}\n", "line 6: code list a: the id is used in line 2"},
		{"schedule of a code list", "code_lists:\n  - {id: a, of: security, file: x, schedule: now, " +
			"columns: {isin: a, name: b}}\n", "line 2: code list a: schedule \"now\""},
		{"encoding of a code list", "code_lists:\n  - {id: a, of: security, file: x, encoding: morse, " +
			"columns: {isin: a, name: b}}\n", "line 2: code list a: encoding \"morse\" is unknown"},
		{"port of a url", "sources:\n  - {id: a, kind: openapi, url: 'https://e.tw:99999/'}\n",
			"line 2: source a: url \"https://e.tw:99999/\": ports go from 1 to 65535"},
		{"space in a url", "sources:\n  - {id: a, kind: openapi, url: 'https://e.tw/a b'}\n",
			"there is a space in it"},
		{"host without a part", "sources:\n  - {id: a, kind: openapi, url: 'https://e..tw/'}\n",
			"a part without a name"},
		{"long id", "sources:\n  - {id: " + strings.Repeat("a", 101) + ", kind: openapi, url: 'https://e.tw/'}\n",
			"choose one with at most 100"},
		{"no whole number", "harvest:\n  tombstone_after: 1.5\n",
			"line 2: tombstone_after: \"1.5\" stands where a whole number is expected"},
		{"none at all", "harvest:\n  keep_runs: 0\n", "line 2: keep_runs: 0: give at least 1, or remove the key"},
		{"tries", head + "    retries: 1000000\n", "line 2: source a: retries 1000000: give 1 to 100"},
		{"pages", head + "    max_pages: -1\n", "max_pages -1: give at least 1"},
		{"redirects", head + "    max_redirects: -7\n", "max_redirects -7: give 1 to 100"},
		{"proxy", head + "    proxy: 'ftp://proxy:1'\n", "line 2: source a: proxy: give an address such as"},
		{"proxy without a host", head + "    proxy: proxy\n", "proxy: give an address such as"},
		{"every moment", head + "    schedule: '@every -5m'\n", "schedule \"@every -5m\": give at least 1s"},
		{"of another kind", head + "    html: {record: a, fields: {title: a}}\n",
			"line 2: source a: html: says how sources of kind html are read, and this one is of kind openapi"},
		{"encoding", "sources:\n  - {id: a, kind: table, url: 'https://e.tw/', table: {encoding: morse, columns: " +
			"{title: a}}}\n", "table: encoding \"morse\" is unknown: write utf-8, big5 or auto"},
		{"header", "sources:\n  - {id: a, kind: table, url: 'https://e.tw/', table: {header: -1, columns: " +
			"{title: a}}}\n", "table: header -1"},
		{"page", "sources:\n  - {id: a, kind: sparql, url: 'https://e.tw/', sparql: {page: -1}}\n", "sparql: page -1"},
		{"missing runs", head + "    tombstone_after: -1\n", "tombstone_after -1: give at least 1"},
		{"user agent", "harvest:\n  user_agent: \"a\\nb: c\"\n", "line 2: harvest: user_agent"},
		{"half of the world", "trusted_proxies: [0.0.0.0/1]\n", "line 1: trusted_proxies: 0.0.0.0/1 is everybody"},
		{"base with dots", "base: https://e.tw/a/../b/\n", "line 1: base"},
		{"reports of no source", "reports: {sources: [a]}\n", "line 1: reports: sources: there is no source \"a\""},
		{"remedy once", "history: long\n", "line 1: \"long\" is no duration: write 30s, 5m or 6h"},
		{"key of a time", "harvest: {\n keep_history: 30d}\n",
			"line 2: \"30d\" is no duration: write 30s, 5m or 6h (under harvest: keep_history)"},
		{"key of a rate", head + "    rate: fast\n", "(under sources: rate)"},
		{"key of a number", "publish: {max_changes: many}\n", "(under publish: max_changes)"},
		{"key of an address", "trusted_proxies:\n- 10.0.0.0/40\n", "(under trusted_proxies)"},
		{"time of nothing", "quality:\n  timeout: 0s\n",
			"line 2: timeout: 0s: give more than that, or remove the key"},
		{"history of nothing", "history: 0h0m\n", "line 1: history: 0h0m: give more"},
		{"size of nothing", head + "    max_bytes: 0MiB\n", "line 5: max_bytes: 0MiB: give more"},
		{"key that is a group", "{<<,{}}0", "a key is a list or a group of keys itself"},
		{"key alone", "listen:\nbase: https://e.tw/\n", "line 1: listen: nothing is given"},
		{"key alone inside", "harvest:\n  user_agent:\n", "line 2: user_agent: nothing is given"},
		{"empty entry", "sources:\n  -\n", "an entry of the list is empty"},
		{"changes of a kind without", head + "    changes: https://e.tw/{date}\n",
			"line 2: source a: changes: sources of kind openapi have no lists of changes"},
		{"profile for nothing", head + "    profile: tw\n", "line 2: source a: profile: nothing is validated"},
		{"theme", head + "    theme: zzz\n", "line 2: source a: theme \"zzz\" is no service category"},
		{"licence", head + "    license: zzz\n", "line 2: source a: license \"zzz\" is no licence"},
		{"language", head + "    language: 中文\n", "line 2: source a: language \"中文\" is no tag"},
		{"header of messages", head + "    token_env: A\n    token_header: host\n",
			"line 2: source a: token_header \"host\" says how"},
		{"filter of operations", head + "    filter: {provider: x}\n",
			"line 2: source a: filter: operations have no \"provider\""},
		{"proxy to publish through", "publish: {proxy: nowhere}\n", "line 1: publish: proxy: give an address"},
		{"licence to publish", "publish: {licences: {zzz: '2'}}\n",
			"line 1: publish: licences: \"zzz\" is no licence"},
		{"dataset of others", "base: https://e.tw/\npublish: {datasets: ['https://f.tw/dataset/a/1']}\n",
			"line 2: publish: datasets: \"https://f.tw/dataset/a/1\" is no dataset"},
		{"filter of a webhook", "subscriptions:\n  webhooks: [{id: w, url: 'https://e.tw/', secret_env: S, " +
			"filter: {sector: zzz}}]\n", "line 1: subscriptions: webhooks: w: filter: sector: there is no \"zzz\""},
		{"two at once", "listen: x\nharvest: {keep_runs: -1}\n" + head, "line 2: harvest: keep_runs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ParseConfig(strings.NewReader(tt.in)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ParseConfig = %v, want %q in it", err, tt.want)
			}
		})
	}
}

// TestConfigReady looks at what the configuration needs of its surroundings.
func TestConfigReady(t *testing.T) {
	noPEM := filepath.Join(t.TempDir(), "no.pem")
	if err := os.WriteFile(noPEM, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	const head = "sources:\n  - id: a\n    kind: openapi\n    url: https://e.tw/\n"
	tests := []struct{ name, in, want string }{
		{"token_env", head + "    token_env: UNSET\n",
			"line 2: source a: the environment variable UNSET, which token_env names, is not set"},
		{"proxy_env", head + "    proxy_env: UNSET\n", "which proxy_env names, is not set"},
		{"ca_file", head + "    ca_file: /nowhere/ca.pem\n", "line 2: source a: read ca_file: open /nowhere/ca.pem"},
		{"no PEM", head + "    ca_file: " + noPEM + "\n", "holds no certificate in PEM form: give a file"},
		{"webhook", "harvest:\n  notify:\n    webhook: https://e.tw/\n    webhook_token_env: UNSET\n",
			"line 4: harvest: notify: the environment variable UNSET, which webhook_token_env names"},
		{"mail", "harvest:\n  notify:\n    mail: {server: 'e.tw:25', from: a@e.tw, to: [b@e.tw], user_env: UNSET, " +
			"password_env: SET}\n", "line 3: harvest: notify: mail: the environment variable UNSET, which user_env"},
		{"login", "login:\n  client_secret_env: UNSET\n", "line 2: login: the environment variable UNSET"},
		{"no secret", "subscriptions: {webhooks: [{id: w, url: 'https://e.tw/', secret_env: SET, dataset: a/b}]}\n",
			"line 1: subscriptions: w: SET: the secret is none"},
		{"no secret to notify", "harvest:\n  notify: {webhook: 'https://e.tw/', webhook_secret_env: SET}\n",
			"line 2: harvest: notify: SET: the secret is none"},
		{"file for a directory", "harvest:\n  responses_dir: " + noPEM + "\n", "line 2: harvest: responses_dir: "},
		{"file for files", "quality:\n  keep: " + noPEM + "\n", "line 2: quality: keep: "},
		{"token to publish", "publish:\n  token_env: UNSET\n",
			"line 1: publish: the environment variable UNSET, which token_env names, is not set"},
		{"directory in a file", "quality:\n  keep: " + filepath.Join(noPEM, "files") + "\n", "no.pem\" is a file"},
		{"no list", "code_lists:\n  - {id: l, of: company, file: /nowhere/l.csv, publisher: twse, columns: " +
			"{stock-code: a, name: b}}\n", "line 2: code list l: file: open /nowhere/l.csv"},
		{"directory for a list", "code_lists:\n  - {id: l, of: company, file: /, publisher: twse, columns: " +
			"{stock-code: a, name: b}}\n", "line 2: code list l: file: \"/\" is a directory"},
		{"private source", "sources:\n  - id: a\n    kind: openapi\n    url: http://10.0.0.1:8080/x\n",
			`line 2: source a: url: "http://10.0.0.1:8080/x" leads into a private network, where nothing is asked: ` +
				`give a public address, or permit this one under harvest: allow_private_addresses: ["10.0.0.1"]`},
		{"source on this machine", "sources: [{id: a, kind: openapi, url: 'http://x.LOCALHOST./'}]\n",
			`allow_private_addresses: ["127.0.0.1"]`},
		{"another one is permitted", "harvest: {allow_private_addresses: [10.0.0.2]}\nsources: [{id: a, kind: " +
			"openapi, url: 'http://10.0.0.1/'}]\n", "line 2: source a: url: "},
		{"private changes", "sources: [{id: a, kind: datagovtw, url: 'https://e.tw/', changes: " +
			"'http://[fe80::1%25eth0]/{date}'}]\n", `source a: changes: "http://[fe80::1%25eth0]/`},
		{"private list", "code_lists:\n  - {id: l, of: company, url: 'http://[::ffff:127.0.0.1]/', publisher: twse, " +
			"columns: {stock-code: a, name: b}}\n", "line 2: code list l: url: "},
		{"private webhook", "subscriptions: {webhooks: [{id: w, url: 'https://169.254.169.254/', secret_env: SET, " +
			"dataset: a/b}]}\n",
			`line 1: subscriptions: w: url: "https://169.254.169.254/" leads into a private network`},
		{"private portal", "publish:\n  url: https://192.168.0.1/dataset\n", "line 2: publish: url: "},
		{"permitted source", "harvest: {allow_private_addresses: [10.0.0.0/8]}\nsources: [{id: a, kind: openapi, " +
			"url: 'http://10.0.0.1/'}]\n", ""},
		{"all permitted", "harvest: {allow_private_addresses: true}\nsources: [{id: a, kind: openapi, " +
			"url: 'http://localhost/'}]\n", ""},
		{"replayed", "harvest: {replay: 'http://127.0.0.1:1/'}\nsources: [{id: a, kind: openapi, " +
			"url: 'http://10.0.0.1/'}]\n", ""},
		{"all set", head + "    token_env: SET\n    proxy_env: SET\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := ParseConfig(strings.NewReader(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			err = c.Ready(func(name string) string { return map[string]string{"SET": "x"}[name] })
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Ready = %v, want %q in it", err, tt.want)
			}
		})
	}
}

// goNames are what only programmers know.
var goNames = regexp.MustCompile(
	`!!|\b(harvest|source|fetch|links?|notify)\.[A-Z]|\[\][a-z]|map\[|yaml:|unmarshal|struct`,
)

// FuzzParseConfig reads anything: every error names a line and no Go type, and what is
// accepted can be used.
func FuzzParseConfig(f *testing.F) {
	for _, text := range []string{"", "base: https://e.tw/", "sources: [{id: a, kind: openapi, url: 'https://e.tw/'}]",
		"harvest: {removal_limit: 20, notify: {webhook: 1}}", "a: &a [*a]", "sources:\n- *x\n", "\t",
		"base: [1]\n---\n",
		"links: {accept: x}",
		"sources: [{id: b, kind: html, url: 'https://e.tw/', html: {record: 'a', fields: {title: a}}}]",
		"login: {roles: [{claim: a}]}", "<<: {base: x}", "? [a]\n: b", "sources: &s [{id: a}]\nlinks: *s"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		slow := time.AfterFunc(10*time.Second, func() { panic(fmt.Sprintf("ParseConfig(%q) takes too long", data)) })
		defer slow.Stop()
		c, err := ParseConfig(bytes.NewReader(data))
		if err == nil {
			_ = c.Ready(func(string) string { return "" })
			for _, s := range c.Sources {
				Next(s, time.Now())
			}
			return
		}
		text := err.Error()
		if !strings.Contains(text, "line ") && !strings.Contains(text, "is empty") {
			t.Errorf("ParseConfig(%q) = %v, which names no line", data, err)
		}
		for m := range strings.Lines(text) {
			if got := goNames.FindString(m); got != "" && !bytes.Contains(data, []byte(got)) {
				t.Errorf("ParseConfig(%q) = %v, which says %q", data, err, got)
			}
		}
	})
}

// TestOrganisations checks the roles that a configuration gives, and that what it
// cannot give is an error with its line.
func TestOrganisations(t *testing.T) {
	for text, want := range map[string]string{
		"  coordinating: {banking: [jcic], insurance: [tii]}\n": "",
		"  groups: {working-group: [fsc]}\n":                    "",

		"  coordinating:\n    shipping: [twse]\n":  "line 4: organisations: coordinating: there is no sector",
		"  coordinating:\n    banking: [nobody]\n": "line 4: organisations: coordinating: banking: \"nobody\"",
		"  groups: {\n    night-shift: [fsc]}\n":   "line 4: organisations: groups: there is no group",

		"  coordinate: {banking: [jcic]}\n": "line 3",
		"  coordinating: {banking: jcic}\n": "line 3",
	} {
		_, err := ParseConfig(strings.NewReader("base: https://e.tw/\norganisations:\n" + text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s\n%v, want %q", text, err, want)
		}
	}
}

// TestContact reads whom to ask about the catalogue, and what cannot be one.
func TestContact(t *testing.T) {
	for text, want := range map[string]string{
		"{name: 資料小組, email: data@example.tw}":                    "",
		"{name: 資料小組, phone: 02-1234, url: 'https://e.tw/about'}": "",
		"{name: 資料小組, email: 'Data <data@example.tw>'}":           "line 2: contact: email",
		"{name: 資料小組, email: nobody}":                             "line 2: contact: email",
		"{email: data@example.tw}":                                "line 2: contact: name is missing",
		"{name: x, url: 'javascript:alert(1)'}":                   "line 2: contact: url",
		"{name: x, fax: 1}":                                       "line 2",
	} {
		c, err := ParseConfig(strings.NewReader("base: https://e.tw/\ncontact: " + text + "\n"))
		if want == "" && (err != nil || c.Contact.Name != "資料小組") ||
			want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %+v, %v, want %q", text, c.Contact, err, want)
		}
	}
}
