package manual

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fincat/cmd/fincat/metrics"
	"fincat/harvest/quality"
	"fincat/harvest/source"
)

// contentsMark is where the index lists the chapters, which is done last.
const contentsMark = "{{contents}}"

// reference makes the parts that are read off the program, in one language.
type reference struct {
	root   *cobra.Command
	lang   string
	words  map[string]wording // of all tables
	titles []*page
}

// wording is a line of a table of words: what it is about, in both languages. Of what the program
// itself says in English, only Chinese is there.
type wording struct{ en, zh string }

// tables are the files of words. In each name of the program stands once.
var tables3 = []string{"keys", "routes"}                                // name, English, Chinese
var tables2 = []string{"commands", "flags", "help", "metrics", "rules"} // name, Chinese

// paragraph stands in a table of words where a paragraph ends.
const paragraph = "¶"

func newReference(root *cobra.Command, lang string) (*reference, error) {
	r := &reference{root: root, lang: lang, words: map[string]wording{}}
	for _, table := range slices.Concat(tables3, tables2) {
		text, err := sources.ReadFile("words/" + table + ".tsv")
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			parts := strings.Split(strings.TrimRight(line, "\n"), "\t")
			if len(parts) == 2 {
				parts = []string{parts[0], "", parts[1]}
			}
			if len(parts) != 3 {
				return nil, fmt.Errorf("%s.tsv: %q has not two or three columns", table, line)
			}
			r.words[table+" "+parts[0]] = wording{parts[1], parts[2]}
		}
	}
	return r, nil
}

// say returns the words for a name of a table in the language of the manual. english stands
// where the program says it.
func (r *reference) say(table, name, english string) string {
	w := r.words[table+" "+name]
	english = cmp.Or(english, w.en)
	if r.lang == "zh" {
		return cmp.Or(w.zh, english)
	}
	return english
}

// either is a text of the manual itself.
func (r *reference) either(zh, en string) string {
	if r.lang == "zh" {
		return zh
	}
	return en
}

// fill puts the parts into a text, each in place of a line such as {{commands}}.
func (r *reference) fill(text string) (string, error) {
	parts := map[string]func() (string, error){
		"commands": r.commands, "configuration": r.configuration, "routes": r.routes, "metrics": r.metrics,
		"roles": r.roles, "indicators": r.indicators, "badges": r.badges, "kinds": r.kinds,
	}
	var out strings.Builder
	for line := range strings.Lines(text) {
		mark := strings.TrimSpace(line)
		if !strings.HasPrefix(mark, "{{") || !strings.HasSuffix(mark, "}}") || mark == contentsMark {
			out.WriteString(line)
			continue
		}
		name := strings.TrimSuffix(strings.TrimPrefix(mark, "{{"), "}}")
		part, ok := parts[name]
		if file, isExample := strings.CutPrefix(name, "example "); isExample {
			part, ok = func() (string, error) { return example(file) }, true
		}
		if !ok {
			return "", fmt.Errorf("there is no part %q; there are %s", name,
				strings.Join(slices.Sorted(maps.Keys(parts)), ", "))
		}
		text, err := part()
		if err != nil {
			return "", err
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

// exampleKinds are what the blocks of examples are called, by the ends of their files' names.
var exampleKinds = map[string]string{".sh": "sh", ".yaml": "yaml config", ".rq": "sparql", ".py": "python",
	".json": "json"}

// example is a code block, which both languages share.
func example(file string) (string, error) {
	text, err := sources.ReadFile("pages/examples/" + file)
	if err != nil {
		return "", err
	}
	kind, ok := exampleKinds[path.Ext(file)]
	if !ok {
		return "", fmt.Errorf("what is the example %s?", file)
	}
	return fmt.Sprintf("```%s\n%s```\n", kind, text), nil
}

// contents lists the chapters.
func (r *reference) contents() string {
	var out strings.Builder
	for i, p := range r.titles[1:] {
		fmt.Fprintf(&out, "%d. [%s](%s)\n", i+1, p.Title, p.Name)
	}
	return out.String()
}

// table writes a table; the first column is code.
func table(head []string, rows [][]string) string {
	if len(rows) == 0 {
		return ""
	}
	var out strings.Builder
	row := func(cells []string) {
		for _, c := range cells {
			out.WriteString("| " + strings.ReplaceAll(strings.Join(strings.Fields(c), " "), "|", "\\|") + " ")
		}
		out.WriteString("|\n")
	}
	row(head)
	row(slices.Repeat([]string{"---"}, len(head)))
	for _, cells := range rows {
		cells = slices.Clone(cells)
		cells[0] = "`" + cells[0] + "`"
		row(cells)
	}
	return out.String() + "\n"
}

// carriedOut yields the commands below root that do something, with their names.
func carriedOut(root *cobra.Command, yield func(name string, cmd *cobra.Command)) {
	for _, cmd := range root.Commands() {
		_, name, _ := strings.Cut(cmd.CommandPath(), " ")
		if cmd.Hidden || name == "help" || strings.HasPrefix(name, "completion") {
			continue
		}
		yield(name, cmd)
		carriedOut(cmd, yield)
	}
}

// commands describes every command by what it says of itself, and in Chinese by the words for that.
func (r *reference) commands() (string, error) {
	var out strings.Builder
	carriedOut(r.root, func(name string, cmd *cobra.Command) {
		fmt.Fprintf(&out, "## fincat %s\n\n%s\n\n", name, r.say("commands", name, cmd.Short))
		if long := r.say("help", name, ""); long != "" && r.lang == "zh" {
			fmt.Fprintf(&out, "%s\n\n", strings.ReplaceAll(long, paragraph, "\n\n"))
		}
		fmt.Fprintf(&out, "```%s\n", helpKind)
		if cmd.Long != "" && r.lang != "zh" {
			fmt.Fprintf(&out, "%s\n\n", strings.TrimSpace(cmd.Long))
		}
		fmt.Fprintf(&out, "%s\n", cmd.UseLine())
		if flags := r.flags(cmd); flags != "" {
			fmt.Fprintf(&out, "\n%s\n", flags)
		}
		if cmd.Example != "" {
			fmt.Fprintf(&out, "\n%s\n", strings.TrimRight(cmd.Example, "\n"))
		}
		out.WriteString("```\n\n")
	})
	return out.String(), nil
}

var defaults = regexp.MustCompile(`(?m) \(default (.*)\)$`)

// flags lists the flags of a command. Words for flags go by what the program says of them, since
// many commands share them.
func (r *reference) flags(cmd *cobra.Command) string {
	said := pflag.NewFlagSet("", pflag.ContinueOnError)
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" { // every command has it
			return
		}
		own := *f
		own.Usage = r.say("flags", f.Usage, f.Usage)
		said.AddFlag(&own)
	})
	out := strings.TrimRight(said.FlagUsages(), "\n")
	if r.lang == "zh" {
		out = defaults.ReplaceAllString(out, "（預設 $1）")
	}
	return out
}

