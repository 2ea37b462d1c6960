package vocab

// MFNS is the namespace of W3C test manifests.
const MFNS = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"

// Terms of W3C test manifests.
const (
	MFAction            = MFNS + "action"
	MFAssumedTestBase   = MFNS + "assumedTestBase"
	MFEntries           = MFNS + "entries"
	MFInclude           = MFNS + "include"
	MFManifest          = MFNS + "Manifest"
	MFName              = MFNS + "name"
	MFNotable           = MFNS + "notable"
	MFRequires          = MFNS + "requires"
	MFResult            = MFNS + "result"
	MFResultCardinality = MFNS + "resultCardinality"
)
