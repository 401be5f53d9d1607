package mail

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"tertial/internal/tertial"
)

// calendarFile is the new date of an action as an entry for a whole day. It is published and asks nobody to answer; its UID is
// the action's in every file and feed, and SEQUENCE grows with each decision, so that a calendar keeps the newest.
func (r *Renderer) calendarFile(m *tertial.Message, a account) *file {
	x := m.Answer
	cal := ics.NewCalendarFor("tertial")
	cal.SetProductId("-//tertial//tertial//" + strings.ToUpper(a.Language()))
	cal.SetMethod(ics.MethodPublish)
	e := cal.AddEvent(r.uid(x))
	at := x.DecidedAt.Time
	if at.IsZero() {
		at = m.Created.Time
	}
	e.SetDtStampTime(at)
	day := x.Date.At(0, time.UTC)
	e.SetAllDayStartAt(day)
	e.SetAllDayEndAt(day.AddDate(0, 0, 1))
	e.SetSequence(int(x.ID & 0x7fffffff))
	summary := "[" + oneLine(x.Ref, maxWord) + "]"
	if title := oneLine(x.Title, maxTitle); title != "" && a.titled() {
		summary += " " + title
	}
	e.SetSummary(summary)
	e.SetTimeTransparency(ics.TransparencyTransparent)
	e.SetProperty("X-MICROSOFT-CDO-BUSYSTATUS", "FREE")
	if r.o.BaseURL != "" {
		e.SetURL(actionPage(r.o.BaseURL, x.Ref))
	}
	return &file{name: fileName(x.Ref) + ".ics", kind: "text/calendar; charset=utf-8; method=PUBLISH",
		content: []byte(cal.Serialize(ics.WithNewLineWindows))}
}

// uid names the action's entry.
func (r *Renderer) uid(x *tertial.Answer) string {
	key := strconv.FormatInt(x.ActionID, 10)
	if x.ActionID == 0 {
		key = idPart(x.Ref)
	}
	host := r.o.Host
	if u, err := url.Parse(r.o.BaseURL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	return "action-" + key + "@" + host
}

func fileName(ref string) string {
	if name := idPart(oneLine(ref, maxWord)); name != "" {
		return name
	}
	return "tertial"
}
