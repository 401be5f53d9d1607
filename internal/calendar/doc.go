// Package calendar knows which days are workdays and when the events of the
// annual wheel (årshjulet) fall.
//
// A [Calendar] answers for workdays: Monday to Friday, no Swedish public
// holiday, none of the three eves that are holidays in practice, and not in one of
// the organisation's quiet periods or closed days.
//
// A [Wheel] answers for events: tertial reports, plans, risk analyses, reviews. An
// event has a rule for its date, dates for single years, and for a report the period
// that it closes. Where a date comes from, the strongest first:
//
//	a date that a person set in the database   Wheel.With    never assumed
//	the event's dates for single years         Event.Dates
//	the event's rule                           Event.Date
//
// The built-in events are assumed until the organisation has said something
// about them; [Overlay] is how it does so in the configuration.
//
// Both types are made once, never change and are safe for concurrent use.
package calendar
