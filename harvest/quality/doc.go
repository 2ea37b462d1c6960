// Package quality checks the files of datasets after the government's mechanism for the
// quality of data (政府資料品質提升機制): seven indicators, each with pass, fail, unknown
// or not applicable, a reason and the evidence, and the badge that follows from them.
//
// A [Runner] goes through the datasets of a catalogue: it asks for each file through the
// guarded client of harvests, as fast as the host allows, finds out what came (package
// inspect), whether there is personal data in it (package personal) and whether the
// dataset counts as an OPEN API (package oas), and writes that to the store. A round that
// was broken off goes on where it stopped; a file that has validators is asked for with
// conditions the next time. [Results] reads what was found.
//
// What the checks go by is data: rules.json has the indicators, the formats that are
// structured, and the badges, each with its certainty. 白金 is predicted, because the
// portal keeps its rule to itself; what the portal says itself is kept beside.
//
// # In the store
//
// Each dataset has a graph graph/quality/{source}/{identifier}: a dqv:QualityMeasurement
// for the badge, for each indicator of the dataset and of each file, and the evidence
// that it was derived from: address, time, status, headers, size, hash and first bytes.
// prov:wasDerivedFrom leads from a badge down to the bytes. The metrics are concepts of
// the scheme scheme/metric. What the next round needs besides is a named value of the
// store.
package quality
