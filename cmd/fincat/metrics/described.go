package metrics

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// Description says what a figure is.
type Description struct {
	Name, Help string
	Labels     []string
}

// description is how a [prometheus.Desc], which cannot be asked for its parts, writes itself.
var description = regexp.MustCompile(`^Desc\{fqName: ("(?:[^"\\]|\\.)*"), help: ("(?:[^"\\]|\\.)*"), ` +
	`(?:unit: "[^"]*", )?constLabels: \{[^}]*\}, variableLabels: \{([^}]*)\}\}$`)

// Described returns all figures of a server but those of Go and of the process, sorted by name.
func Described() (out []Description) {
	for _, c := range append(New(nil).own(), followerMetrics{}) {
		ch := make(chan *prometheus.Desc)
		go func() {
			c.Describe(ch)
			close(ch)
		}()
		for d := range ch {
			parts := description.FindStringSubmatch(d.String())
			if parts == nil { // a test sees that this does not happen with the library in use
				continue
			}
			name, _ := strconv.Unquote(parts[1])
			help, _ := strconv.Unquote(parts[2])
			one := Description{Name: name, Help: help}
			if parts[3] != "" {
				one.Labels = strings.Split(parts[3], ",")
			}
			out = append(out, one)
		}
	}
	slices.SortFunc(out, func(a, b Description) int { return strings.Compare(a.Name, b.Name) })
	return out
}
