package simulation

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"tertial/internal/store"
	"tertial/internal/tertial"
)

// record is a notice as it stands in the database in the end.
type record struct {
	identity
	id      int64
	state   tertial.NoticeState
	message int64
	why     string
}

// ending is everything as it stands in the end.
type ending struct {
	*world
	messages map[string]tertial.Message // by Message-ID
	byID     map[int64]tertial.Message
	notices  map[identity]record
	inside   map[int64][]int64 // the notices of each message that were not left out
}

// check holds the end against the promises. What does not hold is noted; an error is that it could not be seen.
func (w *world) check(ctx context.Context) error {
	e := &ending{world: w, messages: map[string]tertial.Message{}, byID: map[int64]tertial.Message{}, notices: map[identity]record{}, inside: map[int64][]int64{}}
	if err := e.read(ctx); err != nil {
		return err
	}
	e.allHasEnded(ctx)
	e.owedIsAccountedFor()
	e.toldIsAtTheRelay()
	e.copiesHaveTheirReasons()
	e.nothingIsToldTwice()
	e.oneMailADay()
	e.inTheHours()
	if w.nature == (nature{}) || w.nature == (nature{changes: true}) {
		e.asPlanned()
	}
	n, bad, err := w.desk.VerifyLog(ctx)
	if err != nil {
		return err
	}
	if bad != 0 || n == 0 {
		w.broken("P41 entry %d of %d of the log is not as it was written", bad, n)
	}
	return nil
}

func (e *ending) read(ctx context.Context) error {
	for m, err := range e.desk.Messages(ctx, store.MessageFilter{}) {
		if err != nil {
			return err
		}
		e.byID[m.ID] = m
		if m.MessageID != "" {
			e.messages[m.MessageID] = m
		}
	}
	rows, err := e.raw.QueryContext(ctx, `SELECT id, action_id, slot_person, slot_role, kind, target, on_date, state, COALESCE(message_id, 0), why FROM notices`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r record
		if err := rows.Scan(&r.id, &r.action, &r.slot.Person, &r.slot.Role, &r.kind, &r.target, &r.on, &r.state, &r.message, &r.why); err != nil {
			return err
		}
		e.notices[r.identity.lasting()] = r
	}
	if err := rows.Err(); err != nil {
		return err
	}
	items, err := e.raw.QueryContext(ctx, `SELECT message_id, notice_id FROM message_items WHERE left_out = '' ORDER BY 1, 2`)
	if err != nil {
		return err
	}
	defer items.Close()
	for items.Next() {
		var message, notice int64
		if err := items.Scan(&message, &notice); err != nil {
			return err
		}
		e.inside[message] = append(e.inside[message], notice)
	}
	return items.Err()
}

// allHasEnded: P4, every message and notice has an end, with its time and its reason, and no claim is left.
func (e *ending) allHasEnded(ctx context.Context) {
	for _, q := range []struct{ what, query string }{
		{"messages have not ended", `SELECT COUNT(*) FROM messages WHERE state IN ('composing', 'queued', 'sending', 'unknown')`},
		{"messages have ended without a time", `SELECT COUNT(*) FROM messages WHERE ended_at IS NULL AND state NOT IN ('composing', 'queued', 'sending', 'unknown')`},
		{"messages were not sent, and nobody says why", `SELECT COUNT(*) FROM messages WHERE state IN ('failed', 'expired', 'void') AND error = ''`},
		{"notices are placed in messages that have ended", `SELECT COUNT(*) FROM notices n JOIN messages m ON m.id = n.message_id WHERE n.state = 'placed'`},
		{"notices have ended, and nobody says why", `SELECT COUNT(*) FROM notices WHERE state IN ('void', 'failed') AND why = ''`},
	} {
		if n, err := e.count(ctx, q.query); err != nil || n > 0 {
			e.broken("P4 %d %s (%v)", n, q.what, err)
		}
	}
}

// owedIsAccountedFor: P4, what the oracle found owed was made out, and has ended or waits for somebody to be told.
func (e *ending) owedIsAccountedFor() {
	for _, x := range e.keen.owed {
		r, there := e.notices[x.identity.lasting()]
		switch {
		case !there && (e.changedBeforeLook(x) || e.reported(x) || e.handedOver(x)):
		case !there:
			e.broken("P4 lost: %s of %s on %s about %q to %v was owed from %s and never made out", x.kind, x.ref, x.on, x.target, x.slot, x.at.In(e.zone).Format(time.DateTime))
		case r.state == tertial.Owed && x.at.After(e.sky.end): // of the days after: what they would come to is another life
		case r.state == tertial.Owed && !x.lone && !e.nobodyThere():
			e.broken("P4 still owed: %s of %s on %s to %v", x.kind, x.ref, x.on, x.slot)
		}
	}
}

