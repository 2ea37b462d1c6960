curl -H 'Accept: text/turtle' 'http://127.0.0.1:8080/dataset/banking-bureau/10689'
curl 'http://127.0.0.1:8080/api/3/action/package_search?q=%E4%BF%A1%E7%94%A8%E5%8D%A1&rows=5'
curl 'http://127.0.0.1:8080/catalog.ttl?q=%E4%BF%A1%E7%94%A8%E5%8D%A1&format=csv'
