package policy

import (
	"slices"

	"tertial/internal/tertial"
)

// occurrence is a date on which the rules would tell something about the action.
type occurrence struct {
	kind   tertial.Kind
	target string
	on     tertial.Date        // always a workday
	event  *tertial.Occurrence // of a checkpoint
	asked  bool                // for by person, and not dated by the rules
	person int64
}

// due returns the occurrences dated after after and up to until, assigned ones
// apart: the series of the due date and of every report event.
func (l *look) due(after, until tertial.Date) []occurrence {
	if l.d.Action.Status == tertial.ReportedDone {
		return l.waits(after, until)
	}
	var all []occurrence
	if due := l.d.Action.Timing.Due; !due.IsZero() {
		since := later(after, l.d.DueSince)
		all = l.leads(all, due, since, until)
		all = l.overdues(all, due, since, until)
		all = l.escalations(all, due, since, until)
	}
	all = l.asked(all, after, until)
	return l.checkpoints(all, after, until)
}

// leads is R2: on W(due − lead). Of two leads on one day the smaller counts; but lead 0
// beside another gives both, because contributors get upcoming only.
func (l *look) leads(all []occurrence, due, after, until tertial.Date) []occurrence {
	var last tertial.Date // of upcoming ones
	for _, lead := range l.rules.LeadDays[l.d.Action.Priority] {
		on := l.cal.Last(due.AddDays(-lead))
		if !on.After(after) || on.After(until) {
			continue
		}
		kind := tertial.Due
		if lead > 0 {
			if kind = tertial.Upcoming; on == last {
				continue
			}
			last = on
		}
		all = append(all, occurrence{kind: kind, target: due.String(), on: on})
	}
	return all
}

// overdues is R3: on F(due + 1 + k·every); two on one day are one.
func (l *look) overdues(all []occurrence, due, after, until tertial.Date) []occurrence {
	every := max(l.rules.EveryDays, 1)
	first := due.AddDays(1)
	// F(x) lies after after exactly where x lies after its last workday.
	k := max(l.cal.Last(after).Sub(first)/every, 0)
	var last tertial.Date
	for ; ; k++ {
		nominal := first.AddDays(k * every)
		if nominal.After(until) {
			return all
		}
		on := l.cal.First(nominal)
		if on.After(until) {
			return all
		}
		if on != last && on.After(after) {
			all = append(all, occurrence{kind: tertial.Overdue, target: due.String(), on: on})
		}
		last = on
	}
}

// escalations is R4: once per due date, for a date that is exact or confirmed.
func (l *look) escalations(all []occurrence, due, after, until tertial.Date) []occurrence {
	days, ok := l.rules.EscalateAfter[l.d.Action.Priority]
	if !ok || !l.d.Action.Timing.Certainty.Firm() || l.d.Escalated == due {
		return all
	}
	if on := l.cal.First(due.AddDays(days)); on.After(after) && !on.After(until) {
		all = append(all, occurrence{kind: tertial.Escalation, target: due.String(), on: on})
	}
	return all
}

// checkpoints is R5: for every report event whose period ends on or after the start and
// whose date lies after activation; after the first, only if no status came since it.
func (l *look) checkpoints(all []occurrence, after, until tertial.Date) []occurrence {
	if len(l.rules.CheckpointLeads) == 0 {
		return all
	}
	longest := slices.Max(l.rules.CheckpointLeads)
	for _, event := range l.wheel.Reports(after, until.AddDays(longest+longestPause)) {
		for _, oc := range l.round(event) {
			if oc.on.After(after) && !oc.on.After(until) {
				all = append(all, oc)
			}
		}
	}
	return all
}

// longestPause is an upper bound of the days that W moves a date back, for widening a search.
const longestPause = 120

