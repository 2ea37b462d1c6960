package quality

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

//go:embed rules.json
var rulesText []byte

// Rules are what the checks go by, as data.
type Rules struct {
	Version    string
	Indicators []IndicatorRule
	Dimensions []struct{ ID, ZH, EN string }
	Structured []string    // formats that are structured
	Badges     []BadgeRule // from the lowest; each needs what those before it need
	MustPass   []string    `json:"must_pass"`  // of these, unknown counts against
	NotJudged  []string    `json:"not_judged"` // frequencies without a time limit
	GraceDays  int         `json:"grace_days"`
	Standard   struct {
		Units, Calendar, Codes []string
	} `json:"standard_names"`
}

// IndicatorRule is one of the seven indicators.
type IndicatorRule struct {
	ID, ZH, EN, Dimension string
	Certainty             string // confirmed, likely or ours
	Rule                  string
	ToDoZH                string `json:"todo_zh"` // about a failure
	ToDoEN                string `json:"todo_en"`
}

// BadgeRule is one badge.
type BadgeRule struct {
	Badge, EN string
	Needs     []string // indicators, and "standard"
	Certainty string   // likely, or predicted for what the portal keeps to itself
}

// None is the badge of a dataset that has none.
const None = "無"

// NewRules returns the rules that come with the program.
func NewRules() (*Rules, error) {
	r := &Rules{}
	if err := json.Unmarshal(rulesText, r); err != nil {
		return nil, fmt.Errorf("read the rules of quality: %w", err)
	}
	return r, nil
}

// Needs returns the indicators that a badge needs, with those of all below it.
func (r *Rules) Needs(badge string) (out []string) {
	for _, b := range r.Badges {
		for _, need := range b.Needs {
			if need != "standard" {
				out = append(out, need)
			}
		}
		if b.Badge == badge {
			break
		}
	}
	return out
}

// Indicator returns the rule of an indicator.
func (r *Rules) Indicator(id string) IndicatorRule {
	for _, i := range r.Indicators {
		if i.ID == id {
			return i
		}
	}
	return IndicatorRule{ID: id, ZH: id, EN: id}
}

// badge returns the highest badge whose needs, and those of all below it, are met.
// Unknown and not applicable do not count against.
func (r *Rules) badge(ind map[string]Indicator, standard bool) (badge, certainty, why string) {
	badge, certainty = None, "likely"
	for _, b := range r.Badges {
		for _, need := range b.Needs {
			if need == "standard" {
				if !standard {
					return badge, certainty, "fields do not show names after the government data standards"
				}
				continue
			}
			is := ind[need]
			if is.Is == Fail || is.Is != Pass && slices.Contains(r.MustPass, need) {
				return badge, certainty, need + ": " + is.Why
			}
		}
		badge, certainty = b.Badge, b.Certainty
	}
	return badge, certainty, ""
}

// standardNames reports whether names of fields look as those of the government data
// standards do: with a unit, a calendar or a code that is in the standards. It is a lead,
// seen in badges of 2026, and no rule of the portal.
func (r *Rules) standardNames(names []string) bool {
	for _, name := range names {
		for _, words := range [][]string{r.Standard.Units, r.Standard.Calendar, r.Standard.Codes} {
			for _, w := range words {
				if strings.Contains(name, w) {
					return true
				}
			}
		}
	}
	return false
}
