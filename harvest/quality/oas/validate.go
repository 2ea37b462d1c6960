package oas

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"

	"fincat/harvest/document"
	"fincat/harvest/openapi"
)

// errRefused is what a reference that leads out of a document comes to.
var errRefused = errors.New("references to other documents are not followed")

// validate tells whether the document is what its version of the specification asks for.
// Wrong examples and patterns in other dialects of regular expressions do not make it
// invalid: nobody is served worse for them.
func (r *Result) validate(ctx context.Context, d *openapi.Document) (valid bool) {
	defer func() {
		if p := recover(); p != nil { // no document may end the program
			r.fail("invalid", "", "the document cannot be validated: %v", p)
			valid = false
		}
	}()
	var root any
	dec := json.NewDecoder(bytes.NewReader(d.JSON()))
	dec.UseNumber()
	if err := dec.Decode(&root); err != nil {
		r.fail("invalid", "", "the document cannot be read: %v", err)
		return false
	}
	if !r.references(root) || !r.statuses(root) || !r.strict(root, d) {
		return false
	}
	doc, err := load(d)
	if err != nil {
		r.invalid(err)
		return false
	}
	options := []openapi3.ValidationOption{openapi3.DisableExamplesValidation(),
		openapi3.DisableSchemaDefaultsValidation(), openapi3.DisableSchemaPatternValidation(),
		openapi3.EnableMultiError()}
	if doc.IsOpenAPI31OrLater() {
		options = append(options, openapi3.AllowExtraSiblingFields(extraFields(root)...))
	}
	if err := doc.Validate(ctx, options...); err != nil && r.invalid(err) {
		return false
	}
	members, _ := root.(map[string]any)
	if doc.Paths == nil && members["webhooks"] == nil && members["components"] == nil { // OpenAPI 3.1 §4.8.1
		r.fail("no-paths", "", "the document has neither paths nor webhooks nor components")
		return false
	}
	return true
}

// status is a key of the answers of an operation (OpenAPI 3.1 §4.8.16).
var status = regexp.MustCompile(`^([1-5](\d\d|XX)|default|x-.*)$`)

// statuses tells whether the answers of all operations have keys that are statuses.
func (r *Result) statuses(root any) bool {
	members, _ := root.(map[string]any)
	paths, _ := members["paths"].(map[string]any)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item, _ := paths[path].(map[string]any)
		for _, method := range slices.Sorted(maps.Keys(item)) {
			operation, _ := item[method].(map[string]any)
			answers, _ := operation["responses"].(map[string]any)
			for _, key := range slices.Sorted(maps.Keys(answers)) {
				if !status.MatchString(key) {
					r.fail("status", document.Pointer("", "paths", path, method, "responses", key),
						"%q is no status of an answer: 200, 2XX or default", key)
					return false
				}
			}
		}
	}
	return true
}

// load reads the document with the library that validates it. Swagger 2.0 is validated
// as the OpenAPI 3.0 that it stands for.
func load(d *openapi.Document) (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	loader.ReadFromURIFunc = func(*openapi3.Loader, *url.URL) ([]byte, error) { return nil, errRefused }
	if d.Swagger == "" {
		return loader.LoadFromData(d.JSON())
	}
	var old openapi2.T
	if err := json.Unmarshal(d.JSON(), &old); err != nil {
		return nil, err
	}
	if old.Paths == nil {
		return nil, errors.New("the document has no paths (Swagger 2.0, Swagger Object)")
	}
	return openapi2conv.ToV3WithLoader(&old, loader, nil)
}

// invalid tells what the library found, and whether that makes the document invalid.
func (r *Result) invalid(err error) (invalid bool) {
	all := openapi3.MultiError{err}
	var many openapi3.MultiError
	if errors.As(err, &many) {
		all = many
	}
	for _, err := range all {
		rule, place := "invalid", ""
		var parameters *openapi3.PathParametersError
		var twice *openapi3.DuplicateOperationIDError
		var required *openapi3.RequiredFieldError
		var section *openapi3.SectionValidationError
		var either *openapi3.EitherFieldRequiredError
		if errors.As(err, &either) && slices.Contains(either.Fields, "externalValue") {
			continue // an Example Object needs neither (OpenAPI 3.1 §4.8.19)
		}
		if errors.As(err, &section) {
			place = "/" + section.Section
		}
		switch {
		case errors.As(err, &parameters):
			rule, place = "path-parameter-undeclared", document.Pointer("", "paths",
				parameters.Path)
		case errors.As(err, &twice):
			rule = "operation-id-duplicate"
		case errors.As(err, &required):
			rule = "required-missing"
		}
		r.fail(rule, place, "the document is not what OpenAPI asks for: %s", brief(err))
		invalid = true
	}
	return invalid
}

// maxMessage is how much of a message of the library is kept: some repeat a schema.
const maxMessage = 300

func brief(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	if runes := []rune(text); len(runes) > maxMessage {
		text = string(runes[:maxMessage]) + "…"
	}
	return text
}
