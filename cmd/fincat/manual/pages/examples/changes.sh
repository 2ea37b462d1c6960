curl 'http://127.0.0.1:8080/catalog.ttl?modified_since=2026-01-01'
curl 'http://127.0.0.1:8080/feed/ldes'
curl 'http://127.0.0.1:8080/feed/atom.xml?sector=banking'
curl 'http://127.0.0.1:8080/oai?verb=ListRecords&metadataPrefix=oai_dc&set=source:twse'
