package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tertial/internal/tertial"
)

const (
	mailShown    = 50 // mails on a page
	itemsShown   = 50 // actions named of one mail
	mailPlanDays = 30
	planShown    = 150 // mails to come on a page
)

// mailGroups are the states that a page shows together, by their name in the address.
func mailGroups() []string { return []string{"", "waiting", "sent", "captured", "problems", "void"} }

func mailStates(group string) []tertial.MessageState {
	switch group {
	case "waiting":
		return []tertial.MessageState{tertial.MessageQueued, tertial.MessageSending, tertial.MessageUnknown}
	case "sent":
		return []tertial.MessageState{tertial.MessageSent}
	case "captured":
		return []tertial.MessageState{tertial.MessageCaptured}
	case "problems":
		return []tertial.MessageState{tertial.MessageFailed, tertial.MessageExpired, tertial.MessageUnknown}
	case "void":
		return []tertial.MessageState{tertial.MessageVoid}
	}
	return nil
}

// mailPage is the outbox, the newest first.
type mailPage struct {
	Messages []tertial.Message
	Group    string
	Groups   []string
	To       string
	Older    int64 // the number below which the next page begins, 0 where there is none
	Newest   bool
	Held     bool
	Reason   string
	Captures bool
}

// showMail lists the outbox.
func (s *Server) showMail(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, err := s.mailPage(r)
	if err != nil {
		return err
	}
	return s.show(w, r, v, http.StatusOK, "post", page)
}

func (s *Server) mailPage(r *http.Request) (*mailPage, error) {
	query := r.URL.Query()
	page := &mailPage{
		Group: oneOf(query.Get("state"), mailGroups()...), Groups: mailGroups(),
		To: strings.TrimSpace(cutText(query.Get("to"), 320)), Captures: s.o.House.Captures(),
	}
	before, err := optionalNumber(query, "before")
	if err != nil {
		return nil, err
	}
	page.Newest = before == 0
	page.Messages, err = s.o.House.MessagePage(r.Context(), mailStates(page.Group), page.To, before, mailShown+1)
	if err != nil {
		return nil, err
	}
	if len(page.Messages) > mailShown {
		page.Messages = page.Messages[:mailShown]
		page.Older = page.Messages[mailShown-1].ID
	}
	page.Reason, page.Held, err = s.o.House.Held(r.Context())
	return page, err
}

// optionalNumber reads a number of the address, 0 where it is not there.
func optionalNumber(query url.Values, name string) (int64, error) {
	text := query.Get(name)
	if text == "" {
		return 0, nil
	}
	n, ok := pathID(text)
	if !ok {
		return 0, fmt.Errorf("%w: %s=%.20q is no number", tertial.ErrNotFound, name, text)
	}
	return n, nil
}

// messagePage is one mail: what it says, and what became of it.
type messagePage struct {
	Message  tertial.Message
	Items    []tertial.Item
	More     int
	Rendered *Rendered // nil where it cannot be made any more
	Attempts []attemptRow
	MayRetry bool
	Live     bool // nobody gets it, and its links can be followed
}

// attemptRow is one try, in words.
type attemptRow struct {
	tertial.Attempt
	Seconds string
}

// showMessage shows one mail.
func (s *Server) showMessage(w http.ResponseWriter, r *http.Request, v *visit) error {
	m, err := s.messageOf(r)
	if err != nil {
		return err
	}
	page := messagePage{Message: m, Items: m.Items[:min(len(m.Items), itemsShown)], MayRetry: v.Viewer.Coordinator && mayRetry(m.State), Live: s.o.House.Captures()}
	page.More = len(m.Items) - len(page.Items)
	switch rendered, err := s.o.House.Rendered(r.Context(), &m); {
	case err == nil:
		page.Rendered = &rendered
	case errors.Is(err, tertial.ErrUnavailable):
		return err
	default: // what is shown beside it is worth more than an error
		s.o.Log.Warn("a mail cannot be shown", "message", m.ID, "error", err)
	}
	attempts, err := s.o.House.Attempts(r.Context(), m.ID)
	if err != nil {
		return err
	}
	for _, a := range attempts {
		row := attemptRow{Attempt: a}
		if !a.Ended.IsZero() && !a.Claimed.IsZero() {
			row.Seconds = strconv.FormatFloat(max(a.Ended.Sub(a.Claimed.Time).Seconds(), 0), 'f', 1, 64)
		}
		page.Attempts = append(page.Attempts, row)
	}
	if page.Rendered != nil && page.Rendered.HTML != "" {
		w.Header().Set("Content-Security-Policy", framePolicy)
	}
	return s.show(w, r, v, http.StatusOK, "message", page)
}