// nobodyThere reports whether a notice may wait because there is nobody to be told.
func (e *ending) nobodyThere() bool { return e.org.coordinatorEmail == "" }

// lasting is the identity as it stays if nobody looks on the day itself: who is assigned an action late is so from that
// day on, and who has come to hold another role of it meanwhile may be told by that one.
func (x identity) lasting() identity {
	if x.slot.Person != 0 {
		x.slot.Role = 0
	}
	if x.kind == tertial.Assigned {
		x.on = tertial.Date{}
	}
	return x
}

// lookAfter is the first pass of remind from an instant on.
func (e *ending) lookAfter(at time.Time) (l look, there bool) {
	i := slices.IndexFunc(e.looked, func(l look) bool { return !l.at.Before(at) })
	if i < 0 {
		return look{}, false
	}
	return e.looked[i], true
}

// changedBeforeLook reports whether the action was changed after it was owed and before anybody looked: then it may be
// owed no more. Who is away or stands in changes who reads, and not what is owed.
func (e *ending) changedBeforeLook(x expectation) bool {
	l, there := e.lookAfter(x.at)
	return slices.ContainsFunc(e.changed[x.ref], func(at time.Time) bool {
		return !at.Before(x.at) && (!there || !at.After(l.at))
	})
}

// handedOver reports whether somebody came to hold a role after the notice was owed and before anybody looked: then who
// holds it is told, and who is assigned the action that day is told no more than that.
func (e *ending) handedOver(x expectation) bool {
	l, there := e.lookAfter(x.at)
	if !there {
		return false
	}
	for i := range e.org.people {
		if x.slot.Person != 0 && x.slot.Person != int64(i+1) { // people are numbered as they were drawn
			continue
		}
		for _, h := range e.org.people[i].Holdings {
			if h.From.After(tertial.DateIn(x.at, e.zone)) && !h.From.After(l.day) {
				return true
			}
		}
	}
	return false
}

// reported reports whether a status was asked for a report that had been made before anybody looked.
func (e *ending) reported(x expectation) bool {
	l, there := e.lookAfter(x.at)
	if x.kind != tertial.Checkpoint || !there {
		return false
	}
	for _, o := range e.wheel.Reports(l.day.AddDays(-60), l.day.AddDays(60)) {
		if o.Target() == x.target {
			return o.Date.Before(l.day)
		}
	}
	return false
}

// toldIsAtTheRelay: what is sent is there, what is there was sent, and says what the database says.
func (e *ending) toldIsAtTheRelay() {
	arrived := map[string]bool{}
	refs := map[int64]string{}
	for _, a := range e.refsByNotice() {
		refs[a.notice] = a.ref
	}
	for _, t := range e.post.mails {
		id := headerOf(t.raw, "Message-ID")
		m, known := e.messages[id]
		if !known && e.post.doubts[id] == 0 {
			e.broken("P7 a mail %s to %s is at the relay, and no message is it", id, t.to)
		}
		if known && !strings.EqualFold(m.To, t.to) {
			e.broken("P10 %s is for %s and went to %s", id, m.To, t.to)
		}
		if known && m.State != tertial.MessageSent && e.post.doubts[id] == 0 {
			e.broken("P7 %s was accepted, and the message is %s", id, m.State)
		}
		if known && m.Kind == tertial.Reminder && m.State == tertial.MessageSent && !arrived[id] {
			var want []string
			for _, n := range e.inside[m.ID] {
				want = append(want, refs[n])
			}
			slices.Sort(want)
			if got := refsIn(t.raw); !slices.Equal(got, slices.Compact(want)) {
				e.broken("P49 %s names %v, and the message has %v", id, got, want)
			}
		}
		arrived[id] = true
	}
	for id, m := range e.messages {
		if m.State == tertial.MessageSent && !arrived[id] {
			e.broken("P1 message %d is sent, and the relay does not have it", m.ID)
		}
	}
	for _, r := range e.notices {
		if r.state == tertial.Told && e.byID[r.message].State != tertial.MessageSent {
			e.broken("P7 notice %d is told, and its message %d is %s", r.id, r.message, e.byID[r.message].State)
		}
	}
}

// copiesHaveTheirReasons: P5, P6, P8, each copy has its crash or broken line, is the same to the last byte, and comes no
// sooner than a quarter of an hour after the one before it.
func (e *ending) copiesHaveTheirReasons() {
	first, last, count := map[string]taken{}, map[string]taken{}, map[string]int{}
	for _, t := range e.post.mails {
		id := headerOf(t.raw, "Message-ID")
		count[id]++
		before, again := first[id]
		if !again {
			first[id], last[id] = t, t
			continue
		}
		if before.raw != t.raw || before.to != t.to {
			e.broken("P6 two copies of %s differ", id)
		}
		if wait := t.at.Sub(last[id].at); wait < 15*time.Minute-time.Second && !e.hurried(id) {
			e.broken("P8 %s came again after %v", id, wait)
		}
		last[id] = t
	}
	for _, id := range slices.Sorted(maps.Keys(count)) {
		if n := count[id]; n-1 > e.post.doubts[id] {
			e.broken("P5 %d copies of %s, and %d times nobody knew", n, id, e.post.doubts[id])
		}
	}
}

