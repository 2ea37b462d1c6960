package dcat

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/width"
)

// frequency is one concept of the EU frequency list with our Chinese label.
type frequency struct{ code, zh, en string }

var frequencies = []frequency{
	{"1MIN", "每1分鐘", "every minute"}, {"5MIN", "每5分鐘", "every five minutes"}, {"10MIN", "每10分鐘", "every ten minutes"},
	{"15MIN", "每15分鐘", "every fifteen minutes"}, {"30MIN", "每30分鐘", "every thirty minutes"},
	{"HOURLY", "每小時", "hourly"}, {"BIHOURLY", "每2小時", "bihourly"}, {"TRIHOURLY", "每3小時", "trihourly"},
	{"12HRS", "每12小時", "every twelve hours"},
	{"DAILY", "每日", "daily"}, {"DAILY_2", "每日2次", "twice a day"},
	{"WEEKLY", "每週", "weekly"}, {"WEEKLY_2", "每週2次", "twice a week"}, {"WEEKLY_3", "每週3次", "three times a week"},
	{"BIWEEKLY", "每2週", "biweekly"},
	{"MONTHLY", "每月", "monthly"}, {"MONTHLY_2", "每月2次", "twice a month"}, {"MONTHLY_3", "每月3次", "three times a month"},
	{"BIMONTHLY", "每2月", "bimonthly"},
	{"QUARTERLY", "每季", "quarterly"}, {"ANNUAL_3", "每4月", "three times a year"}, {"ANNUAL_2", "每半年", "semiannual"},
	{"ANNUAL", "每年", "annual"},
	{"BIENNIAL", "每2年", "biennial"}, {"TRIENNIAL", "每3年", "triennial"}, {"QUADRENNIAL", "每4年", "quadrennial"},
	{"QUINQUENNIAL", "每5年", "quinquennial"},
	{"DECENNIAL", "每10年", "decennial"},
	{"BIDECENNIAL", "每20年", "bidecennial"}, {"TRIDECENNIAL", "每30年", "tridecennial"},
	{"CONT", "即時", "continuous"}, {"UPDATE_CONT", "持續更新", "continuously updated"}, {"IRREG", "不定期更新", "irregular"},
	{"NEVER", "不更新", "never"}, {"AS_NEEDED", "依需要更新", "as needed"}, {"NOT_PLANNED", "未規劃更新", "not planned"},
	{"UNKNOWN", "未知", "unknown"}, {"OTHER", "其他", "other"},
}

const (
	cldFrequency  = "http://purl.org/cld/freq/"
	sdmxFrequency = "http://purl.org/linked-data/sdmx/2009/code#freq-"
)

// sameFrequency are the concepts of the Dublin Core and SDMX lists, by EU code.
var sameFrequency = map[string][]string{
	"ANNUAL":    {cldFrequency + "annual", sdmxFrequency + "A"},
	"ANNUAL_2":  {cldFrequency + "semiannual", sdmxFrequency + "S"},
	"ANNUAL_3":  {cldFrequency + "threeTimesAYear"},
	"BIENNIAL":  {cldFrequency + "biennial"},
	"BIMONTHLY": {cldFrequency + "bimonthly"},
	"BIWEEKLY":  {cldFrequency + "biweekly"},
	"CONT":      {cldFrequency + "continuous"},
	"DAILY":     {cldFrequency + "daily", sdmxFrequency + "D"},
	"IRREG":     {cldFrequency + "irregular"},
	"MONTHLY":   {cldFrequency + "monthly", sdmxFrequency + "M"},
	"MONTHLY_2": {cldFrequency + "semimonthly"},
	"MONTHLY_3": {cldFrequency + "threeTimesAMonth"},
	"QUARTERLY": {cldFrequency + "quarterly", sdmxFrequency + "Q"},
	"TRIENNIAL": {cldFrequency + "triennial"},
	"WEEKLY":    {cldFrequency + "weekly", sdmxFrequency + "W"},
	"WEEKLY_2":  {cldFrequency + "semiweekly"},
	"WEEKLY_3":  {cldFrequency + "threeTimesAWeek"},
	"HOURLY":    {sdmxFrequency + "H"},
}

