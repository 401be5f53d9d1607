package timing

import (
	"strconv"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

// Reader reads timing phrases against one annual wheel. It is safe for concurrent use.
type Reader struct {
	wheel *calendar.Wheel
	// assumed is the wheel of the built-in events: what is proposed for one that the wheel lacks.
	assumed *calendar.Wheel
	names   vocabulary
	reports [4]string // by tertial: the key of the event that closes it
}

// NewReader learns the names of the wheel's events, and of the built-in ones, so that
// a phrase about an event that the wheel lacks is understood as such. Without a wheel
// every event is lacking.
func NewReader(wheel *calendar.Wheel) *Reader {
	if wheel == nil {
		wheel = mustWheel(noQuiet(), nil)
	}
	r := &Reader{wheel: wheel, assumed: mustWheel(wheel.Calendar(), calendar.BuiltIn()), names: vocabulary{}}
	for _, events := range [][]calendar.Event{wheel.Events(), calendar.BuiltIn()} {
		for _, e := range events {
			r.names.add(e)
			if e.Report == nil {
				continue
			}
			for n, end := range [...]string{1: "04-30", 2: "08-31", 3: "12-31"} {
				if e.Report.To == end && r.reports[n] == "" {
					r.reports[n] = e.Key
				}
			}
		}
	}
	return r
}

// noQuiet is a calendar of public holidays alone. It has nothing that could be refused.
func noQuiet() *calendar.Calendar {
	c, err := calendar.New(calendar.Options{})
	if err != nil {
		panic(err)
	}
	return c
}

func mustWheel(c *calendar.Calendar, events []calendar.Event) *calendar.Wheel {
	w, err := calendar.NewWheel(c, events)
	if err != nil {
		panic(err)
	}
	return w
}

// Parse reads one phrase. It is [Reader.Parse] for those who have a single phrase to read.
func Parse(phrase string, planYear int, dated tertial.Date, wheel *calendar.Wheel) tertial.Timing {
	return NewReader(wheel).Parse(phrase, planYear, dated)
}

// Parse reads a phrase that was written on the day dated, for the plan year. It never
// fails: what cannot be read is unconfirmed and says why. A plan year outside
// 2000–2100 is none; then a time without a year is the first after the day dated.
func (r *Reader) Parse(phrase string, planYear int, dated tertial.Date) tertial.Timing {
	if planYear < firstYear || planYear > finalYear {
		planYear = 0
	}
	p := parser{lx: r.lexemes(phrase), dated: dated, reportKey: func(n int) string { return r.reports[n] }}
	s := resolver{r: r, planYear: planYear, dated: dated, empty: len(p.lx) == 0}
	t := s.resolve(p.parse())
	t.Text = phrase
	t.Checkpoints = r.checkpoints(t, planYear)
	t.Normalise()
	return t
}

// lexemes gives the tokens of a phrase their meanings. The longest wording wins, and
// the name of an event over a word of the same length.
func (r *Reader) lexemes(phrase string) []lexeme {
	toks := tokenize(phrase)
	lx := make([]lexeme, 0, len(toks))
	for i := 0; i < len(toks); {
		t := toks[i]
		l := lexeme{text: t.text, glued: t.glued}
		n := 1
		key, named := r.names.find(toks[i:])
		p, known := lookup(toks[i:])
		switch {
		case named > 0 && (!known || named >= len(p.words)):
			n = named
			l.role, l.key = event, key
			if last := toks[i+n-1]; last.kind == number {
				l.digits = len(last.text)
			}
		case known:
			n = len(p.words)
			l.role, l.n, l.m = p.role, p.n, p.m
			if n > 1 {
				l.text = "" // a wording is none of the signs that the grammar asks for by name
			}
			if p.role == seasonName || p.role == yearWord {
				l.text = joined(p.words)
			}
		case t.kind == number:
			l.role, l.digits = numeral, len(t.text)
			l.n = value(t.text)
			if e := ordinalEnding(toks[i+1:]); e > 0 {
				n += e
				l.role = ordinal
			}
		}
		lx, i = append(lx, l), i+n
	}
	return lx
}

func joined(words []string) string {
	s := words[0]
	for _, w := range words[1:] {
		s += " " + w
	}
	return s
}

// value is the value of digits, -1 where there are more than a date has.
func value(digits string) int {
	if len(digits) > len("20250315") {
		return -1
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return -1
	}
	return n
}

// ordinalEnding returns how many tokens make an ordinal of the number before: 1:a, 3e, 2nd.
func ordinalEnding(toks []token) int {
	n := 1
	if len(toks) > 1 && toks[0].text == ":" && toks[0].glued {
		toks, n = toks[1:], 2
	}
	if len(toks) == 0 || !toks[0].glued {
		return 0
	}
	switch toks[0].text {
	case "a", "e":
		return n
	case "st", "nd", "rd", "th":
		if n == 1 {
			return n
		}
	}
	return 0
}

// checkpoints returns the dates of the reports of every tertial that the action
// touches: from its start to its due date, else to the end of the plan year.
func (r *Reader) checkpoints(t tertial.Timing, planYear int) []tertial.Date {
	from, to := t.Start, t.Due
	if from.IsZero() {
		from = to
	}
	if from.IsZero() {
		return nil
	}
	if to.IsZero() {
		to = lastDay(max(planYear, from.Year()))
	}
	if to.Before(from) {
		from = to
	}
	var dates []tertial.Date
	for y := from.Year(); y <= to.Year(); y++ {
		for _, e := range r.wheel.Reporting(y) {
			if !e.To.Before(from) && !e.From.After(to) {
				dates = append(dates, e.Date)
			}
		}
	}
	return sorted(dates)
}
