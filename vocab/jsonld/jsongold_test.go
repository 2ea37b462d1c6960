package jsonld

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/piprate/json-gold/ld"

	"fincat/vocab/canon"
)

// goldShare counts what json-gold v0.9.1 makes of a suite. This package has
// algorithms of its own because of these figures; a release with better ones
// fails here, and is then worth another look.
type goldShare struct {
	passed, failed int
	panics         []string
}

// TestJSONGoldShare runs json-gold over the JSON-LD 1.1 suites.
func TestJSONGoldShare(t *testing.T) {
	tests := []struct {
		manifest string
		entries  int
		run      func(e ldTest, o *ld.JsonLdOptions, in any) (any, error)
		want     goldShare
	}{
		{"toRdf-manifest.jsonld", 467, goldToRDF, goldShare{416, 39, []string{"#tli14"}}},
		{"fromRdf-manifest.jsonld", 54, goldFromRDF, goldShare{36, 17, nil}},
		{"expand-manifest.jsonld", 385, goldExpand, goldShare{361, 15, nil}},
		{"compact-manifest.jsonld", 246, goldCompact, goldShare{234, 9, []string{"#tm023"}}},
		{"flatten-manifest.jsonld", 58, goldFlatten, goldShare{55, 0, nil}},
	}
	for _, tt := range tests {
		t.Run(tt.manifest, func(t *testing.T) {
			var got goldShare
			for _, e := range ldManifest(t, tt.manifest, tt.entries) {
				if e.Option.SpecVersion == "json-ld-1.0" {
					continue
				}
				ok, panicked := goldRun(t, e, tt.run)
				switch {
				case panicked:
					got.panics = append(got.panics, e.ID)
				case ok:
					got.passed++
				default:
					got.failed++
				}
			}
			if got.passed != tt.want.passed || got.failed != tt.want.failed ||
				!slices.Equal(got.panics, tt.want.panics) {
				t.Errorf("json-gold: %+v, want %+v", got, tt.want)
			}
		})
	}
}

// goldRun runs one test.
func goldRun(t *testing.T, e ldTest, run func(ldTest, *ld.JsonLdOptions, any) (any, error)) (ok, panicked bool) {
	t.Helper()
	defer func() {
		if recover() != nil {
			panicked = true
		}
	}()
	data, err := os.ReadFile(filepath.Join(ldSuite, e.Input))
	if err != nil {
		t.Fatal(err)
	}
	var in any = string(data)
	if !strings.HasSuffix(e.Input, ".nq") {
		if in, err = ld.DocumentFromReader(strings.NewReader(string(data))); err != nil {
			return false, false
		}
	}
	got, err := run(e, goldOptions(e), in)
	if e.negative() {
		var ldErr *ld.JsonLdError
		return errors.As(err, &ldErr) && string(ldErr.Code) == e.ExpectErrorCode, false
	}
	if err != nil || e.Expect == "" {
		return err == nil, false
	}
	if text, isText := got.(string); isText {
		quads, err := ReadNQuads(text)
		return err == nil && canon.Isomorphic(quads, expectedQuads(t, e.Expect)), false
	}
	text, err := json.Marshal(got)
	if err != nil {
		return false, false
	}
	v, err := parseJSON(context.Background(), text, 1000)
	return err == nil && ldSame(v, suiteJSON(t, e.Expect), ""), false
}

func goldOptions(e ldTest) *ld.JsonLdOptions {
	o := ld.NewJsonLdOptions(ldBase + e.Input)
	if e.Option.Base != "" {
		o.Base = e.Option.Base
	}
	o.DocumentLoader = goldLoader{}
	if e.Option.ProcessingMode != "" {
		o.ProcessingMode = e.Option.ProcessingMode
	}
	o.ProduceGeneralizedRdf = e.Option.ProduceGeneralizedRDF
	o.UseNativeTypes, o.UseRdfType = e.Option.UseNativeTypes, e.Option.UseRDFType
	if c := e.Option.CompactArrays; c != nil {
		o.CompactArrays = *c
	}
	if e.Option.ExpandContext != "" {
		o.ExpandContext = goldFile(e.Option.ExpandContext)
	}
	return o
}

// goldLoader serves the suite's files to json-gold.
type goldLoader struct{}

func (goldLoader) LoadDocument(iri string) (*ld.RemoteDocument, error) {
	data, err := suiteLoader(context.Background(), iri)
	if err != nil {
		return nil, ld.NewJsonLdError(ld.LoadingDocumentFailed, err)
	}
	v, err := ld.DocumentFromReader(strings.NewReader(string(data)))
	return &ld.RemoteDocument{DocumentURL: iri, Document: v}, err
}

func goldFile(path string) any {
	data, err := os.ReadFile(filepath.Join(ldSuite, path))
	if err != nil {
		return nil
	}
	v, err := ld.DocumentFromReader(strings.NewReader(string(data)))
	if err != nil {
		return nil
	}
	return v
}

func goldToRDF(_ ldTest, o *ld.JsonLdOptions, in any) (any, error) {
	o.Format = "application/n-quads"
	return ld.NewJsonLdProcessor().ToRDF(in, o)
}

func goldFromRDF(_ ldTest, o *ld.JsonLdOptions, in any) (any, error) {
	return ld.NewJsonLdProcessor().FromRDF(fmt.Sprint(in), o)
}

func goldExpand(_ ldTest, o *ld.JsonLdOptions, in any) (any, error) {
	return ld.NewJsonLdProcessor().Expand(in, o)
}

func goldCompact(e ldTest, o *ld.JsonLdOptions, in any) (any, error) {
	return ld.NewJsonLdProcessor().Compact(in, goldFile(e.Context), o)
}

func goldFlatten(e ldTest, o *ld.JsonLdOptions, in any) (any, error) {
	var local any
	if e.Context != "" {
		local = goldFile(e.Context)
	}
	return ld.NewJsonLdProcessor().Flatten(in, local, o)
}