// round returns the checkpoints that are (or were) to go for one report event, the first one first.
func (l *look) round(event tertial.Occurrence) []occurrence {
	if event.To.Before(l.d.Action.Timing.Start) || !event.Date.After(l.activated) {
		return nil
	}
	var days []tertial.Date
	for _, lead := range l.rules.CheckpointLeads {
		on := l.cal.Last(event.Date.AddDays(-lead))
		if on.After(l.through) && on.After(event.Since) && !slices.Contains(days, on) {
			days = append(days, on)
		}
	}
	slices.SortFunc(days, tertial.Date.Compare)
	if len(days) > 1 && l.answered(occurrence{kind: tertial.Checkpoint, on: days[0], event: &event}) {
		days = days[:1]
	}
	round := make([]occurrence, len(days))
	for i, on := range days {
		round[i] = occurrence{kind: tertial.Checkpoint, target: event.Target(), on: on, event: &event}
	}
	return round
}

// answered reports whether a status has come since the first question of a round went,
// which a weekly reader may have had before its day.
func (l *look) answered(first occurrence) bool {
	at := l.d.Action.ProgressAt
	if at.IsZero() {
		return false
	}
	asked := first.on
	for _, s := range l.slots {
		if s.part == tertial.Responsible {
			asked = earlier(asked, l.sendDay(first, s))
		}
	}
	return !at.Before(l.rules.SendTime(asked))
}

// waits are the days on which the coordinator is asked to confirm what was
// reported done: every tenth workday.
func (l *look) waits(after, until tertial.Date) []occurrence {
	reported := l.rules.Today(l.d.ReportedAt)
	var all []occurrence
	for on := l.cal.Add(reported, waitDays); !on.After(until); on = l.cal.Add(on, waitDays) {
		if on.After(after) {
			all = append(all, occurrence{kind: tertial.AwaitsCheck, target: reported.String(), on: on})
		}
	}
	return all
}

// waitDays is how many workdays a reported action waits between two questions to the coordinator.
const waitDays = 10

// still reports whether an occurrence that once was due is still one of the rules',
// and what it says still true on the day.
func (l *look) still(n *tertial.Notice) (oc occurrence, reason string) {
	oc = occurrence{kind: n.Kind, target: n.Target, on: n.On}
	a := &l.d.Action
	switch {
	case n.Kind == tertial.AwaitsCheck:
		if a.Status != tertial.ReportedDone || n.Target != l.rules.Today(l.d.ReportedAt).String() {
			return oc, "no longer waiting"
		}
	case a.Status == tertial.ReportedDone:
		return oc, "reported done"
	case n.Kind == tertial.Assigned:
		if n.Target != l.activated.String() {
			return oc, "activated anew"
		}
	case n.Kind == tertial.Checkpoint:
		return l.stillAsked(n, oc)
	case n.Target != a.Timing.Due.String() || !n.On.After(l.d.DueSince):
		return oc, "the due date has moved"
	case n.Kind == tertial.Escalation && !a.Timing.Certainty.Firm():
		return oc, "the due date is not confirmed"
	case (n.Kind == tertial.Upcoming || n.Kind == tertial.Due) && !a.Timing.Due.IsZero() && l.day.After(a.Timing.Due):
		return oc, "the due date has passed"
	}
	return oc, ""
}

func (l *look) stillAsked(n *tertial.Notice, oc occurrence) (occurrence, string) {
	if len(l.rules.CheckpointLeads) == 0 {
		return oc, "nobody is asked before a report any more"
	}
	// A round is mailed within the longest lead before its event.
	for _, event := range l.wheel.Reports(n.On, n.On.AddDays(slices.Max(l.rules.CheckpointLeads)+longestPause)) {
		if event.Target() != n.Target {
			continue
		}
		if event.Date.Before(l.day) {
			return oc, "the report has been made"
		}
		for _, now := range l.round(event) {
			if now.on == n.On {
				return now, ""
			}
		}
		return oc, "a status has come, or the report has moved"
	}
	return oc, "the report has moved"
}
