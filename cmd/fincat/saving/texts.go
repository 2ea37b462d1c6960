package saving

import "fincat/cmd/fincat/portal"

// texts are the words of the pages.
var texts = []portal.Text{
	{Key: "saved", ZH: "已儲存的查詢", EN: "Saved queries"},
	{Key: "saved.lead", ZH: "儲存的查詢有固定的網址、每一個版本都保留，並各有可帶參數的 API 網址。",
		EN: "A saved query has an address that stays, keeps all its versions, and has an API address that takes " +
			"parameters."},
	{Key: "saved.none", ZH: "目前沒有儲存的查詢。", EN: "No query has been saved yet."},
	{Key: "saved.failed", ZH: "無法完成", EN: "This cannot be done"},
	{Key: "saved.back", ZH: "所有儲存的查詢", EN: "All saved queries"},
	{Key: "saved.name", ZH: "名稱（網址的一部分，a-z、0-9 與 -）", EN: "Name (part of the address: a-z, 0-9 and -)"},
	{Key: "saved.title", ZH: "標題（說明這個查詢回答什麼）", EN: "Title (what the query answers)"},
	{Key: "saved.query", ZH: "查詢", EN: "Query"},
	{Key: "saved.parameters", ZH: "寫成 ?_名稱 或 ?_名稱_型別 的變數是參數，例如 ?_bank、?_since_date、?_org_iri；?__名稱 可省略。" +
		"型別：string、integer、decimal、double、boolean、date、dateTime、gYear、iri、zh、en。",
		EN: "Variables written ?_name or ?_name_type are parameters, such as ?_bank, ?_since_date, ?_org_iri; " +
			"?__name may be left out. Types: string, integer, decimal, double, boolean, date, dateTime, gYear, iri, " +
			"zh, en."},
	{Key: "saved.new", ZH: "儲存查詢", EN: "Save a query"},
	{Key: "saved.save", ZH: "儲存", EN: "Save"},
	{Key: "saved.short", ZH: "只要短網址", EN: "A short link only"},
	{Key: "saved.short.about", ZH: "短網址由查詢內容決定，永遠指向同一個查詢，不需名稱與標題。",
		EN: "A short link comes from the text and leads to just that query for ever; it needs no name and title."},
	{Key: "saved.signIn", ZH: "登入後可以儲存", EN: "Sign in to save"},
	{Key: "saved.open", ZH: "不登入也可以分享：查詢頁的網址就含有整個查詢。",
		EN: "Without signing in a query can be shared too: the address of the query page has all of it."},
	{Key: "saved.link", ZH: "分享的查詢", EN: "A shared query"},
	{Key: "saved.address", ZH: "網址", EN: "Address"},
	{Key: "saved.api", ZH: "API 網址", EN: "API address"},
	{Key: "saved.author", ZH: "儲存者", EN: "By"},
	{Key: "saved.made", ZH: "時間", EN: "Time"},
	{Key: "saved.number", ZH: "版本", EN: "Version"},
	{Key: "saved.versions", ZH: "所有版本", EN: "All versions"},
	{Key: "saved.old", ZH: "這是較早的版本。", EN: "This is an earlier version."},
	{Key: "saved.newest", ZH: "最新版本", EN: "The newest one"},
	{Key: "saved.ask", ZH: "執行", EN: "Run"},
	{Key: "saved.edit", ZH: "在編輯器開啟", EN: "Open in the editor"},
	{Key: "saved.change", ZH: "儲存新版本", EN: "Save a new version"},
	{Key: "saved.remove", ZH: "刪除這個查詢", EN: "Take this query away"},
	{Key: "saved.sure", ZH: "確定刪除，連同所有版本", EN: "Yes, with all its versions"},
	{Key: "saved.required", ZH: "必填", EN: "required"},
	{Key: "saved.download", ZH: "下載", EN: "Download"},
	{Key: "saved.embed", ZH: "嵌入圖表", EN: "Show it as a chart elsewhere"},
	{Key: "saved.embed.about", ZH: "把這段程式碼貼到自己的網頁。chart.kind 是 bar 或 line，chart.x 與 chart.y 指定欄位；" +
		"未指定時取第一個數字欄與第一個其他欄。",
		EN: "Copy this code into a page of yours. chart.kind is bar or line, chart.x and chart.y name the columns; " +
			"else the first column of numbers and the first other one are taken."},
	{Key: "saved.embed.see", ZH: "看圖表", EN: "See the chart"},
	{Key: "saved.feed", ZH: "追蹤選到的資料集（Atom）", EN: "Follow the datasets that it selects (Atom)"},
	{Key: "saved.older", ZH: "下一頁", EN: "Next page"},
	{Key: "saved.newer", ZH: "上一頁", EN: "Previous page"},
}
