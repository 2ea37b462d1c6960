# Writes a summary: the number of datasets by publisher.
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dct: <http://purl.org/dc/terms/>
INSERT { GRAPH <https://bench.example/graph/summary> { ?p dcat:datasets ?n } }
WHERE { SELECT ?p (COUNT(?d) AS ?n) WHERE { GRAPH ?g { ?d dct:publisher ?p } } GROUP BY ?p }

# check
PREFIX dcat: <http://www.w3.org/ns/dcat#>
SELECT ?p ?n WHERE { GRAPH <https://bench.example/graph/summary> { ?p dcat:datasets ?n } }

# undo
DELETE WHERE { GRAPH <https://bench.example/graph/summary> { ?s ?p ?o } }
