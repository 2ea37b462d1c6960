package atlas

import "fincat/cmd/fincat/portal"

var texts = []portal.Text{
	{Key: "map.lead", ZH: "機構、其資料集與彼此的關係。圓的大小為資料集數；點選圓可檢視該機構的資料集。",
		EN: "Organisations, their datasets, and what connects them. The size of a circle is the number of " +
			"datasets; a circle leads to them."},
	{Key: "map.skip", ZH: "跳過圖，前往表格", EN: "Skip the picture, go to the table"},
	{Key: "map.table", ZH: "以表格檢視", EN: "The same as a table"},
	{Key: "map.organisation", ZH: "機構", EN: "Organisation"},
	{Key: "map.dataset", ZH: "資料集", EN: "Dataset"},
	{Key: "map.datasets", ZH: "資料集數", EN: "Datasets"},
	{Key: "map.records", ZH: "來源紀錄", EN: "Records by sources"},
	{Key: "map.linked", ZH: "關聯", EN: "Connected with"},
	{Key: "map.same", ZH: "%d 筆相同的資料集", EN: "%d datasets are the same"},
	{Key: "map.for", ZH: "代為發布 %d 筆", EN: "publishes %d for it"},
	{Key: "map.more", ZH: "其他 %d 個機構", EN: "%d more organisations"},
	{Key: "map.about", ZH: "關於此機構", EN: "About this organisation"},
	{Key: "map.search", ZH: "搜尋其資料集", EN: "Search its datasets"},
	{Key: "map.in", ZH: "放大", EN: "Zoom in"},
	{Key: "map.out", ZH: "縮小", EN: "Zoom out"},
	{Key: "map.whole", ZH: "全圖", EN: "Whole picture"},
	{Key: "map.left", ZH: "向左", EN: "Left"},
	{Key: "map.right", ZH: "向右", EN: "Right"},
	{Key: "map.up", ZH: "向上", EN: "Up"},
	{Key: "map.down", ZH: "向下", EN: "Down"},
	{Key: "map.legend", ZH: "圖例", EN: "Legend"},
	{Key: "map.e-same", ZH: "相同的資料集", EN: "The same datasets"},
	{Key: "map.e-for", ZH: "代為發布", EN: "Publishes for"},
	{Key: "map.e-series", ZH: "屬於系列", EN: "In the series"},
	{Key: "map.e-version", ZH: "為其版本", EN: "Edition of"},
	{Key: "map.e-above", ZH: "隸屬或監理", EN: "Belongs to, or is supervised by"},
}
