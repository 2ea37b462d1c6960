package requests

import "slices"

// Kind is what a case is.
type Kind string

// The kinds.
const (
	Request  Kind = "request"  // 資料需求: for data
	Question Kind = "question" // 提問: about a dataset
	Fault    Kind = "fault"    // 錯誤通報: about a dataset
)

// IsComment reports whether a case is about one dataset.
func (k Kind) IsComment() bool { return k == Question || k == Fault }

// State is how far a case is.
type State string

// The states. A request goes from Accepted by Responsible and Assessment to a decision: Open or
// Partly, which lead to Tracking and, once there is a dataset, to Closed; or Refused. A comment goes
// from Accepted to Answered.
const (
	Unconfirmed State = "unconfirmed" // its address is not confirmed; private
	Waiting     State = "waiting"     // 待審: for a moderator; private
	Accepted    State = "accepted"    // 受理
	Responsible State = "responsible" // 權責確認
	Assessment  State = "assessment"  // 評估
	Open        State = "open"        // 開放; of a decision
	Partly      State = "partly"      // 部分開放; of a decision
	Refused     State = "refused"     // 不開放
	Tracking    State = "tracking"    // 追蹤
	Closed      State = "closed"      // 結案
	Answered    State = "answered"    // 已回復; of a comment
	answer      State = "answer"      // of rules: of a decision or answer, from the filing on
)

// Label is a text in both languages.
type Label struct{ ZH, EN string }

// States are the names of the states that are published.
var States = map[State]Label{
	Accepted: {"受理", "Accepted"}, Responsible: {"權責確認", "Finding who is responsible"},
	Assessment: {"評估", "Assessment"}, Open: {"開放", "Open"}, Partly: {"部分開放", "Partly open"},
	Refused: {"不開放", "Not open"}, Tracking: {"追蹤", "Tracking"}, Closed: {"結案", "Closed"},
	Answered: {"已回復", "Answered"},
}

// Kinds are the names of the kinds.
var Kinds = map[Kind]Label{Request: {"資料需求", "Data request"}, Question: {"提問", "Question"},
	Fault: {"錯誤通報", "Fault report"}}

// Reason is why data are not opened, or not all of them.
type Reason struct {
	Code string
	Label
}

// Reasons is the list of them, the first for what must not be published by law.
var Reasons = []Reason{
	{"law", Label{"法令限制公開或應保密", "The law restricts publication"}},
	{"personal", Label{"涉及個人資料，無法去識別化", "Personal data that cannot be made anonymous"}},
	{"trade-secret", Label{"涉及營業秘密或契約限制", "Trade secrets or contracts"}},
	{"no-data", Label{"機關未持有此項資料", "The organisation does not have the data"}},
	{"cost", Label{"蒐集或整理成本過高", "Collecting or preparing it costs too much"}},
	{"exists", Label{"已有資料集提供", "A dataset has it already"}},
	{"fee", Label{"屬收費或申請提供之資料", "It is provided for a fee or on application"}},
	{"other", Label{"其他", "Another reason"}},
}

// IsReason reports whether a code is in the list.
func IsReason(code string) bool {
	return slices.ContainsFunc(Reasons, func(r Reason) bool { return r.Code == code })
}

// Action is something that can be done with a published case.
type Action struct {
	Name    string
	From    []State
	To      State // where it leads; a decision leads on to Tracking
	Central bool  // for maintainers and the sector's coordinating unit; else the owning organisation too
	Comment bool  // of comments; else of requests
	Reason  bool  // one of the list is needed
	Label
}

// Actions are all of them.
var Actions = []Action{
	{Name: "assign", From: []State{Accepted, Responsible}, To: Responsible, Central: true,
		Label: Label{"指定權責機關", "Name the responsible organisation"}},
	{Name: "confirm", From: []State{Responsible}, To: Assessment,
		Label: Label{"確認權責，開始評估", "It is ours: begin the assessment"}},
	{Name: "decline", From: []State{Responsible, Assessment}, To: Accepted,
		Label: Label{"非本機關權責，退回", "It is not ours: hand it back"}},
	{Name: "open", From: []State{Assessment}, To: Open, Label: Label{"決定開放", "Decide: open"}},
	{Name: "partly", From: []State{Assessment}, To: Partly, Reason: true,
		Label: Label{"決定部分開放", "Decide: partly open"}},
	{Name: "refuse", From: []State{Assessment}, To: Refused, Reason: true,
		Label: Label{"決定不開放", "Decide: not open"}},
	{Name: "track", From: []State{Tracking}, To: Tracking, Label: Label{"更新追蹤", "Say how it goes on"}},
	{Name: "close", From: []State{Tracking}, To: Closed, Label: Label{"結案", "Close"}},
	{Name: "reopen", From: []State{Refused, Closed}, To: Assessment, Central: true,
		Label: Label{"重新評估", "Assess again"}},
	{Name: "answer", From: []State{Accepted, Answered}, To: Answered, Comment: true, Label: Label{"回復", "Answer"}},
	{Name: "settle", From: []State{Accepted, Answered}, To: Closed, Comment: true,
		Label: Label{"回復並結案", "Answer and close"}},
}

// Possible returns what can be done with a case; central is for maintainers and coordinating units.
func (x *Case) Possible(central bool) (out []Action) {
	for _, a := range Actions {
		if a.Comment == x.Kind.IsComment() && slices.Contains(a.From, x.State) && (central || !a.Central) {
			out = append(out, a)
		}
	}
	return out
}
