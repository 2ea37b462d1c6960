package link

import (
	"strings"
	"sync"

	"fincat/vocab/dcat"
)

// organisations finds the organisation behind a host or a name, also where the
// directory lists another host of the same domain.
type organisations struct {
	dir      *dcat.Directory
	byDomain map[string]string
	above    map[string]string // organisation → the one it is part of or that supervises it
	kinds    map[string]string
	names    map[string][]string // organisation → its names in titles, folded, the longest first
	order    []string            // the organisations, as in the directory

	mu    sync.Mutex
	known map[string]string // host → organisation, as already worked out
}

func newOrganisations(dir *dcat.Directory) *organisations {
	o := &organisations{
		dir: dir, byDomain: map[string]string{}, above: map[string]string{}, kinds: map[string]string{},
		names: map[string][]string{}, known: map[string]string{},
	}
	for _, org := range dir.All() {
		for _, h := range org.Hosts {
			if d := domainOf(h); o.byDomain[d] == "" {
				o.byDomain[d] = org.ID
			}
		}
		o.above[org.ID] = org.Supervisor
		if org.Parent != "" {
			o.above[org.ID] = org.Parent
		}
		o.kinds[org.ID] = org.Kind
		o.names[org.ID] = titleNames(org)
		o.order = append(o.order, org.ID)
	}
	return o
}

// domainOf returns the part of a host that is registered: three labels below
// the two-letter domains of countries with second levels, such as gov.tw.
func domainOf(host string) string {
	labels := strings.Split(strings.ToLower(host), ".")
	n := 2
	if k := len(labels); k >= 3 && len(labels[k-1]) == 2 && len(labels[k-2]) <= 3 {
		n = 3
	}
	return strings.Join(labels[max(0, len(labels)-n):], ".")
}

// ofHost returns the organisation that runs a host; of one that the directory
// does not know, the registered domain.
func (o *organisations) ofHost(host string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if org, ok := o.known[host]; ok {
		return org
	}
	org := ""
	if d, ok := o.dir.ByHost("https://" + host); ok {
		org = d.ID
	} else if d, ok := o.dir.ByHost("https://www." + host); ok {
		org = d.ID
	} else if org = o.byDomain[domainOf(host)]; org == "" {
		org = domainOf(host)
	}
	o.known[host] = org
	return org
}

// An Owner is the institution that makes a dataset, with the reason to think so.
type Owner struct {
	Org    string // identifier in the directory; "" when it is not known
	Rule   string // declared, title, code, host, platform or publisher
	Detail string // what the rule saw
}

// ownerOf finds the owner of a dataset. What the source itself says counts. Else
// the publisher that a portal names is mostly the bureau above the institution,
// so that in this order decide: the organisation that the title names in brackets, at its
// beginning or at its end; the market of a table of companies, which both
// exchanges show; the host of the data, unless it is a platform of the whole
// commission; the publisher.
func (o *organisations) ownerOf(r *Record, t *title, addresses []address) Owner {
	w := o.guess(r, t, addresses)
	if r.Creator != "" && r.Creator != w.Org {
		return Owner{r.Creator, "declared", r.Creator}
	}
	return w
}

// guess is ownerOf without what the source says of the owner.
func (o *organisations) guess(r *Record, t *title, addresses []address) Owner {
	if org, name := o.named(t); org != "" {
		return Owner{org, "title", name}
	}
	platform := false
	for _, a := range addresses {
		org := a.org
		if org == "twse" || org == "tpex" {
			m, code := t.market, ""
			for _, c := range a.codes {
				if l := codeMarket(c); l != 0 {
					m, code = l, c
				}
			}
			switch {
			case code != "" && m&boards != 0 && m&listed == 0:
				return Owner{"tpex", "code", code}
			case code != "":
				return Owner{"twse", "code", code}
			}
		}
		switch o.kinds[org] {
		case "":
		case "commission":
			platform = true
		default:
			return Owner{org, "host", a.whole}
		}
	}
	switch {
	case r.Publisher == "":
	case platform:
		return Owner{r.Publisher, "platform", r.Publisher}
	case o.kinds[r.Publisher] != "bureau" || len(addresses) > 0:
		return Owner{r.Publisher, "publisher", r.Publisher}
	}
	return Owner{}
}

// named returns the organisation that a title names and the name it uses.
func (o *organisations) named(t *title) (org, name string) {
	for _, n := range t.names {
		if d, ok := o.dir.ByName(n); ok {
			return d.ID, n
		}
	}
	best := ""
	for _, id := range o.order {
		for _, n := range o.names[id] {
			if len(n) > len(best) && (strings.HasPrefix(t.whole, n) || strings.HasSuffix(t.whole, n) && t.named(n)) {
				org, best = id, n
			}
		}
	}
	return org, best
}

// certain reports whether an owner was found by more than the publisher that
// stands for all institutions below it.
func (w Owner) certain() bool { return w.Org != "" && w.Rule != "publisher" && w.Rule != "platform" }

// related says how the owners of two records stand to each other.
func (o *organisations) related(a, b *features) ownerLevel {
	switch x, y := a.owner.Org, b.owner.Org; {
	case x != "" && y != "":
		switch {
		case x == y:
			return ownerSame
		case a.owner.Rule == "title" || b.owner.Rule == "title":
			return ownerOther // each speaks of itself: accounts of the commission and of a bureau
		case o.above[x] == y && !b.owner.certain(), o.above[y] == x && !a.owner.certain(),
			o.kinds[x] == "commission" && o.above[y] == x, o.kinds[y] == "commission" && o.above[x] == y:
			return ownerAbove
		}
		return ownerOther
	case x != "":
		return o.below(x, b)
	case y != "":
		return o.below(y, a)
	}
	return sameName(a.publisher, b.publisher)
}

// below says whether a record without a known owner can be that of an
// organisation.
func (o *organisations) below(org string, f *features) ownerLevel {
	switch {
	case f.rec.Publisher != "":
		for up := org; up != ""; up = o.above[up] {
			if up == f.rec.Publisher {
				return ownerAbove
			}
		}
		return ownerOther
	case f.publisher == "":
		return ownerUnknown
	}
	return ownerOther
}

// sameName compares publishers that are not in the directory: a part of an
// agency begins with the name of the agency.
func sameName(a, b string) ownerLevel {
	switch {
	case a == "" || b == "":
		return ownerUnknown
	case a == b:
		return ownerSame
	case strings.HasPrefix(a, b) || strings.HasPrefix(b, a):
		return ownerAbove
	}
	return ownerOther
}
