# Replaces the title of a dataset.
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX dataset: <https://bench.example/dataset/>
DELETE { GRAPH ?g { dataset:3 dct:identifier ?old } }
INSERT { GRAPH ?g { dataset:3 dct:identifier "D000000003-2" } }
WHERE { GRAPH ?g { dataset:3 dct:identifier ?old } }

# check
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX dataset: <https://bench.example/dataset/>
SELECT ?i WHERE { dataset:3 dct:identifier ?i }

# undo
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX dataset: <https://bench.example/dataset/>
DELETE { GRAPH ?g { dataset:3 dct:identifier ?old } }
INSERT { GRAPH ?g { dataset:3 dct:identifier "D000000003" } }
WHERE { GRAPH ?g { dataset:3 dct:identifier ?old } }
