package access

import (
	"context"
	"net/http"
	"strings"

	"fincat/sparql/protocol"
)

type localUserKey struct{}

// WithLocalUser marks the requests of a connection that only a user of this machine
// can have made, and whose name the system vouches for: it is an administrator.
func WithLocalUser(ctx context.Context, user string) context.Context {
	return context.WithValue(ctx, localUserKey{}, user)
}

func localUser(r *http.Request) (name string, ok bool) {
	name, ok = r.Context().Value(localUserKey{}).(string)
	return name, ok
}

// IsLocal reports whether a request comes from a user of this machine, as
// [WithLocalUser] says.
func IsLocal(r *http.Request) bool {
	_, ok := localUser(r)
	return ok
}

// identifyLocal lets a local user through, unless a proxy passes on what others send.
func identifyLocal(r *http.Request) (Identity, *protocol.Problem) {
	if name := forwarded(r); name != "" {
		return Identity{}, forbidden("the socket of the store is for commands on this machine, not for proxies (%s)",
			name)
	}
	user, _ := localUser(r)
	return Identity{Name: LocalUser(user), Role: Administrator}, nil
}

// LocalUser is how commits and the audit log name a user of this machine, who needs no
// token. Names of tokens have no spaces, so that none can be taken for it.
func LocalUser(user string) string { return localPrefix + user }

// LocalName is the user in a name that [LocalUser] made, or any other name as it is.
func LocalName(author string) string { return strings.TrimPrefix(author, localPrefix) }

const localPrefix = "local user "

// forwarded names a header of a request that shows that it came through a proxy.
func forwarded(r *http.Request) string {
	for name := range r.Header {
		if name == "Forwarded" || name == "Via" || name == "X-Real-Ip" || strings.HasPrefix(name, "X-Forwarded-") {
			return name
		}
	}
	return ""
}
