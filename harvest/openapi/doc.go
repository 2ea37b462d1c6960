// Package openapi reads OpenAPI documents, versions 2.0 (Swagger) to 3.1, in JSON or
// YAML.
//
// [Read] returns a [Document], which holds what a catalogue needs: the [Path] items
// with a GET, their parameters ([Document.Parameters]), the answer that carries the
// data ([Document.Success]), its media types and the names of its fields.
// References within the document are followed; those that lead out of it, in a
// circle or too deep are not.
//
// Real documents depart from the specification, so a member of another form than
// expected makes only itself unreadable. The package knows neither sources nor
// records.
package openapi
