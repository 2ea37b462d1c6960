package harvest

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
	"golang.org/x/net/html/charset"
	"golang.org/x/net/http/httpguts"
	"gopkg.in/yaml.v3"

	"fincat/harvest/fetch"
	"fincat/harvest/notify"
	"fincat/harvest/source"
)

const (
	longestID = 100 // of a source: it is part of names of files
	mostTries = 100 // redirects and retries
)

// checkSource reports every setting of a source that cannot work and that its kind does not
// look at.
func checkSource(s *source.Config) []error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("source %s: "+format, append([]any{s.ID}, args...)...))
	}
	if len(s.ID) > longestID {
		bad("the id has %d characters: choose one with at most %d", len(s.ID), longestID)
	}
	for _, a := range [][2]string{{"url", s.URL}, {"changes", s.Changes}} {
		if why := wrongAddress(strings.ReplaceAll(a[1], "{date}", "2026-01-01")); why != "" {
			bad("%s %.200q: %s: write the address as a browser shows it", a[0], a[1], why)
		}
	}
	if err := checkPolicy(&s.Policy); err != nil {
		bad("%w", err)
	}
	if n := s.TombstoneAfter; n != nil && *n < 1 {
		bad("tombstone_after %d: give at least 1", *n)
	}
	for _, o := range []struct {
		there bool
		name  string
	}{{s.HTML != nil, "html"}, {s.Table != nil, "table"}, {s.SPARQL != nil, "sparql"}} {
		if o.there && s.Kind != o.name {
			bad("%s: says how sources of kind %s are read, and this one is of kind %s: remove it, or give that kind",
				o.name, o.name, s.Kind)
		}
	}
	if t := s.Table; t != nil {
		if e, _ := charset.Lookup(t.Encoding); e == nil && t.Encoding != "" && t.Encoding != "auto" {
			bad("table: encoding %.40q is unknown: write utf-8, big5 or auto", t.Encoding)
		}
		if t.Header < 0 {
			bad("table: header %d: give the number of the line with the names of the columns, from 1", t.Header)
		}
	}
	if s.SPARQL != nil && s.SPARQL.Page < 0 {
		bad("sparql: page %d: give how many solutions to ask for at a time, or remove the key", s.SPARQL.Page)
	}
	return errs
}

// wrongAddress says why an address of http or https cannot be asked, "" when it can.
func wrongAddress(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		var wrong *url.Error
		if errors.As(err, &wrong) {
			err = wrong.Err
		}
		return err.Error()
	case strings.ContainsAny(text, " \t\r\n"):
		return "there is a space in it"
	case text == "" || u.Host == "" && !strings.Contains(text, "://"): // others say what is missing
		return ""
	case u.Hostname() == "":
		return "there is no host in it"
	case strings.Contains("."+u.Hostname(), ".."):
		return "the host has a part without a name"
	}
	if n, err := strconv.Atoi(u.Port()); u.Port() != "" && (err != nil || n < 1 || n > 65535) {
		return "ports go from 1 to 65535"
	}
	return ""
}

// checkPolicy reports the first number or proxy of a policy that cannot work.
func checkPolicy(p *fetch.Policy) error {
	switch u, err := url.Parse(p.Proxy); {
	case p.MaxPages < 0:
		return fmt.Errorf("max_pages %d: give at least 1", p.MaxPages)
	case p.MaxRedirects < -1 || p.MaxRedirects > mostTries:
		return fmt.Errorf("max_redirects %d: give 1 to %d, or -1 for none", p.MaxRedirects, mostTries)
	case p.Retries < -1 || p.Retries > mostTries:
		return fmt.Errorf("retries %d: give 1 to %d, or -1 for none", p.Retries, mostTries)
	case p.Proxy == "":
		return nil
	case err != nil || u.Host == "" || wrongAddress(p.Proxy) != "" ||
		!slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme):
		return errors.New("proxy: give an address such as http://proxy:3128 or socks5://proxy:1080")
	}
	return nil
}

// checkEvery reports a schedule that begins anew all the time.
func checkEvery(schedule string, c cron.Schedule) error {
	every, ok := strings.CutPrefix(schedule, "@every ")
	if d, err := time.ParseDuration(strings.TrimSpace(every)); ok && (err != nil || d < time.Second) {
		return fmt.Errorf("schedule %q: give at least 1s, such as @every 6h", schedule)
	}
	if c.Next(time.Now()).IsZero() { // such as the thirtieth of February
		return fmt.Errorf("schedule %q: that day never comes", schedule)
	}
	return nil
}

// checkUserAgent reports a name that no request can carry.
func checkUserAgent(name string) error {
	if !httpguts.ValidHeaderFieldValue(name) {
		return fmt.Errorf("user_agent %.80q: there is a line break or control character in it: write one line", name)
	}
	return nil
}

// wholeKeys are those whose values are whole numbers, and whether 0 is none of them.
var wholeKeys = map[string]bool{"tombstone_after": true, "keep_runs": true, "per_host": true, "workers": true,
	"max_changes": true, "max_pages": true, "max_redirects": false, "retries": false, "days": true, "header": true,
	"page": true}

// checkNumbers reports numbers that are not whole, which YAML would cut off, and zeros that
// would mean what is usual.
func checkNumbers(n *yaml.Node) (errs []error) {
	for i, value := range n.Content {
		errs = append(errs, checkNumbers(value)...)
		if n.Kind != yaml.MappingNode || i%2 == 0 || value.Kind != yaml.ScalarNode {
			continue
		}
		key := n.Content[i-1].Value
		noZero, whole := wholeKeys[key]
		switch f, err := strconv.ParseFloat(value.Value, 64); {
		case !whole:
		case value.Tag == "!!float":
			errs = append(errs, fmt.Errorf("line %d: %s: %.40q stands where a whole number is expected", value.Line,
				key, value.Value))
		case noZero && err == nil && f == 0:
			errs = append(errs, fmt.Errorf("line %d: %s: 0: give at least 1, or remove the key", value.Line, key))
		}
	}
	return errs
}

// readyDir reports that something that is no directory has the name of one.
func readyDir(name string) error {
	if name == "" || name == "none" {
		return nil
	}
	if info, err := os.Stat(name); err == nil && !info.IsDir() {
		return fmt.Errorf("%.200q is a file: give the name of a directory", name)
	}
	return nil
}

// readyFile reports that a code list cannot be read.
func readyFile(name string) error {
	if name == "" {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("file: %w: give the name of a file that can be read", err)
	}
	return f.Close()
}

// readySecret reports that an environment variable holds no secret of webhooks.
func readySecret(text string) error {
	if text == "" { // which is said otherwise
		return nil
	}
	_, err := notify.ParseSecret(text)
	return err
}

// checkPath reports a base whose path is not the one that clients ask for.
func checkPath(u *url.URL) bool {
	return u.Path == "" || u.Path == "/" || path.Clean(u.Path)+"/" == strings.TrimSuffix(u.Path, "/")+"/"
}