// every is a period as people write it: 每10分鐘, 每2個月更新1次, 1年4次, 每雙週, 隔日, 每週一,
// 每月10日前. Its parts are the word for every, the number, the unit and how often.
var every = regexp.MustCompile(`^(每|隔)?(半|雙|\d*)個?(分鐘|分|小時|時|工作日|營業日|交易日|日|天|週|周|星期|禮拜|旬|` +
	`月|季|學期|學年度?|年度?)(?:第?\d+個?[月日號週季])*(?:[前底初中]|左右)?` +
	`(?:更新)?(?:(\d+)次)?(?:更新)?$`)

// weekday is a day of the week after the unit.
var weekday = regexp.MustCompile(`(週|周|星期|禮拜)[1-7日天](更新)?$`)

var unitNames = strings.NewReplacer("分鐘", "分", "小時", "時", "工作日", "日", "營業日", "日", "交易日", "日", "天", "日",
	"周", "週", "星期", "週", "禮拜", "週", "學期", "學期", "學年度", "年", "學年", "年", "年度", "年")

// months, days and minutes map periods of so many to EU codes.
var (
	months = map[int]string{1: "MONTHLY", 2: "BIMONTHLY", 3: "QUARTERLY", 4: "ANNUAL_3", 6: "ANNUAL_2", 12: "ANNUAL",
		24: "BIENNIAL", 36: "TRIENNIAL", 48: "QUADRENNIAL", 60: "QUINQUENNIAL", 120: "DECENNIAL",
		240: "BIDECENNIAL", 360: "TRIDECENNIAL"}
	days    = map[int]string{1: "DAILY", 7: "WEEKLY", 14: "BIWEEKLY"}
	minutes = map[int]string{1: "1MIN", 5: "5MIN", 10: "10MIN", 15: "15MIN", 30: "30MIN", 60: "HOURLY",
		120: "BIHOURLY", 180: "TRIHOURLY", 720: "12HRS", 1440: "DAILY"}
	severalTimes = map[string]string{"日2": "DAILY_2", "週2": "WEEKLY_2", "週3": "WEEKLY_3", "月2": "MONTHLY_2",
		"月3": "MONTHLY_3"}
)

// unit is a unit of [every]: how many it is of those that a table counts.
type unit struct {
	table map[int]string
	of    int
}

var units = map[string]unit{
	"分": {minutes, 1}, "時": {minutes, 60}, "日": {days, 1}, "週": {days, 7}, "月": {months, 1}, "季": {months, 3},
	"學期": {months, 6}, "年": {months, 12},
}

// halves are the units that can be halved.
var halves = map[string]unit{"時": {minutes, 30}, "日": {minutes, 720}, "年": {months, 6}}

// frequencyWords maps what is no period to EU codes: words of the Taiwanese
// lists, Dublin Core frequencies and ISO 8601 repetitions.
var frequencyWords = map[string]string{
	"即時": "CONT", "實時": "CONT", "隨時": "UPDATE_CONT", "持續": "UPDATE_CONT", "不定期": "IRREG", "不定時": "IRREG",
	"非定期": "IRREG",
	"不":   "NEVER", "不再": "NEVER", "停止": "NEVER", "1次性": "NEVER", "僅1次": "NEVER", "未知": "UNKNOWN", "其他": "OTHER",
	"依需要": "AS_NEEDED", "視需要": "AS_NEEDED", "依需求": "AS_NEEDED", "視需求": "AS_NEEDED", "有異動時": "AS_NEEDED",
	"異動時": "AS_NEEDED", "有異動即": "AS_NEEDED", "每旬": "MONTHLY_3", "旬": "MONTHLY_3", "半月": "MONTHLY_2",
	"每半月":       "MONTHLY_2",
	"每半個月":      "MONTHLY_2",
	"irregular": "IRREG", "continuous": "CONT", "realtime": "CONT", "semiweekly": "WEEKLY_2",
	"threetimesaweek": "WEEKLY_3", "threetimesamonth": "MONTHLY_3", "semimonthly": "MONTHLY_2",
	"threetimesayear": "ANNUAL_3", "semiannual": "ANNUAL_2", "biannually": "ANNUAL_2", "yearly": "ANNUAL",
	"annually": "ANNUAL", "everyday": "DAILY", "fortnightly": "BIWEEKLY", "asneeded": "AS_NEEDED",
	"notplanned": "NOT_PLANNED", "unknown": "UNKNOWN",
	"r/p0.5m": "MONTHLY_2", "r/p3.5d": "WEEKLY_2", "r/pt1s": "CONT", "r/p0.33m": "MONTHLY_3",
	"r/p0.33w": "WEEKLY_3",
}

