package access

import (
	"fmt"
	"strings"
)

// Role says what somebody may do. A role that a route needs is matched by itself
// and by the roles that include it.
type Role string

// The roles.
const (
	Anyone        Role = ""              // no token is needed
	Known         Role = "known"         // any of the others: somebody whose name is known
	Reader        Role = "reader"        // sees the administration pages
	Provider      Role = "provider"      // answers for the datasets of one organisation
	Maintainer    Role = "maintainer"    // runs, approvals, undoing, links
	Administrator Role = "administrator" // everything, tokens and arbitrary updates too
)

// Roles are those that a token can have, the smallest first.
var Roles = []Role{Reader, Provider, Maintainer, Administrator}

// ParseRole returns the role of that name.
func ParseRole(name string) (Role, error) {
	names := make([]string, len(Roles))
	for i, r := range Roles {
		if string(r) == name {
			return r, nil
		}
		names[i] = string(r)
	}
	return "", fmt.Errorf("there is no role %.40q; there are %s", name, strings.Join(names, ", "))
}

// Includes reports whether somebody with the role r may do what needs the role
// other. A provider does not include a reader: the administration pages show the
// business of other organisations.
func (r Role) Includes(other Role) bool {
	switch other {
	case Anyone:
		return true
	case Known:
		return r != Anyone
	case Reader, Provider:
		return r == other || r == Maintainer || r == Administrator
	case Maintainer:
		return r == Maintainer || r == Administrator
	case Administrator:
		return r == Administrator
	}
	return false
}

// Identity is somebody who has been recognised.
type Identity struct {
	Name         string
	Role         Role
	Organisation string // of a provider: the identifier in the directory
}

// ActsFor reports whether the identity may speak for an organisation. Handlers of
// routes that need a [Provider] ask this about the organisation of the dataset.
func (id Identity) ActsFor(organisation string) bool {
	return id.Role.Includes(Maintainer) ||
		id.Role == Provider && organisation != "" && id.Organisation == organisation
}
