package checks

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fincat/harvest/quality"
	"fincat/harvest/quality/rating"
	"fincat/harvest/quality/words"
	"fincat/vocab/dcat"
)

// marks are the verdicts for people.
var marks = map[quality.Verdict]string{
	quality.Pass: "通過 pass", quality.Fail: "未過 fail", quality.Unknown: "無法判定 unknown", quality.NA: "不適用 n/a",
}

// explain says of each dataset what its verdicts were judged by, and what to do.
func (c *command) explain(cmd *cobra.Command, args []string) error {
	rules, err := quality.NewRules()
	if err != nil {
		return err
	}
	w, err := words.New()
	if err != nil {
		return err
	}
	return c.results(cmd, args, func(r *quality.Result) error { return explain(cmd.OutOrStdout(), rules, w.Both, r) })
}

// explain writes what is known of a dataset; say says a text of the checks to people.
func explain(out io.Writer, rules *quality.Rules, say func(string) string, r *quality.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", r.Title, r.Dataset)
	fmt.Fprintf(&b, "  標章 badge: %s (%s)", r.Badge, r.Certainty)
	if r.BadgeWhy != "" {
		fmt.Fprintf(&b, "; not higher: %s", say(r.BadgeWhy))
	}
	b.WriteByte('\n')
	if r.Portal != nil && r.Portal.Badge != "" {
		fmt.Fprintf(&b, "  平臺 portal: %s %s", r.Portal.Badge, r.Portal.Checked)
		if r.Portal.Differs {
			b.WriteString(", which differs")
		}
		b.WriteByte('\n')
	}
	for _, rule := range rules.Indicators {
		i := r.Indicators[rule.ID]
		fmt.Fprintf(&b, "  %s %s: %s: %s\n", rule.ZH, rule.EN, marks[i.Is], say(i.Why))
		if i.Evidence != "" {
			fmt.Fprintf(&b, "      %s\n", i.Evidence)
		}
		if i.Is == quality.Fail {
			fmt.Fprintf(&b, "      → %s / %s\n", rule.ToDoZH, rule.ToDoEN)
		}
	}
	fmt.Fprintf(&b, "  OPEN API: %v: %s\n", r.OAS.Counts, say(r.OAS.Why))
	explainRatings(&b, say, r)
	explainHistory(&b, r)
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "  %s (%s): %s\n", f.Rule, f.Place, say(f.Message))
	}
	for _, f := range r.Resources {
		fmt.Fprintf(&b, "  %s\n", f.URL)
		d := f.Detected
		if d.Format != "" {
			fmt.Fprintf(&b, "      %s %s", d.Format, d.Encoding)
			if d.Rows != nil {
				fmt.Fprintf(&b, ", %d records, %d fields", *d.Rows, len(d.Fields))
			}
			b.WriteByte('\n')
		}
		for _, x := range f.Findings {
			fmt.Fprintf(&b, "      %s (%s): %s\n", x.Rule, x.Place, say(x.Message))
		}
		for _, p := range f.Personal {
			fmt.Fprintf(&b, "      個資 personal data: %s in %s, %d cells, confidence %s, such as %s\n", p.Kind,
				p.Column, p.Count,
				p.Confidence, p.Sample)
		}
	}
	b.WriteByte('\n')
	_, err := io.WriteString(out, b.String())
	return err
}

// answers are those of ratings for people.
var answers = map[rating.Answer]string{
	rating.True: "是 yes", rating.False: "否 no", rating.Unknown: "無法判定 unknown",
}

// starNames are the five stars for people.
var starNames = []string{"開放授權且可取得 to be had under an open licence", "結構化 structured",
	"非專屬格式 a format that nobody owns", "以 URI 指稱 URIs denote things", "連結其他資料 linked to other data"}

// explainRatings says what the points of the Metadata Quality Assessment and the stars are made of.
func explainRatings(b *strings.Builder, say func(string) string, r *quality.Result) {
	if r.MQA != nil {
		fmt.Fprintf(b, "  MQA: %d / %d (%s)", r.MQA.Points, r.MQA.Of, r.MQA.Rating)
		if r.MQA.Unknown > 0 {
			fmt.Fprintf(b, "; 無法判定 of %d points nothing is known", r.MQA.Unknown)
		}
		b.WriteByte('\n')
		for i, m := range dcat.MQAMetrics()[:min(len(dcat.MQAMetrics()), len(r.MQA.Measures))] {
			x := r.MQA.Measures[i]
			fmt.Fprintf(b, "      %d / %d %s %s: %s: %s\n", x.Points, x.Of, m.ZH, m.EN, answers[x.Is], say(x.Why))
		}
	}
	if r.Stars != nil {
		fmt.Fprintf(b, "  五星 stars: %s\n", starsOf(r.Stars))
		for i, x := range r.Stars.Each[:min(len(r.Stars.Each), len(starNames))] {
			fmt.Fprintf(b, "      %d %s: %s: %s\n", i+1, starNames[i], answers[x.Is], say(x.Why))
		}
	}
}

// starsOf writes how many stars there are, and how many there may be.
func starsOf(s *rating.Stars) string {
	if s.Most > s.Stars {
		return fmt.Sprintf("%d-%d", s.Stars, s.Most)
	}
	return fmt.Sprint(s.Stars)
}

// explainHistory says how the badge has changed, the newest change first.
func explainHistory(b *strings.Builder, r *quality.Result) {
	for _, x := range r.Changes() {
		fmt.Fprintf(b, "  標章異動 badge changed: %s → %s, %s\n", x.Before, x.Badge,
			x.At.In(time.FixedZone("Asia/Taipei", 8*3600)).Format(time.DateOnly))
	}
}
