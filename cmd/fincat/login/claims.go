package login

import (
	"strconv"
	"strings"

	"fincat/cmd/fincat/access"
	"fincat/harvest"
)

// namePrefix keeps the names of people who signed in apart from those of tokens,
// which cannot have a colon.
const namePrefix = "login:"

const maxName = 200 // bytes

// claims are what a provider says of a person (OpenID Connect Core 1.0 §5.1).
type claims map[string]any

// values returns the texts of a claim, of which there may be several. Where there is
// no claim of that name, dots lead into claims that are objects, such as Keycloak's
// realm_access.roles.
func (c claims) values(name string) (out []string) {
	v, ok := c[name]
	if !ok {
		first, rest, cut := strings.Cut(name, ".")
		inner, isObject := c[first].(map[string]any)
		if !cut || !isObject {
			return nil
		}
		return claims(inner).values(rest)
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, v := range list {
		switch v := v.(type) {
		case string:
			out = append(out, v)
		case bool:
			out = append(out, strconv.FormatBool(v))
		case float64:
			out = append(out, strconv.FormatFloat(v, 'f', -1, 64))
		}
	}
	return out
}

// name is how a person is named in commits and in the audit log: by the address that
// the provider has verified, else by the name for signing in, else by the subject,
// which alone never changes.
func (c claims) name() string {
	verified, _ := c["email_verified"].(bool)
	for _, key := range []string{"email", "preferred_username", "sub"} {
		if key == "email" && !verified {
			continue
		}
		if v, _ := c[key].(string); v != "" && len(v) <= maxName {
			return namePrefix + strings.ToValidUTF8(v, "\ufffd")
		}
	}
	return ""
}

// has reports whether a rule holds. An address counts only when the provider has
// verified it, for some let people choose theirs.
func (c claims) has(r harvest.LoginRole) bool {
	if r.Claim == "email" {
		if verified, _ := c["email_verified"].(bool); !verified {
			return false
		}
	}
	for _, v := range c.values(r.Claim) {
		if v == r.Value {
			return true
		}
	}
	return false
}

// identity is who the claims describe, after the first rule that holds.
func (c claims) identity(rules []harvest.LoginRole) (access.Identity, bool) {
	for _, r := range rules {
		if c.has(r) {
			return access.Identity{Name: c.name(), Role: access.Role(r.Role), Organisation: r.Organisation}, true
		}
	}
	return access.Identity{}, false
}
