import json
from urllib.parse import urlencode
from urllib.request import Request, urlopen

query = """
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dct: <http://purl.org/dc/terms/>
SELECT ?title ?file {
  ?dataset a dcat:Dataset ; dct:title ?title ; dcat:distribution/dcat:downloadURL ?file
} LIMIT 10
"""
request = Request(
    "http://127.0.0.1:8080/sparql",
    data=urlencode({"query": query}).encode(),
    headers={"Accept": "application/sparql-results+json"},
)
with urlopen(request, timeout=60) as answer:
    for row in json.load(answer)["results"]["bindings"]:
        print(row["title"]["value"], row["file"]["value"])
