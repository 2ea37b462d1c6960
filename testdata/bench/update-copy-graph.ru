# Copies a graph.
COPY <https://bench.example/graph/organisations> TO <https://bench.example/graph/copy>

# check
SELECT (COUNT(*) AS ?n) WHERE { GRAPH <https://bench.example/graph/copy> { ?s ?p ?o } }

# undo
DROP SILENT GRAPH <https://bench.example/graph/copy>
