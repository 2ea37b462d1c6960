# Removes one statement.
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX dataset: <https://bench.example/dataset/>
DELETE DATA { GRAPH <https://bench.example/graph/dataset/5> { dataset:5 dct:identifier "D000000005" } }

# check
PREFIX dataset: <https://bench.example/dataset/>
SELECT ?p ?o WHERE { dataset:5 ?p ?o }

# undo
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX dataset: <https://bench.example/dataset/>
INSERT DATA { GRAPH <https://bench.example/graph/dataset/5> { dataset:5 dct:identifier "D000000005" } }
