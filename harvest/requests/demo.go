package requests

import (
	"context"
	"time"
)

// Demo publishes cases that are made up, where the book has none yet. They are marked so, and count
// in no figure.
func (b *Book) Demo(ctx context.Context, samples []Case) error {
	end, err := b.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	if len(b.cases) > 0 {
		return nil
	}
	var list []*Case
	for i := range samples {
		x := samples[i].clone()
		x.Demo = true
		list = append(list, x)
	}
	_, err = b.commit(ctx, "", list...)
	return err
}

// Samples are cases that nobody has filed: requests in several states, and a question about a
// dataset of an organisation.
func Samples(dataset, organisation string) []Case {
	at := func(day int) time.Time { return time.Date(2026, 7, day, 2, 0, 0, 0, time.UTC) }
	step := func(s State, day int, by, text string) Event { return Event{At: at(day), State: s, By: by, Text: text} }
	sample := func(id, title, text string) Case {
		return Case{ID: id, Kind: Request, Version: 1, Title: "［示範］" + title, Text: text, Filed: at(1),
			Purpose: "示範資料，說明這項功能。", AnswerDue: endOfDay(at(1), 45)}
	}
	open := sample("20260701-demo22", "各銀行信用卡逐月逾期金額", "希望有機器可讀、逐月、逐銀行的信用卡逾期與轉銷金額。")
	open.Sector, open.Organisation, open.Support = "banking", "banking-bureau", 12
	open.State, open.Due = Assessment, endOfDay(at(5), 30)
	open.Events = []Event{step(Accepted, 1, "", ""), step(Responsible, 2, "", ""),
		step(Assessment, 5, "banking-bureau", "確認為本局權責。")}

	tracked := sample("20260701-demo33", "保險業理賠件數與金額", "希望按險種與年度提供。")
	tracked.Sector, tracked.Organisation, tracked.Support = "insurance", "insurance-bureau", 5
	tracked.State, tracked.Decision, tracked.Reason = Tracking, Partly, "personal"
	tracked.Answered, tracked.Due = at(20), endOfDay(at(20), 90)
	tracked.Events = []Event{step(Accepted, 1, "", ""), step(Responsible, 2, "", ""),
		step(Assessment, 6, "insurance-bureau", ""),
		step(Partly, 20, "insurance-bureau", "件數與金額按險種開放；個案資料不開放。"), step(Tracking, 20, "", "")}

	refused := sample("20260701-demo44", "各證券商客戶名單", "希望取得客戶名單。")
	refused.Sector, refused.Organisation = "securities-futures", "twse"
	refused.State, refused.Decision, refused.Reason, refused.Answered = Refused, Refused, "personal", at(9)
	refused.Events = []Event{step(Accepted, 1, "", ""), step(Responsible, 2, "", ""),
		step(Assessment, 3, "twse", ""), step(Refused, 9, "twse", "屬個人資料，依法不得公開。")}

	asked := sample("20260701-demo55", "欄位單位說明", "「金額」欄位的單位是元還是千元？")
	asked.Kind, asked.Purpose, asked.Datasets = Question, "", []string{dataset}
	asked.Organisation, asked.State, asked.Answered = organisation, Answered, at(4)
	asked.Events = []Event{step(Accepted, 1, "", ""), step(Answered, 4, organisation, "單位為新臺幣千元，已補充於欄位說明。")}
	return []Case{open, tracked, refused, asked}
}
