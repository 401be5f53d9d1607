package web

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"tertial/internal/tertial"
)

// feed makes iCalendar files (RFC 5545): days, without times, that take nobody's time and ring no bell. The same input gives
// the same bytes, so that who subscribes is told when nothing has changed.
type feed struct {
	name    string // of the calendar, as people see it
	baseURL string
	today   tertial.Date
	say     func(id string, args ...any) string
}

// How often a subscriber should look again.
const feedRefresh = "PT6H"

// render returns a calendar with the last days of actions and with events of the wheel. Actions without a last day
// are left out.
func (f *feed) render(actions []tertial.Action, events []tertial.Occurrence) []byte {
	c := ics.NewCalendarFor("tertial")
	c.SetProductId("-//tertial//tertial//SV")
	c.SetMethod(ics.MethodPublish)
	c.SetCalscale("GREGORIAN")
	c.SetName(f.name)
	c.SetXWRCalName(f.name)
	c.SetRefreshInterval(feedRefresh, ics.WithValue(string(ics.ValueDataTypeDuration)))
	c.SetXPublishedTTL(feedRefresh)
	for i := range actions {
		if !actions[i].Timing.Due.IsZero() {
			f.addAction(c, &actions[i])
		}
	}
	for i := range events {
		f.addEvent(c, &events[i])
	}
	return []byte(c.Serialize(ics.WithNewLineWindows))
}

func (f *feed) addAction(c *ics.Calendar, a *tertial.Action) {
	e := f.day(c, fmt.Sprintf("action-%d", a.ID), a.Timing.Due, a.Version)
	e.SetSummary(oneLine(f.say("calendar.action", "Ref", a.Ref, "Title", a.Title)))
	link := f.baseURL + "/actions/" + url.PathEscape(a.Ref)
	e.SetDescription(f.say("calendar.action.more", "Status", f.say("status."+string(a.Status)), "URL", link))
	e.SetURL(link)
}

func (f *feed) addEvent(c *ics.Calendar, o *tertial.Occurrence) {
	moves := 0
	if !o.Since.IsZero() { // a later move has a higher number, as RFC 5546 asks of a revision
		moves = o.Since.Sub(tertial.DateOf(2000, time.January, 1))
	}
	e := f.day(c, fmt.Sprintf("wheel-%s-%d", strings.ToLower(o.Key), o.Year), o.Date, moves)
	id := "calendar.event"
	if o.Assumed {
		id = "calendar.event.assumed"
	}
	e.SetSummary(oneLine(f.say(id, "Name", o.Name, "Year", o.Year)))
	if o.Report {
		e.SetDescription(f.say("calendar.event.period", "From", o.From, "To", o.To))
	}
}

// day adds an entry for a whole day. Its UID stays for ever, and sequence grows with each change: by both, calendars
// know an entry again and take the newest.
func (f *feed) day(c *ics.Calendar, id string, on tertial.Date, sequence int) *ics.VEvent {
	e := c.AddEvent(id + "@" + f.host())
	e.SetDtStampTime(noon(f.today))
	e.SetAllDayStartAt(noon(on))
	e.SetAllDayEndAt(noon(on.AddDays(1))) // the end is the first day after
	e.SetSequence(max(sequence, 0))
	e.SetTimeTransparency(ics.TransparencyTransparent)
	e.AddProperty("X-MICROSOFT-CDO-BUSYSTATUS", "FREE")
	return e
}

func (f *feed) host() string {
	u, err := url.Parse(f.baseURL)
	if err != nil || u.Hostname() == "" {
		return "tertial"
	}
	return u.Hostname()
}

// noon is a moment that has the date in every zone near ours.
func noon(d tertial.Date) time.Time {
	y, m, day := d.Civil()
	return time.Date(y, m, day, 12, 0, 0, 0, time.UTC)
}

// oneLine keeps a text from breaking a line, whatever was stored.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
