package harvest

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/robfig/cron/v3"
	"golang.org/x/net/html/charset"
	"golang.org/x/net/http/httpguts"
	"golang.org/x/sys/unix"
	"gopkg.in/yaml.v3"

	"fincat/harvest/fetch"
	"fincat/harvest/mapping"
	"fincat/harvest/notify"
	"fincat/harvest/source"
	"fincat/vocab/dcat"
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
		if err := checkEncoding(t.Encoding); err != nil {
			bad("table: %w", err)
		}
		if t.Header < 0 {
			bad("table: header %d: give the number of the line with the names of the columns, from 1", t.Header)
		}
	}
	if s.Changes != "" && s.Kind != "datagovtw" {
		bad("changes: sources of kind %s have no lists of changes: remove it", s.Kind)
	}
	if s.Profile != "" && s.Validation == "" { // off may be for a while
		bad("profile: nothing is validated against it: give validate: warn or validate: refuse, or remove it")
	}
	if s.Theme != "" && !dcat.IsTheme(s.Theme) {
		bad("theme %.80q is no service category: give its code or name, such as 800", s.Theme)
	}
	if _, ok := dcat.License(s.License); s.License != "" && !ok && !dcat.IsAddress(s.License) {
		bad("license %.80q is no licence that the lists know: give one such as OGDL-Taiwan-1.0 or an address",
			s.License)
	}
	if s.Language != "" && !mapping.LanguageTags.MatchString(s.Language) {
		bad("language %.80q is no tag of a language: give one such as zh-Hant-TW or en", s.Language)
	}
	if s.SPARQL != nil && s.SPARQL.Page < 0 {
		bad("sparql: page %d: give how many solutions to ask for at a time, or remove the key", s.SPARQL.Page)
	}
	return errs
}

// checkEncoding reports an encoding of text that nobody knows.
func checkEncoding(name string) error {
	if e, _ := charset.Lookup(name); e == nil && name != "" && name != "auto" {
		return fmt.Errorf("encoding %.40q is unknown: write utf-8, big5 or auto", name)
	}
	return nil
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

// none matches a number, size or time of nothing.
var none = regexp.MustCompile(`^[0.]*0[0.]*\s*[A-Za-z]*([0.]+[A-Za-z]+)*$`)

// moreThanNone are the keys of sizes and times of which nothing would mean what is usual.
var moreThanNone = []string{"timeout", "max_time", "max_bytes", "max_unpacked", "history", "keep_responses",
	"keep_history", "responses_size", "full_every"}

// optional are the keys below which everything may be left out.
var optional = []string{"contact", "harvest", "links", "quality", "reports", "login", "publish", "subscriptions",
	"sparql", "sources", "code_lists", "standards", "organisations", "notify", "map", "requests"}

// checkValues reports numbers that are not whole, which YAML would cut off, zeros that would mean
// what is usual, and keys and entries without a value, which it takes for not there.
func checkValues(n *yaml.Node) (errs []error) {
	for i, value := range n.Content {
		errs = append(errs, checkValues(value)...)
		empty := value.Kind == yaml.ScalarNode && value.Tag == "!!null"
		switch {
		case n.Kind == yaml.SequenceNode && empty:
			errs = append(errs, fmt.Errorf("line %d: an entry of the list is empty: remove it", value.Line))
		case n.Kind != yaml.MappingNode || i%2 == 0 || value.Kind != yaml.ScalarNode:
		case empty && !slices.Contains(optional, n.Content[i-1].Value):
			errs = append(errs, fmt.Errorf("line %d: %.80s: nothing is given: give a value, or remove the key",
				n.Content[i-1].Line, n.Content[i-1].Value))
		default:
			errs = append(errs, checkValue(n.Content[i-1].Value, value)...)
		}
	}
	return errs
}

// checkValue reports a number, size or time that a key cannot have.
func checkValue(key string, value *yaml.Node) []error {
	if slices.Contains(moreThanNone, key) && none.MatchString(value.Value) {
		return []error{fmt.Errorf("line %d: %s: %.40s: give more than that, or remove the key", value.Line, key,
			value.Value)}
	}
	noZero, whole := wholeKeys[key]
	switch f, err := strconv.ParseFloat(value.Value, 64); {
	case !whole:
	case value.Tag == "!!float":
		return []error{fmt.Errorf("line %d: %s: %.40q stands where a whole number is expected", value.Line, key,
			value.Value)}
	case noZero && err == nil && f == 0:
		return []error{fmt.Errorf("line %d: %s: 0: give at least 1, or remove the key", value.Line, key)}
	}
	return nil
}

// readyDir reports that a directory cannot be written to or made.
func readyDir(name string) error {
	if name == "" || name == "none" {
		return nil
	}
	full, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	for there := full; ; there = filepath.Dir(there) {
		info, err := os.Stat(there)
		switch {
		case errors.Is(err, fs.ErrNotExist) && there != filepath.Dir(there):
			continue // it is made
		case err != nil && !errors.Is(err, syscall.ENOTDIR):
			return fmt.Errorf("%w: give the name of a directory that can be read and written", err)
		case err != nil:
			continue // what it lies in is no directory
		case !info.IsDir():
			return fmt.Errorf("%.200q is a file: give the name of a directory", there)
		case unix.Access(there, unix.W_OK) != nil:
			return fmt.Errorf("%.200q cannot be written to: give the name of a directory that can", there)
		}
		return nil
	}
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
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return fmt.Errorf("file: %.200q is a directory: give the name of a file in it", name)
	}
	return nil
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
