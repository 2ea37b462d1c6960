package dcat

import "fincat/vocab"

// qualityDimensions are the four of the government's mechanism for the quality of
// data (政府資料品質提升機制), and one of ours for what the mechanism counts besides.
var qualityDimensions = []concept{
	{"direct", "資料可直接取得", "Data can be had directly"}, {"easy", "資料易於處理", "Data is easy to process"},
	{"clear", "資料易於理解", "Data is easy to understand"}, {"feedback", "民眾意見回饋", "Feedback of the public"},
	{"overall", "整體", "Overall"},
}

// qualityMetrics are what quality measurements measure.
var qualityMetrics = []struct {
	concept
	dimension string
}{
	{concept{"link", "連結有效性", "Link works"}, "direct"},
	{concept{"download", "資料可直接下載", "Data can be downloaded directly"}, "direct"},
	{concept{"structured", "結構化檔案類型", "Structured file type"}, "easy"},
	{concept{"encoding", "編碼描述與資料相符", "Encoding as described"}, "clear"},
	{concept{"fields", "欄位描述與資料相符", "Fields as described"}, "clear"},
	{concept{"timeliness", "更新時效性", "Updated in time"}, "clear"},
	{concept{"response", "回復效率", "Answers to the public"}, "feedback"},
	{concept{"badge", "品質標章", "Badge"}, "overall"},
	{concept{"portal-badge", "平臺品質檢測", "Badge that the portal gives"}, "overall"},
	{concept{"open-api", "符合OAS標準之OPEN API", "Open API after the OpenAPI specification"}, "overall"},
	{concept{"stars", "開放資料五星", "Stars of open data"}, "overall"},
	{concept{"star-1", "一星：開放授權且可取得", "One star: to be had under an open licence"}, "overall"},
	{concept{"star-2", "二星：結構化資料", "Two stars: structured data"}, "overall"},
	{concept{"star-3", "三星：非專屬格式", "Three stars: a format that nobody owns"}, "overall"},
	{concept{"star-4", "四星：以 URI 指稱事物", "Four stars: URIs denote things"}, "overall"},
	{concept{"star-5", "五星：連結其他資料", "Five stars: linked to other data"}, "overall"},
}

// metrics adds the scheme of quality metrics and of their dimensions.
func (s *sink) metrics(b Base) {
	dimensions := s.scheme(b, "quality-dimension", "品質面向", "Dimensions of quality", "", vocab.DQVDimension)
	for _, c := range qualityDimensions {
		s.concept(b.QualityDimension(c.code), dimensions, c)
	}
	metrics := s.scheme(b, "metric", "品質指標", "Quality metrics", "", vocab.DQVMetric)
	for _, m := range qualityMetrics {
		s.concept(b.Metric(m.code), metrics, m.concept)
		s.at(b.Metric(m.code), func(s *sink) {
			s.link(vocab.DQVInDimension, b.QualityDimension(m.dimension))
			if m.code == "stars" {
				s.link(vocab.DQVExpectedDataType, vocab.XSDInteger)
				return
			}
			s.link(vocab.DQVExpectedDataType, vocab.XSDString)
		})
	}
}
