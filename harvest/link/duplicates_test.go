package link

import "testing"

// TestDuplicates asks that records of the portal that people found to be one
// dataset become links, and those that only look alike do not.
func TestDuplicates(t *testing.T) {
	_, links := linked(t, portalRecords(t))
	state := map[[2]string]State{}
	accepted := 0
	for _, k := range links {
		state[[2]string{k.Subject, k.Object}] = k.State
		state[[2]string{k.Object, k.Subject}] = k.State
		if k.State == Accepted {
			accepted++
		}
	}
	twice, found := 0, 0
	for _, r := range rows(t, "duplicates.tsv") {
		s := state[[2]string{"portal/" + r[0], "portal/" + r[1]}]
		switch r[2] {
		case "listed-twice":
			twice++
			if s == Accepted {
				found++
			} else {
				t.Logf("not accepted: %s %s: %s | %s (%q)", r[0], r[1], r[3], r[4], s)
			}
		case "not-duplicate", "shared-file":
			if s == Accepted {
				t.Errorf("accepted, but %s: %s %s: %s | %s", r[2], r[0], r[1], r[3], r[4])
			}
		}
	}
	t.Logf("duplicates: %d of %d that are listed twice; %d accepted in the whole portal", found, twice, accepted)
	if 10*found < 9*twice {
		t.Errorf("%d of %d duplicates found, want nine of ten", found, twice)
	}
}
