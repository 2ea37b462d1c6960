package requests

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"fincat/vocab/dcat"
)

// words choose the language of a mail.
func words(lang, zh, en string) string {
	if lang == "en" {
		return en
	}
	return zh
}

// mailLink is the address of the page that a mail leads to.
func mailLink(base dcat.Base, id, person, signature, lang string) string {
	q := url.Values{"case": {id}, "key": {signature}}
	if person != "" {
		q.Set("for", person)
	}
	if lang == "en" {
		q.Set("lang", lang)
	}
	return string(base) + "requests/mail?" + q.Encode()
}

// quoted keeps what strangers write within its place in a mail.
func quoted(text string) string { return "> " + strings.ReplaceAll(text, "\n", "\n> ") }

// write puts a letter to who filed a case into its outbox, if an address is kept.
func write(b *Book, p *private, l letter) {
	if p.Address != "" && b.Takes() {
		l.To = []string{p.Address}
		p.post(l)
	}
}

func filedLink(b *Book, p *private, id string) string {
	return mailLink(b.o.Base, id, "", b.vault.sign("filed", id), p.lang())
}

func footer(lang string) string {
	return words(lang, "\n\n您的電子郵件地址不會公開，只用於通知本案進度；由上述連結可隨時刪除。若您並未送出，請忽略本信，資料將自動刪除。\n",
		"\n\nYour address is not published and is used for news of this case only; by the link above you can "+
			"delete it at any time. If you did not send this, ignore this mail: what was sent will be deleted.\n")
}

// confirmLetter asks who filed something to confirm the address. It says nothing of what was
// filed, so that nobody can have a text of theirs sent to others.
func confirmLetter(b *Book, p *private) letter {
	lang, hours := p.lang(), int(time.Duration(b.c.Confirm)/time.Hour)
	return letter{Subject: words(lang, "請確認您的電子郵件地址", "Please confirm your address"),
		Text: words(lang, fmt.Sprintf("有人以此地址在 %s 送出了資料需求或意見。請於 %d 小時內開啟下列連結確認，確認後由人員審視再公開：\n\n%s",
			b.o.Base, hours, filedLink(b, p, p.Case.ID)),
			fmt.Sprintf("Somebody has sent a data request or comment with this address at %s. Please confirm it "+
				"within %d hours by this link; a person then looks at it before it is published:\n\n%s",
				b.o.Base, hours, filedLink(b, p, p.Case.ID))) + footer(lang)}
}

// supportLetter asks who supports a request to confirm the address.
func supportLetter(b *Book, x *Case, to, lang, person string) letter {
	at := mailLink(b.o.Base, x.ID, person, b.vault.sign("support", x.ID, person), lang)
	return letter{To: []string{to}, Subject: words(lang, "請確認您支持這項資料需求", "Please confirm your support"),
		Text: words(lang, fmt.Sprintf("請開啟下列連結，確認您支持：\n\n%s\n\n%s", quoted(x.Title), at),
			fmt.Sprintf("Please confirm by this link that you support:\n\n%s\n\n%s", quoted(x.Title), at)) +
			words(lang, "\n\n本站不保存您的電子郵件地址。\n", "\n\nYour address is not kept.\n")}
}

func rejectLetter(b *Book, p *private, title, why string) letter {
	lang := p.lang()
	return letter{Last: true, Subject: words(lang, "您送出的內容未公開", "What you sent is not published"),
		Text: words(lang, fmt.Sprintf("您在 %s 送出的下列內容未公開：\n\n%s\n\n原因：\n%s\n\n您的電子郵件地址已刪除。\n", b.o.Base,
			quoted(title), why),
			fmt.Sprintf("What you sent at %s is not published:\n\n%s\n\nThe reason:\n%s\n\nYour address was "+
				"deleted.\n", b.o.Base, quoted(title), why))}
}

// tell has who filed a case, and the organisation that has something to do now, be told how it
// stands.
func tell(b *Book, p *private, x *Case) {
	if !b.Takes() {
		return
	}
	e, lang := x.Events[len(x.Events)-1], p.lang()
	if e.Auto && e.State == Tracking && len(x.Events) > 1 {
		e = x.Events[len(x.Events)-2] // the decision that led to it
	}
	more := ""
	if e.Text != "" {
		more = "\n\n" + quoted(e.Text)
	}
	if x.Result != "" {
		more += "\n\n" + x.Result
	}
	s := States[e.State]
	write(b, p, letter{Subject: words(lang, "案件進度："+s.ZH, "How your case stands: "+s.EN),
		Text: words(lang, fmt.Sprintf("「%s」目前狀態：%s%s\n\n%s\n\n管理您的資料：%s", x.Title, s.ZH, more, x.IRI(b.o.Base),
			filedLink(b, p, x.ID)),
			fmt.Sprintf("%q is now: %s%s\n\n%s\n\nYour data: %s", x.Title, s.EN, more, x.IRI(b.o.Base),
				filedLink(b, p, x.ID))) + footer(lang)})
	if x.End().IsZero() {
		inform(b, p, x, "有案件待處理", "A case waits for you", duty(b, x))
	}
}

// duty are the addresses of who has to do the next step of a case: the moderators, where of others
// none is known.
func duty(b *Book, x *Case) (out []string) {
	switch {
	case x.State == Waiting:
	case x.Organisation != "" && (x.State != Accepted || x.Kind.IsComment()):
		out = b.c.Contacts[x.Organisation]
	default:
		for _, id := range coordinating(b, x) {
			out = append(out, b.c.Contacts[id]...)
		}
	}
	if len(out) == 0 {
		return b.c.Moderators
	}
	return out
}

// inform writes to organisations, in both languages. Of what is not published it says nothing.
func inform(b *Book, p *private, x *Case, zh, en string, to []string) {
	if len(to) == 0 || !b.Takes() {
		return
	}
	title, at := x.Title, x.IRI(b.o.Base)
	if x.State == Waiting {
		title, at = x.ID, string(b.o.Base)+"requests/queue"
	}
	due := "—"
	if !x.Due.IsZero() {
		due = x.Due.In(taipei).Format(time.DateOnly)
	}
	state := States[x.State]
	if x.State == Waiting {
		state = Label{"待審", "waiting for release"}
	}
	p.post(letter{To: to, Subject: zh + " " + en,
		Text: fmt.Sprintf("%s\n%s\n\n%s\n狀態 State: %s %s\n期限 Due: %s\n%s\n", zh, en, quoted(title),
			state.ZH, state.EN, due, at)})
}

func queueLetter(b *Book) letter {
	return letter{To: b.c.Moderators, Subject: "有內容待審 Something waits for release",
		Text: fmt.Sprintf("有內容待審，公開前須由人員審視。\nSomething waits to be looked at before it is published.\n\n%s\n",
			string(b.o.Base)+"requests/queue")}
}
