// Package w3ctest is test support for the W3C conformance suites: it loads
// manifests and runs their entries as subtests.
//
// A [Suite] says where a suite's files lie and under which IRI they are
// published; [Suite.Load] reads a manifest and those it includes. Each [Entry]
// carries its action and result as terms and the manifest's [Graph] to look
// further into, for suites whose actions are nodes (SPARQL) as well as for
// those whose actions are files. [Run] runs entries against a list of expected
// failures: a failure that is not listed, a listed test that passes, and a
// number of tests other than the stated one each fail the build.
//
// [Shared] finds reference data that is not part of the repository, [Unpack] unpacks what is, and
// [Campaign] says how long a random test may take.
package w3ctest
