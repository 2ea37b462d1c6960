package login

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"fincat/cmd/fincat/access"
	"fincat/harvest"
	"fincat/vocab/dcat"
)

// scopes are asked for beside those of the configuration.
var scopes = []string{"openid", "profile", "email"}

// Check reports what of a configuration cannot work, before anything is done. A base that it
// does not name is looked at by [New].
func Check(c *harvest.Config) error {
	if c.Login == nil {
		return nil
	}
	return check(*c.Login, cmp.Or(c.Base, harvest.DefaultBase))
}

// check reports what of a configuration cannot work; all of it is reported.
func check(c harvest.Login, base string) error {
	var errs []error
	wrong := func(format string, a ...any) { errs = append(errs, fmt.Errorf("login: "+format, a...)) }
	if !safeURL(c.Issuer) {
		wrong("issuer %q: give the https address of the OpenID Connect provider", c.Issuer)
	}
	if err := checkBase(base); err != nil {
		errs = append(errs, err)
	}
	if c.ClientID == "" {
		wrong("client_id is missing: the provider gave it when fincat was registered there")
	}
	if len(c.Roles) == 0 {
		wrong("roles is empty: nobody who signs in could do anything")
	}
	directory, err := dcat.NewDirectory()
	if err != nil {
		return err
	}
	for i, r := range c.Roles {
		role, err := access.ParseRole(r.Role)
		switch _, known := directory.ByID(r.Organisation); {
		case r.Claim == "" || r.Value == "":
			wrong("roles, entry %d: give claim and value", i+1)
		case err != nil:
			wrong("roles, entry %d: %w", i+1, err)
		case role == access.Provider && r.Organisation == "":
			wrong("roles, entry %d: a provider answers for an organisation: name it", i+1)
		case role != access.Provider && r.Organisation != "":
			wrong("roles, entry %d: only a provider has an organisation", i+1)
		case r.Organisation != "" && !known:
			wrong("roles, entry %d: the directory has no organisation %.70q", i+1, r.Organisation)
		}
	}
	return errors.Join(errs...)
}

// checkBase reports that nobody can sign in to a catalogue with that base.
func checkBase(base string) error {
	if !safeURL(base) {
		return fmt.Errorf("login: base %q: cookies of people who sign in need an https address, or one of this "+
			"machine", base)
	}
	if u, _ := url.Parse(base); strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("login: base %q: people can sign in only where the catalogue has a host of its own", base)
	}
	return nil
}

// safeURL reports whether nobody on the way can read what is sent to an address.
func safeURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "https" ||
		u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && addr.IsLoopback())
}
