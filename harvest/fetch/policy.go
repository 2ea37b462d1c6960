package fetch

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Policy says how documents are fetched: how fast, how much of them, as whom
// and through what. It is a part of a source's configuration.
type Policy struct {
	Rate         Rate     `yaml:"rate"`          // requests per host; default 2/s
	Timeout      Duration `yaml:"timeout"`       // without progress, or nearly so, for each request; default 30s
	MaxBytes     Size     `yaml:"max_bytes"`     // of one response, decompressed; default 64MiB
	MaxPages     int      `yaml:"max_pages"`     // responses of one session; default 10000
	MaxRedirects int      `yaml:"max_redirects"` // default 10
	Retries      int      `yaml:"retries"`       // of a request that failed for a passing reason; default 3, -1 none
	Robots       string   `yaml:"robots"`        // obey (default) or ignore
	TokenEnv     string   `yaml:"token_env"`     // environment variable with a token for the URL's host
	TokenHeader  string   `yaml:"token_header"`  // that carries it; default Authorization
	TokenScheme  string   `yaml:"token_scheme"`  // written before it: Bearer (default), Basic, Token, or none
	Proxy        string   `yaml:"proxy"`         // address of an HTTP or SOCKS5 proxy
	ProxyEnv     string   `yaml:"proxy_env"`     // environment variable with such an address, when it has a password
	CAFile       string   `yaml:"ca_file"`       // PEM file with further certificate authorities or intermediates
}

// WithDefaults returns p with the documented defaults filled in.
func (p Policy) WithDefaults() Policy {
	if p.Timeout == 0 {
		p.Timeout = Duration(30 * time.Second)
	}
	if p.Rate.Every == 0 {
		p.Rate.Every = 500 * time.Millisecond
	}
	if p.MaxBytes == 0 {
		p.MaxBytes = 64 << 20
	}
	for v, def := range map[*int]int{&p.MaxPages: 10_000, &p.MaxRedirects: 10, &p.Retries: 3} {
		if *v == 0 {
			*v = def
		}
	}
	return p
}

// framing are the headers that the program itself writes.
var framing = []string{"Host", "Connection", "Content-Length", "Transfer-Encoding", "Trailer", "Te", "Upgrade"}

// Validate reports the first setting that cannot work, with its remedy.
// Passwords in addresses are refused: configurations are shared, and addresses
// are logged.
func (p *Policy) Validate() error {
	if u, err := url.Parse(p.Proxy); err == nil && u.User != nil {
		return errors.New("proxy holds a user name or password: name an environment variable with proxy_env instead")
	}
	if p.Proxy != "" && p.ProxyEnv != "" {
		return errors.New("give proxy or proxy_env, not both")
	}
	if p.TokenEnv == "" && (p.TokenHeader != "" || p.TokenScheme != "") {
		return errors.New("token_header and token_scheme need token_env, the environment variable with the token")
	}
	if strings.ContainsAny(p.TokenHeader+p.TokenScheme, " :\r\n\t") {
		return errors.New("token_header and token_scheme are one word each, such as X-API-Key and Bearer")
	}
	if slices.Contains(framing, http.CanonicalHeaderKey(p.TokenHeader)) {
		return fmt.Errorf("token_header %.40q says how a message is sent and can carry no token: give one such as "+
			"X-API-Key", p.TokenHeader)
	}
	if p.Robots != "" && p.Robots != "obey" && p.Robots != "ignore" {
		return fmt.Errorf("robots %q: write obey or ignore", p.Robots)
	}
	return nil
}

// Ready reports what the policy needs and does not find: environment variables that are
// set, and a file with certificates.
func (p *Policy) Ready(getenv func(string) string) error {
	var errs []error
	for _, v := range [][2]string{{"token_env", p.TokenEnv}, {"proxy_env", p.ProxyEnv}} {
		if v[1] != "" && getenv(v[1]) == "" {
			errs = append(errs, fmt.Errorf("the environment variable %s, which %s names, is not set: set it, or "+
				"remove the key", v[1], v[0]))
		}
	}
	if _, err := rootsOf(p); err != nil {
		errs = append(errs, fmt.Errorf("%w: give a file with certificates in PEM form, or remove the key", err))
	}
	return errors.Join(errs...)
}

// proxied reports whether documents are fetched through a proxy.
func (p *Policy) proxied() bool { return p.Proxy != "" || p.ProxyEnv != "" }

// authorization returns the header with the token and its value. A Basic token
// is user:password.
func (p *Policy) authorization(token string) [2]string {
	token = strings.TrimSpace(token)
	header := "Authorization"
	if p.TokenHeader != "" {
		header = p.TokenHeader
	}
	switch scheme := strings.ToLower(p.TokenScheme); {
	case scheme == "none", scheme == "" && p.TokenHeader != "" && !strings.EqualFold(header, "Authorization"):
	case scheme == "basic" && strings.Contains(token, ":"):
		token = "Basic " + base64.StdEncoding.EncodeToString([]byte(token))
	case scheme == "":
		token = "Bearer " + token
	default:
		token = p.TokenScheme + " " + token
	}
	return [2]string{header, token}
}

// Duration is a time span in a configuration file, such as 30s or 6h.
type Duration time.Duration

// UnmarshalYAML reads a Go duration.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := time.ParseDuration(n.Value)
	if err != nil || v < 0 {
		return fmt.Errorf("line %d: %q is no duration: write 30s, 5m or 6h", n.Line, n.Value)
	}
	*d = Duration(v)
	return nil
}

// Size is a number of bytes, such as 64MiB.
type Size int64

var sizePattern = regexp.MustCompile(`^(\d+)\s*([KMG]?)(i?)B?$`)

// UnmarshalYAML reads a number with an optional unit: kB, MB, GB, KiB, MiB, GiB.
func (s *Size) UnmarshalYAML(n *yaml.Node) error {
	m := sizePattern.FindStringSubmatch(strings.Replace(n.Value, "k", "K", 1))
	if m == nil {
		return fmt.Errorf("line %d: %q is no size: write 500kB, 64MiB or 1GiB", n.Line, n.Value)
	}
	v, err := strconv.ParseInt(m[1], 10, 32)
	if err != nil {
		return fmt.Errorf("line %d: %q is too large a size", n.Line, n.Value)
	}
	step := int64(1000)
	if m[3] != "" {
		step = 1024
	}
	for range strings.Index("KMG", m[2]) + 1 {
		if m[2] != "" {
			v *= step
		}
	}
	*s = Size(v)
	return nil
}

// Rate is a number of requests in a time span, such as 2/s or 30/m.
type Rate struct {
	Every time.Duration // between two requests; 0 means unset
}

var ratePattern = regexp.MustCompile(`^(\d+(?:\.\d+)?)\s*/\s*(s|m|h)$`)

// UnmarshalYAML reads requests per second, minute or hour.
func (r *Rate) UnmarshalYAML(n *yaml.Node) error {
	m := ratePattern.FindStringSubmatch(n.Value)
	if m == nil {
		return fmt.Errorf("line %d: %q is no rate: write 2/s, 30/m or 100/h", n.Line, n.Value)
	}
	f, err := strconv.ParseFloat(m[1], 64)
	if err != nil || f <= 0 {
		return fmt.Errorf("line %d: a rate of %q would never send a request", n.Line, n.Value)
	}
	unit := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[m[2]]
	r.Every = time.Duration(float64(unit) / f)
	return nil
}
