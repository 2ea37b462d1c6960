package source

import (
	"fincat/harvest/document"
	"fincat/harvest/iso19139"
	"fincat/harvest/mapping"
	"fincat/vocab/dcat"
)

// fromISO maps a description of geographic data in ISO 19139, as catalogue
// services and repositories have it. id is the source's identifier, by default
// that of the description. Of a service there is no record, but a problem of the
// source.
func (s *Session) fromISO(raw []byte, place Place, id string) *mapping.Record {
	d, err := iso19139.Triples(raw)
	if err != nil {
		return mapping.Broken(id, place, "iso19139", "", "the record is broken: "+err.Error(),
			"ask the source's owner to correct the record")
	}
	g := dcat.NewGraph(d.Triples)
	id = document.First(id, d.Identifier)
	if d.Service {
		s.notice(Problem{Severity: Info, Record: id, Place: place, Rule: "service", Value: id,
			Message: "the record describes a service and no dataset; it is not taken over",
			Remedy:  "nothing, if its data is described by records of their own"})
		return nil
	}
	rec := s.FromGraph(g, d.Subject, place.URL)
	if rec == nil {
		return nil
	}
	rec.Place = place
	if id != "" {
		rec.ID = id
		for i := range rec.Problems {
			rec.Problems[i].Record, rec.Problems[i].Place = id, place
		}
	}
	return rec
}
