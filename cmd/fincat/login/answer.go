package login

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"fincat/cmd/fincat/access"
	"fincat/sparql/protocol"
)

// fail says that somebody could not sign in, and logs why. What the provider
// answered is for the log alone.
func (l *Login) fail(w http.ResponseWriter, r *http.Request, err error) {
	l.o.Logger.Error("sign-in", "error", err, "client", r.RemoteAddr)
	p := &protocol.Problem{Status: http.StatusBadGateway,
		Detail: "the sign-in service cannot be used now; the server's log says why"}
	if errors.Is(err, errNotShown) {
		p = &protocol.Problem{Status: http.StatusForbidden, Detail: errNotShown.Error() + ": begin again at /login"}
	}
	protocol.WriteProblem(w, r, p)
}

// refuse says that somebody has no role here, and which claims would give one.
func (l *Login) refuse(w http.ResponseWriter, r *http.Request, c claims) {
	looked := map[string]bool{}
	for _, rule := range l.o.Config.Roles {
		looked[rule.Claim] = true
	}
	l.o.Logger.Warn("refused", "who", c.name(), "why", "no rule of login.roles holds", "client", r.RemoteAddr)
	protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusForbidden,
		Detail: fmt.Sprintf("you are known to the sign-in service, but have no role here; it follows from %s, and "+
			"whoever runs this server can give you one", strings.Join(slices.Sorted(maps.Keys(looked)), ", "))})
}

// audit notes in the audit log that somebody signed in.
func (l *Login) audit(r *http.Request, id access.Identity, what string) error {
	l.o.Logger.Info(what, "who", id.Name, "role", string(id.Role), "client", r.RemoteAddr)
	if l.o.Log == nil {
		return nil
	}
	_, err := l.o.Log.Append(access.Entry{Who: id.Name, Role: id.Role, What: what, From: r.RemoteAddr,
		Forwarded: r.Header.Get("X-Forwarded-For")})
	return err
}

// shown returns a text from the address as a page may show it.
func shown(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	return fmt.Sprintf("%.200s", text)
}
