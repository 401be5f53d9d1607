package calendar

import (
	"maps"
	"slices"
	"strings"

	"tertial/internal/tertial"
)

// Event is one of the annual wheel's named events, as it is configured.
type Event struct {
	Key     string   // T1; what linked actions carry
	Name    string   // as people see it
	Aliases []string // other names by which a timing phrase may call it
	// Date is the rule of its date: 05-08; 04-30+5wd; last-workday 05; w10 (the Monday
	// of ISO week 10). It may be empty where Dates has every year that is wanted.
	Date string
	// YearOffset is added to the year of the report to give the year of the date.
	YearOffset int
	// Dates are dates of single years, by the year of the report.
	Dates map[int]tertial.Date
	// Report is the period that the event closes, nil where it is no report.
	Report *Period
	// Digest says when the status digest goes, from the date: +5wd, +10d. A report
	// without one has +5wd, another event none.
	Digest string
	// Assumed says that the organisation has not confirmed the dates.
	Assumed bool
}

// Period is a part of the report's year, as MM-DD, both ends included.
type Period struct {
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

// Entry is what the configuration says about one event. Nil and empty is not given.
type Entry struct {
	Key        string               `yaml:"key"`
	Name       string               `yaml:"name"`
	Aliases    []string             `yaml:"aliases"`
	Date       string               `yaml:"date"`
	YearOffset *int                 `yaml:"year_offset"`
	Dates      map[int]tertial.Date `yaml:"dates"`
	Report     *Period              `yaml:"report"`
	Digest     *string              `yaml:"digest"`
	Assumed    *bool                `yaml:"assumed"`
}

// Overlay lays the configuration's entries over base: what an entry gives counts,
// its name and aliases are added to the event's, the rest stays; an event that has an
// entry is no longer assumed unless the entry says so. An entry with a new key is
// a new event. Keys compare without regard to case. Neither argument is changed.
func Overlay(base []Event, entries []Entry) []Event {
	events := make([]Event, len(base), len(base)+len(entries))
	for i, e := range base {
		events[i] = e.clone()
	}
	for _, n := range entries {
		i := slices.IndexFunc(events, func(e Event) bool { return strings.EqualFold(e.Key, n.Key) })
		if i < 0 {
			i = len(events)
			events = append(events, Event{Key: n.Key})
		}
		events[i].lay(n)
	}
	return events
}

func (e *Event) lay(n Entry) {
	if n.Name != "" {
		old := e.Name
		e.Name = n.Name
		e.addAlias(old) // phrases written before the renaming still find it
	}
	for _, a := range n.Aliases {
		e.addAlias(a)
	}
	if n.Date != "" {
		e.Date = n.Date
	}
	if n.YearOffset != nil {
		e.YearOffset = *n.YearOffset
	}
	if len(n.Dates) > 0 && e.Dates == nil {
		e.Dates = map[int]tertial.Date{}
	}
	maps.Copy(e.Dates, n.Dates)
	if n.Report != nil {
		p := *n.Report
		e.Report = &p
	}
	if n.Digest != nil {
		e.Digest = *n.Digest
	}
	e.Assumed = n.Assumed != nil && *n.Assumed
}

func (e *Event) addAlias(a string) {
	same := func(x string) bool { return strings.EqualFold(x, a) }
	if a != "" && !same(e.Name) && !slices.ContainsFunc(e.Aliases, same) {
		e.Aliases = append(e.Aliases, a)
	}
}

func (e Event) clone() Event {
	e.Aliases = slices.Clone(e.Aliases)
	e.Dates = maps.Clone(e.Dates)
	if e.Report != nil {
		p := *e.Report
		e.Report = &p
	}
	return e
}

// BuiltIn returns the events that exist without any configuration, in the order of
// the wheel. All are assumed.
func BuiltIn() []Event {
	return []Event{
		{Key: "T1", Name: "Tertialrapport 1", Date: "05-08", Assumed: true, Digest: defaultDigest,
			Report: &Period{"01-01", "04-30"},
			Aliases: []string{"tertialrapport ett", "första tertialrapporten", "tertialuppföljning 1", "tertialbokslut 1",
				"tertial report 1", "first tertial report"}},
		{Key: "T2", Name: "Tertialrapport 2", Date: "09-06", Assumed: true, Digest: defaultDigest,
			Report: &Period{"05-01", "08-31"},
			Aliases: []string{"tertialrapport två", "andra tertialrapporten", "tertialuppföljning 2", "tertialbokslut 2",
				"tertial report 2", "second tertial report"}},
		{Key: "VB", Name: "Verksamhetsberättelse", Date: "01-15", YearOffset: 1, Assumed: true, Digest: defaultDigest,
			Report: &Period{"09-01", "12-31"},
			Aliases: []string{"verksamhetsberättelsen", "tertialrapport 3", "tertialrapport tre", "tredje tertialrapporten",
				"bokslut", "årsbokslut", "annual report", "tertial report 3", "third tertial report"}},
		{Key: "VP", Name: "Verksamhetsplan", Date: "10-31", Assumed: true,
			Aliases: []string{"verksamhetsplanen", "verksamhetsplanering", "verksamhetsplaneringen",
				"operational plan", "business plan", "annual plan"}},
		{Key: "VOR", Name: "Väsentlighets- och riskanalys", Date: "11-15", Assumed: true,
			Aliases: []string{"väsentlighets- och riskanalysen", "väsentlighetsanalys", "väsentlighets- och riskbedömning",
				"materiality and risk analysis", "materiality and risk assessment"}},
		{Key: "RSA", Name: "Risk- och sårbarhetsanalys", Date: "10-31", Assumed: true,
			Aliases: []string{"risk- och sårbarhetsanalysen", "risk och sårbarhetsanalys",
				"risk and vulnerability analysis", "risk and vulnerability assessment"}},
		{Key: "LG", Name: "Ledningens genomgång", Date: "03-08", Assumed: true,
			Aliases: []string{"ledningens genomgångar", "ledningsgenomgång", "ledningsgenomgången", "management review"}},
		{Key: "LTA", Name: "Lokala tillämpningsanvisningar", Date: "06-15", Assumed: true,
			Aliases: []string{"lokala tillämpningsanvisningarna", "tillämpningsanvisningar", "tillämpningsanvisningarna",
				"lokala anvisningar", "local instructions", "local application instructions"}},
	}
}