// metrics lists the figures of a server.
func (r *reference) metrics() (string, error) {
	var rows [][]string
	for _, d := range metrics.Described() {
		rows = append(rows, []string{d.Name, strings.Join(d.Labels, ", "), r.say("metrics", d.Name, d.Help)})
	}
	return table([]string{r.either("指標", "Metric"), r.either("標籤", "Labels"), r.either("意義", "What it is")},
		rows), nil
}

// indicators lists the rules of quality with what to do.
func (r *reference) indicators() (string, error) {
	rules, err := quality.NewRules()
	if err != nil {
		return "", err
	}
	var rows [][]string
	for _, i := range rules.Indicators {
		rows = append(rows, []string{i.ID, r.either(i.ZH, i.EN), r.say("rules", i.ID, i.Rule),
			r.either(i.ToDoZH, i.ToDoEN)})
	}
	return table([]string{r.either("代碼", "Code"), r.either("指標", "Indicator"), r.either("通過的條件", "Passes when"),
		r.either("未通過時", "What to do")}, rows), nil
}

// badges lists what each badge needs besides those below it.
func (r *reference) badges() (string, error) {
	rules, err := quality.NewRules()
	if err != nil {
		return "", err
	}
	var rows [][]string
	for _, b := range rules.Badges {
		var needs []string
		for _, n := range b.Needs {
			if n == "standard" {
				needs = append(needs, r.either("欄位依資料標準命名（推估）", "fields named after the data standards (predicted)"))
				continue
			}
			i := rules.Indicator(n)
			needs = append(needs, r.either(i.ZH, i.EN))
		}
		rows = append(rows, []string{b.Badge, b.EN, strings.Join(needs, r.either("、", ", "))})
	}
	return table([]string{r.either("標章", "Badge"), r.either("英文", "In English"),
		r.either("除前列者外另須", "Needs, besides what is above it")}, rows), nil
}

// kinds lists the kinds of sources.
func (r *reference) kinds() (string, error) {
	var names []string
	for _, k := range source.Kinds() {
		names = append(names, "`"+k.Name+"`")
	}
	return strings.Join(names, r.either("、", ", ")) + "\n", nil
}

// Unsaid names the commands, their longer descriptions and their flags of which the manual says nothing
// in Chinese, and those of which it does although they are not there.
func Unsaid(root *cobra.Command) (out []string) {
	r, err := newReference(root, "zh")
	if err != nil {
		return []string{err.Error()}
	}
	left, seen := map[string]bool{}, map[string]bool{}
	for key := range r.words {
		if table, _, _ := strings.Cut(key, " "); table == "commands" || table == "help" || table == "flags" {
			left[key] = true
		}
	}
	said := func(key string) {
		if !left[key] && !seen[key] {
			out = append(out, key)
		}
		delete(left, key)
		seen[key] = true
	}
	carriedOut(root, func(name string, cmd *cobra.Command) {
		said("commands " + name)
		if cmd.Long != "" {
			said("help " + name)
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" {
				said("flags " + f.Usage)
			}
		})
	})
	return append(out, slices.Sorted(maps.Keys(left))...)
}
