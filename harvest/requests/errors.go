package requests

import "errors"

// InputError says what is wrong with what somebody sent.
type InputError struct{ Field, Detail, ZH string } // ZH is the detail in Chinese

func (e *InputError) Error() string { return e.Field + ": " + e.Detail }

// Errors of what somebody asks for.
var (
	ErrNone    = errors.New("there is no such request or comment")
	ErrChanged = errors.New("somebody else has changed it meanwhile")
	ErrMany    = errors.New("too much is being sent at the moment: try again later")
	ErrOff     = errors.New("nothing is taken here: requests: mail: is not configured")
	ErrKey     = errors.New("the link is not valid, or no longer")
	ErrRole    = errors.New("this needs the role of the organisation that answers, of the sector's coordinating " +
		"unit, or of a maintainer")
)

// fields are the names of what is filled in.
var fields = map[string]string{"kind": "類別", "title": "主旨", "text": "內容", "purpose": "用途", "sector": "業別",
	"datasets": "相近的資料集", "dataset": "資料集", "address": "電子郵件", "organisation": "權責機關", "action": "動作",
	"reason": "理由", "expected": "預計的資料集", "result": "開放的資料集", "form": "表單"}

// said are the errors that have no field.
var said = map[error]string{ErrNone: "沒有這個案件。", ErrChanged: "其他人已先更新了這個案件。",
	ErrMany: "目前送出的內容太多，請稍後再試。", ErrOff: "本站目前不受理。", ErrKey: "連結無效，或已失效。",
	ErrRole: "須為權責機關、業別的協調整合單位或維護者。"}

// Chinese says in Chinese what is wrong, where it is one of these errors.
func Chinese(err error) (text string, ok bool) {
	var input *InputError
	if errors.As(err, &input) {
		return fields[input.Field] + "：" + input.ZH, true
	}
	for one, text := range said {
		if errors.Is(err, one) {
			return text, true
		}
	}
	return "", false
}
