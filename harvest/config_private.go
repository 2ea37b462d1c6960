package harvest

import (
	"fmt"
	"net/url"
	"strings"

	"fincat/harvest/fetch"
)

// readyAddresses reports addresses inside private networks that nobody has permitted: the guard
// would refuse them with every run. Names are looked at when they are asked for.
func (c *Config) readyAddresses() (errs []error) {
	set := &c.Harvest
	if set.Replay != "" { // which gets every request
		return nil
	}
	o := fetch.Options{AllowPrivate: set.AllowPrivateAddresses.All, Permitted: set.AllowPrivateAddresses.List}
	look := func(what, address string, line int) {
		u, err := url.Parse(strings.ReplaceAll(address, "{date}", ""))
		if err != nil || u.Host == "" || o.Refuses(u) == nil { // others say what is wrong with it
			return
		}
		permit := u.Hostname()
		if strings.HasSuffix(strings.TrimSuffix(strings.ToLower(permit), "."), "localhost") {
			permit = "127.0.0.1"
		}
		permit, _, _ = strings.Cut(permit, "%")
		errs = append(errs, fmt.Errorf("line %d: %s: %.200q leads into a private network, where nothing is asked: "+
			"give a public address, or permit this one under harvest: allow_private_addresses: [%q]", line, what,
			u.Redacted(), permit))
	}
	for i, s := range c.Sources {
		line := c.lines.entry("sources", i)
		look("source "+s.ID+": url", s.URL, line)
		look("source "+s.ID+": changes", s.Changes, line)
	}
	for i, l := range c.CodeLists {
		look("code list "+l.ID+": url", l.URL, c.lines.entry("code_lists", i))
	}
	for _, w := range c.Subscriptions.Webhooks {
		look("subscriptions: "+w.ID+": url", w.URL, c.lines.of("subscriptions", "webhooks"))
	}
	look("publish: url", c.Publish.URL, c.lines.of("publish", "url"))
	look("publish: search", c.Publish.Search, c.lines.of("publish", "search"))
	return errs
}
