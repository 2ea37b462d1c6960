// Package ecosystem is a recorded part of Taiwan's financial open data: what
// eight sources answered, a server that answers so again, and the configuration
// that harvests them. README.md says where the files come from and under which
// licence.
//
// [Handler] serves a recorded answer under /HOST/PATH?QUERY of its address, as
// the setting harvest.replay asks for it. The DCAT of dataset 5961 was recorded
// many times; each request for it gets the next recording, the last one again
// and again. [Config] is the configuration for a server at a given address.
package ecosystem
