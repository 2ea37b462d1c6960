package quality

import _ "embed"

// EvidenceQuery is a SPARQL query that leads from badges down to the bytes: for each
// indicator of a file that did not pass, why, and what the check saw.
//
//go:embed evidence.rq
var EvidenceQuery string
