package link

import "testing"

func BenchmarkLinks(b *testing.B) {
	portal, sources := portalRecords(b), sourceRecords(b)
	b.ReportAllocs()
	for b.Loop() {
		linked(b, portal, sources)
	}
}