// hurried reports whether somebody asked for the message to be tried at once, or the clock was stepped.
func (e *ending) hurried(id string) bool {
	return e.retried[e.messages[id].ID] || e.stepped
}

// copies are the mails at the relay beyond the first of each.
func (w *world) copies() int {
	ids := map[string]bool{}
	for _, t := range w.post.mails {
		ids[headerOf(t.raw, "Message-ID")] = true
	}
	return len(w.post.mails) - len(ids)
}

// nothingIsToldTwice: a notice is in one mail that arrived; only what was in doubt for five days may be told anew.
func (e *ending) nothingIsToldTwice() {
	arrived := map[int64][]int64{}
	seen := map[string]bool{}
	for _, t := range e.post.mails {
		id := headerOf(t.raw, "Message-ID")
		if m, known := e.messages[id]; known && !seen[id] && m.State == tertial.MessageSent {
			seen[id] = true
			for _, n := range e.inside[m.ID] {
				arrived[n] = append(arrived[n], m.ID)
			}
		}
	}
	for notice, messages := range arrived {
		if len(messages) > 1 {
			e.broken("told once: notice %d was told in messages %v", notice, messages)
		}
	}
}

// oneMailADay: R7, one reminder a person a day, but for those in doubt.
func (e *ending) oneMailADay() {
	had := map[string]string{}
	for _, t := range e.post.mails {
		id := headerOf(t.raw, "Message-ID")
		m := e.messages[id]
		if m.Kind != tertial.Reminder {
			continue
		}
		key := m.Day.String() + " " + strings.ToLower(t.to)
		if other, twice := had[key]; twice && other != id {
			e.broken("R7 %s has %s and %s on %s", t.to, other, id, m.Day)
		}
		had[key] = id
		if day := e.rules.Today(t.at); day != m.Day && !e.resent[m.ID] {
			e.broken("R8 %s is of %s and went on %s", id, m.Day, day)
		}
	}
}

// inTheHours: R8, reminders go on workdays between send_at and send_until, but for those in doubt. What is at the relay when
// the hours end is let go.
func (e *ending) inTheHours() {
	const underWay = 26 * time.Minute // a slow transaction: at RCPT, and then at the dot
	for _, t := range e.post.mails {
		id := headerOf(t.raw, "Message-ID")
		if m := e.messages[id]; m.Kind != tertial.Reminder || e.resent[m.ID] {
			continue
		}
		if day := e.rules.Today(t.at); !e.wheel.Calendar().IsWorkday(day) || t.at.Before(e.rules.SendTime(day)) || t.at.After(e.rules.SendEnd(day).Add(underWay)) {
			e.broken("R8 %s went at %s", id, t.at.In(e.zone).Format(time.DateTime))
		}
	}
}

// asPlanned: P49, where nothing fails the mails are, row by row, what the rules say of the facts; and where nothing changes
// either, what the plan said at the beginning.
func (e *ending) asPlanned() {
	var sent []row
	for _, t := range e.post.mails {
		m := e.messages[headerOf(t.raw, "Message-ID")]
		if m.Kind != tertial.Reminder {
			continue
		}
		for _, x := range m.Items {
			sent = append(sent, row{m.Day, m.To, x.Ref, x.Kind, x.Event, x.Late})
		}
	}
	if !e.wasHeld() {
		e.compare("what was owed", e.keen.rows, sent)
	}
	if e.nature.changes {
		return
	}
	last := tertial.DateIn(e.sky.end, e.zone)
	e.compare("the plan", e.keen.plan, slices.DeleteFunc(sent, func(r row) bool { return r.day.After(last) }))
}

// compare wants each row as often in one list as in the other.
func (e *ending) compare(what string, want, got []row) {
	n := map[row]int{}
	for _, r := range want {
		n[r]++
	}
	for _, r := range got {
		if n[r]--; n[r] < 0 {
			e.broken("P49 sent, and not in %s: %s", what, r)
		}
	}
	for _, r := range want {
		if n[r] > 0 {
			n[r] = 0
			e.broken("P49 in %s, and not sent: %s", what, r)
		}
	}
}

// wasHeld reports whether mail was held for a while: then it went later than planned.
func (e *ending) wasHeld() bool {
	return slices.ContainsFunc(e.journal, func(line string) bool { return strings.Contains(line, " hold: held") })
}
