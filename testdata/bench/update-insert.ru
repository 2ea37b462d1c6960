# Adds one dataset.
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX dataset: <https://bench.example/dataset/>
PREFIX organisation: <https://bench.example/organisation/>
INSERT DATA {
  GRAPH <https://bench.example/graph/dataset/new> {
    dataset:new a dcat:Dataset ; dct:title "新資料集"@zh ; dct:identifier "Dnew" ; dct:publisher organisation:1 ;
      dct:issued "2026-01-01"^^xsd:date ; dcat:keyword "存款21"@zh
  }
}

# check
PREFIX dataset: <https://bench.example/dataset/>
SELECT ?p ?o WHERE { dataset:new ?p ?o }

# undo
DELETE WHERE { GRAPH <https://bench.example/graph/dataset/new> { ?s ?p ?o } }
