package portal

// Interfaces are the routes of a server of fincat that the page on interfaces names.
var Interfaces = []Route{
	{Path: "/sparql", ZH: "SPARQL 1.1 查詢端點(GET、POST;JSON、XML、CSV、TSV、Turtle、JSON-LD…)",
		EN: "SPARQL 1.1 query endpoint (GET, POST; JSON, XML, CSV, TSV, Turtle, JSON-LD …)"},
	{Path: "/api/query/{name}", ZH: "已儲存的查詢(/saved)與範例的 API 網址,可帶參數;格式同 /sparql",
		EN: "The API addresses of saved queries (/saved) and examples, with parameters; formats as for /sparql"},
	{Path: "/catalog.ttl", ZH: "DCAT 目錄,分頁(Hydra);亦有 .jsonld .rdf .nt .trig .nq," +
		"可用 publisher、source、sector、theme、format、modified_since、q 篩選",
		EN: "The catalogue as DCAT in pages (Hydra); also .jsonld .rdf .nt .trig .nq; filters publisher, source, " +
			"sector, theme, format, modified_since, q", Link: true},
	{Path: "/dataset/{source}/{id}", ZH: "每個資料集、資料資源、服務、機構與蒐集作業的 IRI,可協商 RDF 或網頁",
		EN: "The IRI of every dataset, distribution, service, organisation and run: RDF or page by negotiation"},
	{Path: "/catalog.ttl?at={time}", ZH: "目錄於某日(臺北該日結束時)或某時的內容,亦適用於 /sparql 與各 IRI;" +
		"Memento(RFC 7089):Accept-Datetime、/timemap/link/{path}",
		EN: "The catalogue as of a day (its end in Taipei) or time, also /sparql and every IRI; Memento (RFC 7089): " +
			"Accept-Datetime, /timemap/link/{path}"},
	{Path: "/diff", ZH: "兩個時間之間的變更:網頁、CSV(/diff.csv)、RDF Patch(/diff.rdfp)",
		EN: "What changed between two times: page, CSV (/diff.csv), RDF Patch (/diff.rdfp)", Link: true},
	{Path: "/data", ZH: "SPARQL 1.1 Graph Store Protocol", EN: "SPARQL 1.1 Graph Store Protocol"},
	{Path: "/dump.nq.gz", ZH: "全部內容(N-Quads,gzip)", EN: "Everything as N-Quads, compressed", Link: true},
	{Path: "/oai?verb=Identify", ZH: "OAI-PMH 2.0:oai_dc、dcat_rdf;依來源、機構、業別分集,含刪除紀錄",
		EN: "OAI-PMH 2.0: oai_dc, dcat_rdf; sets by source, publisher and sector, with deleted records", Link: true},
	{Path: "/feed/ldes", ZH: "變更事件流(LDES、DCAT-AP feeds):新增、更新、刪除",
		EN: "Linked data event stream (DCAT-AP feeds): created, updated, deleted", Link: true},
	{Path: "/data.json", ZH: "data.json(Project Open Data 1.1)", EN: "data.json (Project Open Data 1.1)", Link: true},
	{Path: "/feed/atom.xml", ZH: "最近變更的資料集(Atom),可用與目錄相同的條件、dataset= 或 query= 篩選",
		EN: "Datasets that changed last (Atom); filters as for the catalogue, dataset= or query=", Link: true},
	{Path: "/feed/rss.xml", ZH: "同上(RSS 2.0)", EN: "The same as RSS 2.0", Link: true},
	{Path: "/openapi.json", ZH: "JSON 介接說明(OpenAPI 3.1)", EN: "What answers in JSON, in OpenAPI 3.1", Link: true},
	{Path: "/.well-known/api-catalog", ZH: "介接清單(RFC 9727)", EN: "The list of interfaces (RFC 9727)", Link: true},
	{Path: "/api/3/action/package_search", ZH: "CKAN Action API(唯讀):package_search、package_show、" +
		"organization_list、group_list、tag_list…", EN: "CKAN's Action API, read only: package_search, package_show, " +
		"organization_list, group_list, tag_list …", Link: true},
	{Path: "/api/v1/rest/dataset", ZH: "政府資料開放跨平臺介接規範(104 年)",
		EN: "The 2015 cross-platform interface of data.gov.tw", Link: true},
	{Path: "/profile/tw", ZH: "DCAT 臺灣應用規範:38 個詮釋資料欄位之對應、SHACL 形狀、JSON-LD 語境與範例",
		EN:   "The Taiwan profile of DCAT: the 38 metadata fields, SHACL shapes, JSON-LD context, examples",
		Link: true},
	{Path: "/sitemap.xml", ZH: "網站地圖", EN: "Sitemap", Link: true},
	{Path: "/.well-known/void", ZH: "VoID 統計說明", EN: "VoID description with statistics", Link: true},
	{Path: "/metrics", ZH: "Prometheus 監測指標", EN: "Prometheus metrics", Link: true},
}
