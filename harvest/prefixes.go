package harvest

import (
	"fmt"
	"net/netip"
	"strings"

	"gopkg.in/yaml.v3"
)

// Prefixes are networks, in the configuration a list of addresses and CIDR ranges.
type Prefixes []netip.Prefix

// UnmarshalYAML implements [yaml.Unmarshaler].
func (p *Prefixes) UnmarshalYAML(n *yaml.Node) error {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	for _, item := range items {
		prefix, err := parsePrefix(strings.TrimSpace(item.Value))
		if err != nil || item.Kind != yaml.ScalarNode {
			return fmt.Errorf("line %d: %q is neither an address nor a range: write 192.0.2.1 or 10.0.0.0/8",
				item.Line,
				item.Value)
		}
		*p = append(*p, prefix)
	}
	return nil
}

// PrivateAddresses says which addresses inside private networks may be asked: none, all, or
// those that are listed.
type PrivateAddresses struct {
	All  bool
	List Prefixes
}

// UnmarshalYAML implements [yaml.Unmarshaler]: true, false, or a list.
func (p *PrivateAddresses) UnmarshalYAML(n *yaml.Node) error {
	*p = PrivateAddresses{}
	if n.Kind == yaml.SequenceNode {
		return n.Decode(&p.List)
	}
	if n.Kind != yaml.ScalarNode || n.Decode(&p.All) != nil {
		return fmt.Errorf("line %d: %q stands where true or false is expected, or a list such as [127.0.0.1]", n.Line,
			n.Value)
	}
	return nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		return p.Masked(), err
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("%q has a zone, or is no address: %w", s, err)
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// Contain reports whether an address is in one of the networks.
func (p Prefixes) Contain(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a.Unmap().WithZone("")) {
			return true
		}
	}
	return false
}
