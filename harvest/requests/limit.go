package requests

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// limiter counts what was taken in a window of time, by key and in all. What is refused takes no
// memory, so that it holds no more keys than things are taken.
type limiter struct {
	window   time.Duration
	each, in int // of one key, and in all; in 0: any number

	mu     sync.Mutex
	began  time.Time
	counts map[string]int
	all    int
}

// take reports whether one more is taken of a key.
func (l *limiter) take(now time.Time, key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.began) >= l.window || now.Before(l.began) {
		l.began, l.counts, l.all = now, map[string]int{}, 0
	}
	if l.counts[key] >= l.each || l.in > 0 && l.all >= l.in {
		return false
	}
	l.counts[key]++
	l.all++
	return true
}

// Network is what counts as one client: an address, or the 64 bits of one of IPv6 that an
// organisation hands out.
func Network(remote string) string {
	if host, _, err := net.SplitHostPort(remote); err == nil {
		remote = host
	}
	a, err := netip.ParseAddr(remote)
	if err != nil {
		return "unknown"
	}
	a = a.Unmap().WithZone("")
	if a.Is6() {
		p, _ := a.Prefix(64) // it has as many
		return p.String()
	}
	return a.String()
}

// formLife is how long a form may be filled in.
const formLife = 24 * time.Hour

// Stamp says when a form was shown, so that nobody else can say it.
func (b *Book) Stamp() string {
	if b.vault == nil {
		return ""
	}
	at := strconv.FormatInt(b.o.Now().UnixMilli(), 36)
	return at + "." + b.vault.sign("form", at)
}

// Patient reports whether a form was shown long enough ago, and not too long ago.
func (b *Book) Patient(stamp string) bool {
	at, signature, _ := strings.Cut(stamp, ".")
	n, err := strconv.ParseInt(at, 36, 64)
	if b.vault == nil || err != nil || !b.vault.is(signature, "form", at) {
		return false
	}
	age := b.o.Now().Sub(time.UnixMilli(n))
	return age >= time.Duration(b.c.Patience) && age < formLife
}
