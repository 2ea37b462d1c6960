// Package pod has the forms of data.json, the schema of Project Open Data (version 1.1) that
// portals of the United States harvest, and what it takes for an interval, a media type and
// a mail address. [Catalog] is a document.
//
// https://resources.data.gov/resources/dcat-us/
package pod
