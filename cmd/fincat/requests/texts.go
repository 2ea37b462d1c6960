package requests

import (
	_ "embed"
	"strings"

	"fincat/cmd/fincat/portal"
)

//go:embed texts.tsv
var textTable string

// texts are the words of the pages: key, Chinese, English.
func texts() (out []portal.Text) {
	for line := range strings.Lines(textTable) {
		if f := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); len(f) == 3 {
			out = append(out, portal.Text{Key: f[0], ZH: f[1], EN: f[2]})
		}
	}
	return out
}
