package policy

import "tertial/internal/tertial"

// A quiet is what an answer gives the one who answered: a time in which reminders of the action wait. What waits is a
// notice that is owed, so that nothing is lost: at the quiet's end goes what is still true, as one row, and it is not
// late. Escalations and assignments are not reminders and go as ever.
//
//   - on-track drops what is upcoming; due and overdue are never held, and reports are asked about as ever.
//   - later holds everything up to a day before the due date is over, on which a reminder goes in any case.
//   - new-date holds everything until somebody has decided on it.
//   - hand-over does so too, but not for ever: whoever is asked may never answer.
type quiet struct {
	person int64 // 0: the role that nobody holds
	kind   tertial.AnswerKind
	// from is the day of the answer, end the workday on which mail goes again: never where that is not known yet.
	from, end tertial.Date
}

// handOverDays is for how many workdays reminders wait for somebody to say whether they take over.
const handOverDays = 10

// never is after every day.
func never() tertial.Date { return tertial.DateOf(9999, 12, 31) }

func (q *quiet) covers(day tertial.Date) bool { return !day.Before(q.from) && day.Before(q.end) }

// holds reports whether notices of the kind wait.
func (q *quiet) holds(k tertial.Kind) bool {
	switch k {
	case tertial.Upcoming:
		return true
	case tertial.Due, tertial.Overdue, tertial.Checkpoint:
		return q.kind != tertial.AnswerOnTrack
	}
	return false
}

// quietsNow are the dossier's, as far as they still mean something.
func (l *look) quietsNow() []quiet {
	var all []quiet
	for _, given := range l.d.Quiet {
		if q := l.quiet(given); q.from.Before(q.end) {
			all = append(all, q)
		}
	}
	return all
}

// quiet is one as it works on the action as it now is; one that no longer does has no days.
func (l *look) quiet(given tertial.Quiet) quiet {
	q := quiet{person: given.Person, kind: given.Kind, from: given.Since}
	if !given.Until.IsZero() {
		q.end = l.cal.First(given.Until)
	}
	over := false
	switch given.Kind {
	case tertial.AnswerOnTrack: // for another date, or in a life before this one
		over = given.Since.Before(l.activated) || !given.Since.After(l.d.DueSince)
	case tertial.AnswerLater:
		over = given.Since.Before(l.activated)
	case tertial.AnswerNewDate: // there is one
		if over = l.d.DueSince.After(given.Since); given.Until.IsZero() {
			q.end = never()
		}
	case tertial.AnswerHandOver:
		if given.Until.IsZero() {
			q.end = l.cal.Add(given.Since, handOverDays)
		}
	default: // no other answer keeps anything away
		over = true
	}
	if over {
		return quiet{}
	}
	if due := l.d.Action.Timing.Due; !due.IsZero() && !given.Kind.Decided() {
		q.end = earlier(q.end, l.cal.Last(due))
	}
	return q
}

// hears reports whether a person is who is told what is said to the slot on a day: the slot's own, 0 where nobody holds its
// role, or who stands in.
func (l *look) hears(person int64, s slot, k tertial.Kind, day tertial.Date) bool {
	if person == s.person {
		return true
	}
	r, ok := l.reader(s, k, day)
	return ok && r.ID == person && person != 0
}

// spoken returns the day on which an occurrence goes that would go on the day send: the end of the quiet that it falls
// into, or, being owed from before, that has begun meanwhile.
func (l *look) spoken(oc occurrence, s slot, send tertial.Date) tertial.Date {
	for i := range l.quiets {
		q := &l.quiets[i]
		if !q.holds(oc.kind) {
			continue
		}
		if q.covers(send) && l.hears(q.person, s, oc.kind, later(send, l.day)) ||
			send.Before(q.from) && q.covers(l.day) && l.hears(q.person, s, oc.kind, l.day) {
			send = q.end
		}
	}
	return send
}

// dropped reports whether an occurrence is not to be told at all: it is upcoming, and who would hear it has said that
// the action is on track.
func (l *look) dropped(oc occurrence, s slot) bool {
	if oc.kind != tertial.Upcoming {
		return false
	}
	for i := range l.quiets {
		q := &l.quiets[i]
		if q.kind != tertial.AnswerOnTrack || !oc.on.Before(q.end) {
			continue
		}
		send := l.ownDay(oc, s)
		if (q.covers(send) || send.Before(q.from) && q.covers(l.day)) && l.hears(q.person, s, oc.kind, later(send, l.day)) {
			return true
		}
	}
	return false
}

// Why notices end, or wait, because of answers.
const (
	onTrack = "on track, by an answer"
	kept    = "kept back, by an answer"
)

// inTime returns the day on which an owed notice should have gone: today where it was kept back until now, which is not late
// whatever became of the answer.
func (l *look) inTime(n tertial.Notice, send tertial.Date) tertial.Date {
	if n.Why == kept {
		return later(send, l.day)
	}
	return send
}

// asked are the reminders that people have asked for, by answering that they will come back to it.
func (l *look) asked(all []occurrence, after, until tertial.Date) []occurrence {
	due := l.d.Action.Timing.Due
	for _, q := range l.quiets {
		if q.kind != tertial.AnswerLater || !q.end.After(after) || q.end.After(until) {
			continue
		}
		oc := occurrence{kind: tertial.Upcoming, target: due.String(), on: q.end, asked: true, person: q.person}
		if !due.IsZero() && q.end == l.cal.Last(due) {
			oc.kind = tertial.Due
		}
		all = append(all, oc)
	}
	return all
}

// meant reports whether an occurrence is for a slot.
func (l *look) meant(oc occurrence, s slot) bool {
	return s.entitled(oc.kind) && (!oc.asked || l.hears(oc.person, s, oc.kind, l.day))
}
