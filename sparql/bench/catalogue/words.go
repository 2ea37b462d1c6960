package catalogue

// word is a word in both languages of the catalogue.
type word struct{ zh, en string }

var topics = []word{
	{"信用卡", "Credit card"}, {"存款", "Deposit"}, {"放款", "Loan"}, {"房屋貸款", "Mortgage"}, {"外匯", "Foreign exchange"},
	{"人壽保險", "Life insurance"}, {"財產保險", "Property insurance"}, {"健康保險", "Health insurance"},
	{"上市公司", "Listed company"}, {"上櫃公司", "OTC company"}, {"證券", "Securities"}, {"債券", "Bond"},
	{"基金", "Fund"}, {"期貨", "Futures"}, {"選擇權", "Options"}, {"電子支付", "Electronic payment"},
	{"票據", "Bill"}, {"信託", "Trust"}, {"租稅", "Tax"}, {"綠色金融", "Green finance"},
}

var measures = []word{
	{"月報", "monthly report"}, {"季報", "quarterly report"}, {"年報", "annual report"}, {"交易量", "trading volume"},
	{"餘額", "balance"}, {"利率", "interest rate"}, {"逾期比率", "overdue ratio"}, {"申訴案件", "complaints"},
	{"裁罰案件", "penalties"}, {"據點", "branches"}, {"財務報表", "financial statement"}, {"資產品質", "asset quality"},
	{"手續費", "fees"}, {"從業人員", "employees"}, {"股利分派", "dividends"}, {"公開說明書", "prospectus"},
}

var places = []word{
	{"臺北市", "Taipei"}, {"新北市", "New Taipei"}, {"桃園市", "Taoyuan"}, {"臺中市", "Taichung"}, {"臺南市", "Tainan"},
	{"高雄市", "Kaohsiung"}, {"基隆市", "Keelung"}, {"新竹市", "Hsinchu"}, {"嘉義市", "Chiayi"}, {"花蓮縣", "Hualien"},
	{"臺東縣", "Taitung"}, {"澎湖縣", "Penghu"},
}

// formats are file formats with their media types, the most common first.
var formats = []struct{ name, mediaType string }{
	{"CSV", "text/csv"}, {"JSON", "application/json"}, {"XML", "application/xml"}, {"PDF", "application/pdf"},
	{"XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}, {"ZIP", "application/zip"},
	{"ODS", "application/vnd.oasis.opendocument.spreadsheet"}, {"HTML", "text/html"},
	{"GEOJSON", "application/geo+json"},
	{"KML", "application/vnd.google-earth.kml+xml"}, {"RDF_XML", "application/rdf+xml"}, {"TXT", "text/plain"},
}

var frequencies = []string{"MONTHLY", "DAILY", "QUARTERLY", "ANNUAL", "IRREG", "WEEKLY"}

var licences = []string{"https://data.gov.tw/license", "https://creativecommons.org/licenses/by/4.0/",
	"https://creativecommons.org/publicdomain/zero/1.0/"}

var metrics = []string{"link", "download", "structured", "encoding", "fields", "timeliness"}

var surnames = []string{"陳", "林", "黃", "張", "李", "王", "吳", "劉", "蔡", "楊"}

var givenNames = []string{"怡君", "志明", "淑芬", "家豪", "雅婷", "俊傑", "美玲", "建宏", "佳穎", "宗翰", "心怡", "冠宇"}
