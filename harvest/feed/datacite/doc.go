// Package datacite writes datasets in the DataCite Metadata Schema 4, as OAI-PMH's oai_datacite has them.
package datacite
