from rdflib import Graph, Namespace
from rdflib.namespace import DCAT, DCTERMS, RDF

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
page = "http://127.0.0.1:8080/catalog.ttl"
titles = {}
while page:
    graph = Graph().parse(page, format="turtle")
    for dataset in graph.subjects(RDF.type, DCAT.Dataset):
        titles[str(dataset)] = str(graph.value(dataset, DCTERMS.title))
    page = next((str(o) for o in graph.objects(None, HYDRA.next)), None)
print(len(titles), "datasets")
