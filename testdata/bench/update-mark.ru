# Marks the datasets of a publisher: many small changes by pattern.
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX organisation: <https://bench.example/organisation/>
PREFIX concept: <https://bench.example/concept/>
INSERT { GRAPH <https://bench.example/graph/marks> { ?d dct:subject concept:0 } }
WHERE { GRAPH ?g { ?d dct:publisher organisation:2 } }

# check
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX concept: <https://bench.example/concept/>
SELECT (COUNT(*) AS ?n) WHERE { ?d dct:subject concept:0 }

# undo
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX concept: <https://bench.example/concept/>
DELETE WHERE { GRAPH <https://bench.example/graph/marks> { ?d dct:subject concept:0 } }