// repetition is a period of ISO 8601, repeated or not: R/P3M, P1D, PT10M.
var repetition = regexp.MustCompile(`^(?:r\d*/)?p(?:(\d+)y|(\d+)m|(\d+)w|(\d+)d|t(\d+)h|t(\d+)m)$`)

// Frequency returns the EU frequency concept that text or another vocabulary's
// IRI stands for; ok is false when none fits.
func Frequency(text string) (iri string, ok bool) {
	if len(text) > maxFrequency {
		return "", false
	}
	word := strings.TrimSpace(width.Fold.String(text))
	for code, same := range sameFrequency {
		if slices.Contains(same, word) {
			return euFrequency + code, true
		}
	}
	word = strings.TrimPrefix(strings.TrimPrefix(word, euFrequency), cldFrequency)
	for _, f := range frequencies {
		if strings.EqualFold(word, f.code) || strings.EqualFold(word, f.en) || word == f.zh {
			return euFrequency + f.code, true
		}
	}
	word = strings.ToLower(blanks.Replace(numerals.ReplaceAllStringFunc(word, digits)))
	for _, w := range []string{word, strings.TrimSuffix(word, "更新")} {
		if code, ok := frequencyWords[w]; ok {
			return euFrequency + code, true
		}
	}
	code := period(word)
	return euFrequency + code, code != ""
}

const maxFrequency = 200 // bytes; what is longer is a text of its own

var blanks = strings.NewReplacer(" ", "", "\t", "", "-", "", "_", "", "。", "", "(", "", ")", "")

// numerals are numbers below a hundred in Chinese.
var numerals = regexp.MustCompile(`[一二兩三四五六七八九十]+`)

// digits writes such a number with digits.
func digits(numeral string) string {
	tens, ones, ten := strings.Cut(numeral, "十")
	value := func(s string) (n int) {
		for _, c := range s {
			n = 10*n + map[rune]int{'一': 1, '二': 2, '兩': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}[c]
		}
		return n
	}
	if !ten {
		return strconv.Itoa(value(tens))
	}
	return strconv.Itoa(10*max(1, value(tens)) + value(ones))
}

// period returns the code of a period, "" when the EU list has none for it.
func period(word string) string {
	if m := repetition.FindStringSubmatch(word); m != nil {
		for i, name := range []string{"年", "月", "週", "日", "時", "分"} {
			if n, err := strconv.Atoi(m[i+1]); err == nil {
				return units[name].table[n*units[name].of]
			}
		}
	}
	m := every.FindStringSubmatch(weekday.ReplaceAllString(word, "$1"))
	if m == nil {
		return ""
	}
	n, err := strconv.Atoi(m[2])
	if err == nil && m[1]+m[4] == "" || n > 1000 {
		return "" // 3月 may be March
	}
	name := unitNames.Replace(m[3])
	u := units[name]
	switch {
	case m[2] == "半":
		u, n = halves[name], 1
	case m[1] == "隔" && err != nil, m[2] == "雙":
		n = 2
	case err != nil:
		n = 1
	}
	times, _ := strconv.Atoi(m[4])
	return u.code(n, max(1, times), name)
}

// code returns the code of so many times in n units.
func (u unit) code(n, times int, name string) string {
	if code := severalTimes[name+strconv.Itoa(times)]; n == 1 && code != "" {
		return code
	}
	n *= u.of
	if n%times == 0 && u.table[n/times] != "" {
		return u.table[n/times]
	}
	if name == "日" || name == "週" {
		n *= 1440
		if n%times == 0 {
			return minutes[n/times]
		}
	}
	return ""
}

// SetFrequency fills Frequency and FrequencyAs from a source's words or IRI.
func (d *Dataset) SetFrequency(text string) {
	text = strings.TrimSpace(text)
	if iri, ok := Frequency(text); ok {
		d.Frequency = iri
	} else if hasScheme(text) {
		d.Frequency = text
	}
	if !hasScheme(text) {
		d.FrequencyAs = text
	}
}
