package atlas

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// node is a circle with its name, which leads to a page.
type node struct {
	X, Y, R            float64
	Label, Full, Count string
	Href, Class        string
	Anchor, Turn       string // of the name: where it is held, and how it is turned
	LabelX, LabelY     float64
}

// edge is a line between two nodes, bent towards the middle.
type edge struct {
	Path, Class, Full string
	Width             float64
}

// picture is what is drawn; 0, 0 is its middle.
type picture struct {
	Nodes []node
	Edges []edge
	at    map[string]int // by IRI
}

// Half the height and width of the picture.
const half = 640

// View is the viewBox.
func (picture) View() string { return fmt.Sprintf("%d %d %d %d", -half, -half, 2*half, 2*half) }

// add adds the node of a resource.
func (p *picture) add(iri string, n node) {
	if p.at == nil {
		p.at = map[string]int{}
	}
	if iri != "" {
		p.at[iri] = len(p.Nodes)
	}
	p.Nodes = append(p.Nodes, n)
}

// radial is a node at an angle of a ring, with its name beyond it along the same angle.
func radial(angle, ring, r float64) node {
	x, y := ring*math.Cos(angle), ring*math.Sin(angle)
	n := node{X: round(x), Y: round(y), R: round(r), Anchor: "start", LabelX: round(r + 6)}
	degrees := angle * 180 / math.Pi
	if math.Cos(angle) < 0 { // so that it does not stand on its head
		degrees, n.Anchor, n.LabelX = degrees+180, "end", -n.LabelX
	}
	n.Turn = fmt.Sprintf("translate(%g %g) rotate(%g)", n.X, n.Y, round(degrees))
	return n
}

// below puts the name under the circle.
func (n *node) below() {
	n.Anchor, n.LabelX, n.LabelY = "middle", 0, round(n.R+14)
	n.Turn = fmt.Sprintf("translate(%g %g)", n.X, n.Y)
}

// connect draws a line between two resources, if both are there.
func (p *picture) connect(from, to, class string, n int, full string) {
	i, ok := p.at[from]
	j, there := p.at[to]
	if !ok || !there || i == j {
		return
	}
	a, b := p.Nodes[i], p.Nodes[j]
	const bend = .35 // of the way from the middle of the picture to that of the line
	x, y := (a.X+b.X)/2*bend, (a.Y+b.Y)/2*bend
	p.Edges = append(p.Edges, edge{
		Path:  fmt.Sprintf("M%g %gQ%g %g %g %g", a.X, a.Y, round(x), round(y), b.X, b.Y),
		Class: class, Full: full, Width: round(1 + math.Log2(float64(max(1, n)))/2),
	})
}

// sort brings the lines into a fixed sequence.
func (p *picture) sort() {
	slices.SortFunc(p.Edges, func(a, b edge) int {
		return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.Path, b.Path))
	})
}

func round(x float64) float64 { return math.Round(x*10) / 10 }
