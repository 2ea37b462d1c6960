package vocab

// EARLNS is the namespace of EARL test reports.
const EARLNS = "http://www.w3.org/ns/earl#"

// Terms of EARL test reports.
const (
	EARLAssertedBy    = EARLNS + "assertedBy"
	EARLAssertion     = EARLNS + "Assertion"
	EARLAssertor      = EARLNS + "Assertor"
	EARLAutomatic     = EARLNS + "automatic"
	EARLFailed        = EARLNS + "failed"
	EARLInapplicable  = EARLNS + "inapplicable"
	EARLMode          = EARLNS + "mode"
	EARLOutcome       = EARLNS + "outcome"
	EARLPassed        = EARLNS + "passed"
	EARLResult        = EARLNS + "result"
	EARLSoftware      = EARLNS + "Software"
	EARLSubject       = EARLNS + "subject"
	EARLTest          = EARLNS + "test"
	EARLTestCase      = EARLNS + "TestCase"
	EARLTestCriterion = EARLNS + "TestCriterion"
	EARLTestResult    = EARLNS + "TestResult"
	EARLUntested      = EARLNS + "untested"
)
