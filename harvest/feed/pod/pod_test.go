package pod

import (
	"regexp"
	"testing"

	"fincat/vocab/dcat"
)

// interval is what the schema takes for accrualPeriodicity.
var interval = regexp.MustCompile(`^(|irregular|R/P(\d+(\.\d+)?Y)?(\d+(\.\d+)?M)?(\d+(\.\d+)?W)?` +
	`(\d+(\.\d+)?D)?(T(\d+(\.\d+)?H)?(\d+(\.\d+)?M)?(\d+(\.\d+)?S)?)?)$`)

// TestFrequency reads every interval back as the frequency that it stands for.
func TestFrequency(t *testing.T) {
	for code, is := range frequencies {
		if !interval.MatchString(is) {
			t.Errorf("%s is %s", code, is)
		}
	}
	for _, code := range []string{"DAILY", "WEEKLY", "MONTHLY", "QUARTERLY", "ANNUAL", "IRREG"} {
		iri := "http://publications.europa.eu/resource/authority/frequency/" + code
		if back, ok := dcat.Frequency(Frequency(iri)); !ok || back != iri {
			t.Errorf("%s as %s reads back as %s, %v", code, Frequency(iri), back, ok)
		}
	}
	if got := Frequency(""); got != "" {
		t.Errorf("no frequency is %s", got)
	}
}
