package feed

import (
	"fincat/harvest/feed/listing"
	"fincat/harvest/quality"
)

type (
	previewInput struct {
		IRI  string `json:"iri" jsonschema:"IRI of the dataset, or source/identifier such as twse/123"`
		File string `json:"file,omitempty" jsonschema:"address of one of its files; else the first with rows"`
	}
	previewOutput struct {
		hit
		quality.Preview
	}
)

// preview answers with what the checks kept of the rows; nothing is fetched for it.
func (a *assistant) preview(in previewInput) (out previewOutput, err error) {
	d, err := a.find(in.IRI)
	if err != nil {
		return out, err
	}
	few, err := a.hits([]*listing.Dataset{d})
	if err != nil || len(few) == 0 {
		return out, err
	}
	r, err := quality.ResultOf(a.sn, d.IRI)
	if err != nil {
		return out, err
	}
	out.hit = few[0]
	if out.Preview, err = r.Preview(in.File); err != nil {
		err = askedWrongly{err}
	}
	return out, err
}
