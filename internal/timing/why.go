package timing

import (
	"strings"

	"tertial/internal/tertial"
)

// months are the Swedish names, from 1.
var months = [...]string{1: "januari", "februari", "mars", "april", "maj", "juni",
	"juli", "augusti", "september", "oktober", "november", "december"}

// periodLabel names a period of whole months in a year.
func periodLabel(t *term, y int) string {
	switch t.kind {
	case month:
		return months[t.n] + " " + label(y)
	case quarter:
		return "kvartal " + label(t.n) + " " + label(y)
	case tertialPeriod:
		return "tertial " + label(t.n) + " " + label(y)
	case half:
		return [...]string{1: "första", 2: "andra"}[t.n] + " halvåret " + label(y)
	}
	return label(y)
}

// numbered says a number of units.
func numbered(n int, u unit) string {
	names := [...][2]string{
		dayUnit: {"dag", "dagar"}, workdayUnit: {"arbetsdag", "arbetsdagar"}, weekUnit: {"vecka", "veckor"},
		monthUnit: {"månad", "månader"}, quarterUnit: {"kvartal", "kvartal"}, tertialUnit: {"tertial", "tertial"},
		halfUnit: {"halvår", "halvår"}, yearUnit: {"år", "år"},
	}
	if n == 1 {
		return "1 " + names[u][0]
	}
	return label(n) + " " + names[u][1]
}

func recurrenceWord(r tertial.Recurrence) string {
	switch r {
	case tertial.Yearly:
		return "årligen"
	case tertial.PerTertial:
		return "varje tertial"
	case tertial.Quarterly:
		return "kvartalsvis"
	case tertial.Monthly:
		return "månadsvis"
	case tertial.Continuous:
		return "löpande"
	}
	return "vid behov"
}

// dayWords are the days of a reading.
func dayWords(t tertial.Timing, point bool) string {
	switch {
	case t.Due.IsZero():
		return ", från " + t.Start.String()
	case point:
		return ", senast " + t.Due.String()
	}
	return ", " + t.Start.String() + " till " + t.Due.String()
}

// yearWords say where the years come from that the phrase does not have.
func (s *resolver) yearWords(ts []term) string {
	var words []string
	seen := map[origin]bool{}
	for _, t := range ts {
		if seen[t.origin] || t.kind == amount {
			continue
		}
		seen[t.origin] = true
		switch t.origin {
		case planned:
			words = append(words, "året är planåret")
		case fromDated:
			words = append(words, "året räknas från "+s.dated.String())
		case following:
			words = append(words, "den första efter "+s.dated.String())
		}
	}
	if len(words) == 0 {
		return ""
	}
	return "; " + strings.Join(words, ", ")
}

// sentence joins a reason and what else there is to know.
func sentence(why string, notes []string) string {
	for _, n := range notes {
		why += "; " + n
	}
	return strings.TrimSuffix(why, ".") + "."
}
