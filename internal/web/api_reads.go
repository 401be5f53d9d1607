package web

import (
	"errors"
	"net/http"

	"tertial/internal/tertial"
)

// apiOverview is what the first page tells.
type apiOverview struct {
	AsOf      tertial.Date  `json:"as_of"`
	Count     tertial.Count `json:"count"`
	Reported  int           `json:"reported"`
	Deviating int           `json:"deviating"`
	Review    int           `json:"review"`
	Unheld    int           `json:"unheld"`
	Decisions int           `json:"decisions"`
	DateQueue int           `json:"date_queue"`
	Problems  int           `json:"problems"`
	Years     []int         `json:"years"`
}

func (c *apiCall) overview() error {
	day := c.query.date("as_of")
	if err := c.query.done(); err != nil {
		return err
	}
	if day.IsZero() {
		day = c.today
	}
	o, err := c.house.Overview(c.r.Context(), day)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, apiOverview{
		AsOf: day, Count: o.Count, Reported: o.Reported, Deviating: o.Deviating, Review: o.Review, Unheld: o.Unheld,
		Decisions: o.Decisions, DateQueue: o.DateQueue, Problems: o.Problems, Years: o.Years,
	})
}

func (c *apiCall) listAnswers() error {
	a, err := c.action()
	if err != nil {
		return err
	}
	answers, err := c.house.ActionAnswers(c.r.Context(), a.Ref)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, struct {
		Answers []tertial.Answer `json:"answers"`
	}{answers})
}

func (c *apiCall) listEvidence() error {
	a, err := c.action()
	if err != nil {
		return err
	}
	files, err := c.house.ActionEvidence(c.r.Context(), a.Ref)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, struct {
		Evidence []tertial.Evidence `json:"evidence"`
	}{files})
}

// apiPlanned is one mail that will go, as the command line tells it.
type apiPlanned struct {
	Date  tertial.Date     `json:"date"`
	To    string           `json:"to"`
	Items []apiPlannedItem `json:"items"`
}

// apiPlannedItem is one row of it.
type apiPlannedItem struct {
	Ref   string       `json:"action"`
	Kind  tertial.Kind `json:"kind"`
	Due   tertial.Date `json:"due"`
	Event string       `json:"event"`
	Late  bool         `json:"late"`
}

// planDays is how many days a plan may have.
const planDays = 366

func (c *apiCall) plan() error {
	from, to := c.query.date("from"), c.query.date("to")
	if from.IsZero() {
		from = c.today
	}
	if to.IsZero() {
		to = from.AddMonths(3)
	}
	switch {
	case to.Before(from):
		c.query.refuse("to", "%s lies before from %s", to, from)
	case to.Sub(from) >= planDays:
		c.query.refuse("to", "from %s to %s are more than %d days", from, to, planDays)
	case to.Sub(c.today) > 10*planDays:
		c.query.refuse("to", "%s lies more than ten years ahead", to)
	}
	if err := c.query.done(); err != nil {
		return err
	}
	mails, err := c.house.Plan(c.r.Context(), from, to)
	if err != nil {
		return err
	}
	planned := make([]apiPlanned, len(mails))
	for i, m := range mails {
		planned[i] = apiPlanned{Date: m.Date, To: m.To, Items: make([]apiPlannedItem, len(m.Items))}
		for j, x := range m.Items {
			planned[i].Items[j] = apiPlannedItem{Ref: x.Ref, Kind: x.Kind, Due: x.Due, Event: x.Event, Late: x.Late}
		}
	}
	return c.write(http.StatusOK, struct {
		Mails []apiPlanned `json:"mails"`
	}{planned})
}

// apiEvent is one occurrence of the wheel, as the command line tells it.
type apiEvent struct {
	Key     string       `json:"key"`
	Name    string       `json:"name"`
	Date    tertial.Date `json:"date"`
	Assumed bool         `json:"assumed"`
	Year    int          `json:"year"` // of the report
}

func (c *apiCall) wheel() error {
	year := c.query.number("year", 2000, 2100, c.today.Year())
	if err := c.query.done(); err != nil {
		return err
	}
	wheel, err := c.house.Wheel(c.r.Context())
	if err != nil {
		return err
	}
	var events []apiEvent
	for _, o := range wheel.In(year) {
		events = append(events, apiEvent{Key: o.Key, Name: o.Name, Date: o.Date, Assumed: o.Assumed, Year: o.Year})
	}
	return c.write(http.StatusOK, struct {
		Events []apiEvent `json:"events"`
	}{events})
}

// apiMessages is a part of the outbox, the newest first.
type apiMessages struct {
	Messages []tertial.Message `json:"messages"`
	Next     string            `json:"next"`
}

func (c *apiCall) listMessages() error {
	states := apiWords(c.query, "state", tertial.MessageQueued, tertial.MessageSending, tertial.MessageUnknown, tertial.MessageSent,
		tertial.MessageCaptured, tertial.MessageFailed, tertial.MessageExpired, tertial.MessageVoid)
	limit := c.query.number("limit", 1, apiPageMost, apiPage)
	to, before := c.query.text("to"), int64(0)
	if given, ok := c.query.given("before"); ok {
		if before, ok = apiDigits(given); !ok || before < 1 {
			c.query.refuse("before", "%s is no number of a message", apiEcho(given))
		}
	}
	if err := c.query.done(); err != nil {
		return err
	}
	messages, err := c.house.MessagePage(c.r.Context(), states, to, before, limit)
	if err != nil {
		return err
	}
	list := apiMessages{Messages: messages}
	if len(messages) == limit {
		list.Next = apiFollowing(c.r, c.query, "before", messages[limit-1].ID)
	}
	return c.write(http.StatusOK, list)
}

// message returns the message that the address names by its number.
func (c *apiCall) message() (tertial.Message, error) {
	given := c.r.PathValue("id")
	id, ok := apiDigits(given)
	missing := problemf(http.StatusNotFound, "not_found", "there is no message %s", apiEcho(given))
	if !ok || id < 1 {
		return tertial.Message{}, missing
	}
	m, err := c.house.Message(c.r.Context(), id)
	if errors.Is(err, tertial.ErrNotFound) {
		return m, missing
	}
	return m, err
}

func (c *apiCall) getMessage() error {
	m, err := c.message()
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, m)
}

func (c *apiCall) listAttempts() error {
	m, err := c.message()
	if err != nil {
		return err
	}
	attempts, err := c.house.Attempts(c.r.Context(), m.ID)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, struct {
		Attempts []tertial.Attempt `json:"attempts"`
	}{attempts})
}
