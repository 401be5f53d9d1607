package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

const (
	datesShown  = 20 // groups on a page
	groupShown  = 12 // actions named of a group
	failedShown = 5  // actions named that could not be answered for
)

// datesPage is the queue of dates that a person has to confirm.
type datesPage struct {
	Groups      []dateGroup
	Total       int // groups
	Actions     int
	Page        int
	Later, Back int    // numbers of pages, 0 for none
	Wrong       string // key of the group whose answer must be corrected
}

// dateGroup is what one answer settles.
type dateGroup struct {
	tertial.DateGroup
	Key     string
	Number  int
	Count   int
	Named   []namedAction
	More    int
	Event   string // its name
	EventOn tertial.Date
	Assumed bool
	SetDate string // where the event's date is set, "" for nowhere
}

type namedAction struct{ Ref, Title string }

// groupKey names a group by what was shown of it: a queue that has changed meanwhile has no group of that name.
func groupKey(g *tertial.DateGroup) string {
	h := sha256.New()
	for _, part := range []string{g.Text, g.Event, strconv.Itoa(g.Year), g.Due.String(), string(g.Certain)} {
		fmt.Fprintf(h, "%d %s\n", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))[:20]
}

// showDates shows the queue.
func (s *Server) showDates(w http.ResponseWriter, r *http.Request, v *visit) error {
	groups, err := s.o.House.DateQueue(r.Context())
	if err != nil {
		return err
	}
	return s.datesAgain(w, r, v, http.StatusOK, groups, "")
}

// datesAgain shows a page of the queue: the one of the address, or that of the group whose answer must be corrected.
func (s *Server) datesAgain(w http.ResponseWriter, r *http.Request, v *visit, status int, groups []tertial.DateGroup, wrong string) error {
	wheel, err := s.o.House.Wheel(r.Context())
	if err != nil {
		return err
	}
	page := datesPage{Total: len(groups), Page: pageNumber(r.URL.Query(), len(groups), datesShown), Wrong: wrong}
	for i := range groups {
		page.Actions += len(groups[i].Refs)
		if wrong != "" && groupKey(&groups[i]) == wrong {
			page.Page = i/datesShown + 1
		}
	}
	first := (page.Page - 1) * datesShown
	last := min(first+datesShown, len(groups))
	for i := first; i < last; i++ {
		page.Groups = append(page.Groups, newDateGroup(&groups[i], i+1, wheel))
	}
	page.Back, page.Later = beside(page.Page, last < len(groups))
	return s.show(w, r, v, status, "dates", page)
}

// beside returns the numbers of the pages before and after one, 0 for none.
func beside(page int, more bool) (back, later int) {
	if more {
		later = page + 1
	}
	return page - 1, later
}

// pageNumber reads which page of a list is meant: from 1, and one that there is.
func pageNumber(query url.Values, total, size int) int {
	n, err := strconv.Atoi(query.Get("page"))
	if err != nil {
		return 1
	}
	return min(max(n, 1), max((total+size-1)/size, 1))
}

func newDateGroup(g *tertial.DateGroup, number int, wheel *calendar.Wheel) dateGroup {
	d := dateGroup{DateGroup: *g, Key: groupKey(g), Number: number, Count: len(g.Refs)}
	for i, ref := range g.Refs {
		if i == groupShown {
			d.More = len(g.Refs) - groupShown
			break
		}
		title := ""
		if i < len(g.Titles) {
			title = g.Titles[i]
		}
		d.Named = append(d.Named, namedAction{ref, title})
	}
	if g.Event == "" {
		return d
	}
	d.Event = g.Event
	if e, ok := wheel.Event(g.Event); ok {
		d.Event = e.Name
	}
	for _, o := range wheel.In(g.Year) { // without a year the phrase means the event of the plan's year
		if strings.EqualFold(o.Key, g.Event) {
			d.EventOn, d.Assumed = o.Date, o.Assumed
			d.SetDate = fmt.Sprintf("/wheel/%s/%d?date=%s", url.PathEscape(o.Key), o.Year, o.Date)
		}
	}
	return d
}

// answerDates gives one answer for a whole group.
func (s *Server) answerDates(w http.ResponseWriter, r *http.Request, v *visit) error {
	form, err := readForm(r, 0)
	if err != nil {
		return err
	}
	groups, err := s.o.House.DateQueue(r.Context())
	if err != nil {
		return err
	}
	key := form.raw("group")
	i := slices.IndexFunc(groups, func(g tertial.DateGroup) bool { return groupKey(&g) == key })
	if i < 0 {
		return fmt.Errorf("%w: the queue has changed since the page was made", tertial.ErrConflict)
	}
	due, undated := groupAnswer(form, &groups[i])
	if !form.ok() {
		v.complain(form)
		for i := range v.Complaints { // the field is one of many on the page: the group leads to it
			v.Complaints[i].Field = "group-" + key
		}
		return s.datesAgain(w, r, v, http.StatusUnprocessableEntity, groups, key)
	}
	done, failed, err := s.confirmDates(r, v, groups[i].Refs, due, undated)
	if err != nil {
		return err
	}
	if len(failed) == 0 {
		return s.sent(w, r, v, "/dates", "dates.done", "N", done)
	}
	named := strings.Join(failed[:min(len(failed), failedShown)], ", ")
	if len(failed) > failedShown {
		named += " …"
	}
	return s.sent(w, r, v, "/dates", "dates.partly", "N", done, "Failed", len(failed), "Refs", named)
}

// groupAnswer reads the answer: the group's own date as it was read, another, or none.
func groupAnswer(form form, group *tertial.DateGroup) (due tertial.Date, undated bool) {
	switch form.pick("answer", "read", "date", "none") {
	case "read":
		if group.Due.IsZero() {
			form.complain("answer", "dates.wrong.unread")
		}
	case "date":
		due = form.date("date")
		if form.ok() && (due.Year() < firstWheelYear || due.Year() > lastWheelYear) {
			form.complain("date", "form.date")
		}
	case "none":
		undated = true
	}
	return due, undated
}

// confirmDates confirms action by action: one that cannot be confirmed does not stop the others.
func (s *Server) confirmDates(r *http.Request, v *visit, refs []string, due tertial.Date, undated bool) (done int, failed []string, err error) {
	for _, ref := range refs {
		_, err := s.o.House.EditAction(r.Context(), v.stamp("dates"), ref, 0, func(a *tertial.Action) error { return a.Confirm(due, undated) })
		switch {
		case err == nil:
			done++
		case errors.Is(err, tertial.ErrRefused), errors.Is(err, tertial.ErrInvalid), errors.Is(err, tertial.ErrNotFound), errors.Is(err, tertial.ErrConflict):
			failed = append(failed, ref)
		default:
			return done, failed, err
		}
	}
	return done, failed, nil
}