// mayRetry reports whether a mail in the state can be tried again.
func mayRetry(state tertial.MessageState) bool {
	switch state {
	case tertial.MessageFailed, tertial.MessageExpired, tertial.MessageQueued, tertial.MessageUnknown:
		return true
	}
	return false
}

// mailPolicy is that of a mail in its frame: its own styles and nothing else. It has no scripts, no forms, no origin, and
// loads nothing from anywhere.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"

// showMessageHTML is the HTML part of a mail as it goes, for the frame in its page.
func (s *Server) showMessageHTML(w http.ResponseWriter, r *http.Request, _ *visit) error {
	m, err := s.messageOf(r)
	if err != nil {
		return err
	}
	rendered, err := s.o.House.Rendered(r.Context(), &m)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Security-Policy", mailPolicy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	if r.Method != http.MethodHead {
		_, _ = w.Write([]byte(rendered.HTML))
	}
	return nil
}

// messageOf reads the mail that the address names.
func (s *Server) messageOf(r *http.Request) (tertial.Message, error) {
	id, err := pathNumber(r, "id")
	if err != nil {
		return tertial.Message{}, err
	}
	return s.o.House.Message(r.Context(), id)
}

// pathNumber reads a number of the path: what is none is no page.
func pathNumber(r *http.Request, name string) (int64, error) {
	n, ok := pathID(r.PathValue(name))
	if !ok {
		return 0, fmt.Errorf("%w: %.20q is no number of ours", tertial.ErrNotFound, r.PathValue(name))
	}
	return n, nil
}

// retryMessage has a mail tried again.
func (s *Server) retryMessage(w http.ResponseWriter, r *http.Request, v *visit) error {
	id, err := pathNumber(r, "id")
	if err != nil {
		return err
	}
	if err := s.o.House.Retry(r.Context(), v.stamp("mail retry"), id); err != nil {
		return err
	}
	return s.sent(w, r, v, fmt.Sprintf("/mail/%d", id), "mail.retried")
}

// holdMail keeps all mail back.
func (s *Server) holdMail(w http.ResponseWriter, r *http.Request, v *visit) error {
	form, err := readForm(r, 0)
	if err != nil {
		return err
	}
	reason := form.need("reason", 200)
	if !form.ok() {
		v.complain(form)
		page, err := s.mailPage(r)
		if err != nil {
			return err
		}
		return s.show(w, r, v, http.StatusUnprocessableEntity, "post", page)
	}
	if err := s.o.House.Hold(r.Context(), v.stamp("mail hold"), reason); err != nil {
		return err
	}
	return s.sent(w, r, v, "/mail", "mail.held.done")
}

// releaseMail lets mail go again.
func (s *Server) releaseMail(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := s.o.House.Resume(r.Context(), v.stamp("mail release")); err != nil {
		return err
	}
	return s.sent(w, r, v, "/mail", "mail.released.done")
}

// mailPlanPage is what is to come, day by day.
type mailPlanPage struct {
	From, To tertial.Date
	Days     []planDay
	Mails    int
	More     int
}

type planDay struct {
	Date  tertial.Date
	Mails []PlannedMail
}

// showMailPlan lists the mails of the next thirty days.
func (s *Server) showMailPlan(w http.ResponseWriter, r *http.Request, v *visit) error {
	page := mailPlanPage{From: v.Today, To: v.Today.AddDays(mailPlanDays)}
	mails, err := s.o.House.Plan(r.Context(), page.From, page.To)
	if err != nil {
		return err
	}
	page.Mails = len(mails)
	for i, m := range mails {
		if i == planShown {
			page.More = len(mails) - planShown
			break
		}
		if n := len(page.Days); n == 0 || page.Days[n-1].Date != m.Date {
			page.Days = append(page.Days, planDay{Date: m.Date})
		}
		day := &page.Days[len(page.Days)-1]
		day.Mails = append(day.Mails, m)
	}
	return s.show(w, r, v, http.StatusOK, "post_plan", page)
}
