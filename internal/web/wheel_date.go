package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

// The most actions that the page lists of those that a moved event moves.
const effectShown = 100

// wheelDatePage is about the date of one occurrence: first the form, then, with a date, what it would move.
type wheelDatePage struct {
	Key, Name string
	Year      int // of the report
	Now       tertial.Occurrence
	Known     bool // it has a date
	Rule      string
	Date      tertial.Date // asked about
	Text      string       // as typed
	Effects   []WheelEffect
	More      int
	Same      bool
	Early     bool // before the period that it reports on ends
	Free      bool // no workday
}

// showWheelDate shows the form, or, with a date in the address, what that date would move.
func (s *Server) showWheelDate(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, wheel, err := s.wheelDatePage(r)
	if err != nil {
		return err
	}
	page.Text = strings.TrimSpace(r.URL.Query().Get("date"))
	if page.Text == "" {
		return s.show(w, r, v, http.StatusOK, "wheel_date", page)
	}
	page.Date, err = tertial.ParseDate(page.Text)
	if event, _ := wheel.Event(page.Key); err != nil || !near(page.Date, page.Year+event.YearOffset) {
		page.Date = tertial.Date{}
		v.Complaints = []complaint{{Field: "date", Text: v.T("wheel.date.invalid", "Year", page.Year+event.YearOffset)}}
		return s.show(w, r, v, http.StatusUnprocessableEntity, "wheel_date", page)
	}
	effects, err := s.o.House.WheelEffect(r.Context(), page.Key, page.Year, page.Date)
	if err != nil {
		return err
	}
	page.Effects = effects[:min(len(effects), effectShown)]
	page.More = len(effects) - len(page.Effects)
	page.Same = page.Known && page.Date == page.Now.Date && !page.Now.Assumed
	page.Early = page.Now.Report && page.Date.Before(page.Now.To)
	page.Free = !wheel.Calendar().IsWorkday(page.Date)
	return s.show(w, r, v, http.StatusOK, "wheel_date", page)
}

// near catches slips of the pen: an occurrence lies in its year, or in the one before or after.
func near(d tertial.Date, year int) bool {
	away := d.Year() - year
	return away >= -1 && away <= 1 && d.Year() >= firstWheelYear && d.Year() <= lastWheelYear
}

func (s *Server) wheelDatePage(r *http.Request) (*wheelDatePage, *calendar.Wheel, error) {
	wheel, err := s.o.House.Wheel(r.Context())
	if err != nil {
		return nil, nil, err
	}
	event, ok := wheel.Event(r.PathValue("key"))
	year, err := strconv.Atoi(r.PathValue("year"))
	if !ok || err != nil || year < firstWheelYear || year > lastWheelYear {
		return nil, nil, fmt.Errorf("%w: the wheel has no %.20q of %.10q", tertial.ErrNotFound, r.PathValue("key"), r.PathValue("year"))
	}
	page := &wheelDatePage{Key: event.Key, Name: event.Name, Year: year, Rule: event.Date}
	page.Now, page.Known = wheel.Occurrence(event.Key, year)
	return page, wheel, nil
}

// setWheelDate stores the date, and with it those of the actions that hang on it.
func (s *Server) setWheelDate(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, wheel, err := s.wheelDatePage(r)
	if err != nil {
		return err
	}
	form, err := readForm(r, 0)
	if err != nil {
		return err
	}
	on := form.date("date")
	event, _ := wheel.Event(page.Key)
	if form.ok() && !near(on, page.Year+event.YearOffset) {
		form.complain("date", "wheel.date.invalid", "Year", page.Year+event.YearOffset)
	}
	if !form.ok() {
		v.complain(form)
		return s.show(w, r, v, http.StatusUnprocessableEntity, "wheel_date", page)
	}
	if err := s.o.House.SetWheelDate(r.Context(), v.stamp("wheel"), page.Key, page.Year, on); err != nil {
		return err
	}
	return s.sent(w, r, v, fmt.Sprintf("/wheel?year=%d", on.Year()), "wheel.set", "Name", page.Name, "Year", page.Year, "Date", on)
}
