package mail

import (
	"strings"

	"tertial/internal/tertial"
	"tertial/templates"
)

// Detail says how much of an action leaves the house by mail.
type Detail string

// The details: references and dates only; titles too, and what is known of the work; the description as well.
const (
	DetailRef   Detail = "ref"
	DetailTitle Detail = "title"
	DetailFull  Detail = "full"
)

// symbols stand before the words that say the same.
func symbol(k tertial.Kind) string {
	switch k {
	case tertial.Escalation:
		return "▲"
	case tertial.Overdue:
		return "■"
	case tertial.Due:
		return "►"
	case tertial.Upcoming:
		return "○"
	case tertial.Checkpoint:
		return "◊"
	case tertial.AwaitsCheck:
		return "√"
	}
	return "+"
}

// account tells of items in a language, on a day, with so much detail. What it tells
// of an item depends on the item and these three alone.
type account struct {
	speech
	detail Detail
}

// titled reports whether more than references and dates may be told.
func (a account) titled() bool { return a.detail != DetailRef }

func (a account) title(it *tertial.Item, limit int) string {
	if !a.titled() {
		return ""
	}
	return oneLine(it.Title, limit)
}

// early reports whether the item says due of a day that is yet to come.
func (a account) early(it *tertial.Item) bool {
	return it.Kind == tertial.Due && it.Due.After(a.day)
}

func (a account) block(it *tertial.Item) *templates.Block {
	state := "state." + string(it.Kind)
	if a.early(it) {
		state += ".early"
	}
	b := &templates.Block{
		Language: a.Language(), Ref: oneLine(it.Ref, maxWord), Title: a.title(it, maxTitle),
		Symbol: symbol(it.Kind), State: a.T(state, nil), Facts: a.facts(it), Notes: a.notes(it),
	}
	if a.detail == DetailFull {
		b.Description = paragraphs(it.Description)
	}
	return b
}

func (a account) facts(it *tertial.Item) []templates.Fact {
	due := a.T("fact.no_due", nil)
	if !it.Due.IsZero() {
		due = a.dateAndDays(it.Due)
	}
	facts := []templates.Fact{{Label: a.T("fact.due", nil), Value: due}}
	add := func(id, value string) {
		if value != "" {
			facts = append(facts, templates.Fact{Label: a.T("fact."+id, nil), Value: value})
		}
	}
	if it.Kind == tertial.Checkpoint && !it.EventDate.IsZero() {
		id := "fact.event.value"
		if it.Preliminary {
			id = "fact.event.preliminary"
		}
		add("event", a.T(id, templates.Args{"Event": a.event(it), "Date": a.dateAndDays(it.EventDate)}))
	}
	if a.titled() {
		clauses := make([]string, len(it.Clauses))
		for i, c := range it.Clauses {
			clauses[i] = oneLine(c, maxWord)
		}
		add("clauses", cutTo(strings.Join(clauses, ", "), maxTitle))
		add("priority", a.word("priority.", string(it.Priority)))
		add("status", a.word("status.", string(it.Status)))
		if it.Steps > 0 {
			add("steps", a.T("fact.steps.value", templates.Args{"Done": it.StepsDone, "Total": it.Steps}))
		}
	}
	add("part", a.word("part.", string(it.Part)))
	return facts
}

// word says a word of a fixed set, and nothing where the set has no such word.
func (a account) word(prefix, key string) string {
	if id := prefix + key; a.Has(id) {
		return a.T(id, nil)
	}
	return ""
}

func (a account) event(it *tertial.Item) string {
	if name := oneLine(it.EventName, maxWord); name != "" {
		return name
	}
	return oneLine(it.Event, maxWord)
}

// remarks are what is out of the ordinary with an item, by the id of its text.
func (a account) remarks(it *tertial.Item) []remark {
	var all []remark
	add := func(when bool, id string, args templates.Args) {
		if when {
			all = append(all, remark{id, args})
		}
	}
	add(it.Late, "late", nil)
	if len(it.For) > 0 {
		names := templates.Args{"Names": a.list(it.For)}
		add(it.Kind == tertial.Escalation, "for.escalation", names)
		add(it.Kind != tertial.Escalation, "for", names)
	}
	if len(it.Unheld) > 0 {
		add(true, "unheld", templates.Args{"Roles": a.list(it.Unheld)})
	}
	add(it.Undeliverable, "undeliverable", nil)
	return all
}

type remark struct {
	id   string
	args templates.Args
}

func (a account) notes(it *tertial.Item) []string {
	var notes []string
	if a.early(it) {
		notes = append(notes, a.T("item.early", nil))
	}
	for _, r := range a.remarks(it) {
		if r.id == "unheld" && len(it.Unheld) > 1 {
			r.id = "unheld.many"
		}
		notes = append(notes, a.T("item."+r.id, r.args))
	}
	return notes
}

// line tells of the item in one line, for mails that hold many.
func (a account) line(it *tertial.Item) templates.Line {
	var parts []string
	if title := a.title(it, maxLineTitle); title != "" {
		parts = append(parts, title)
	}
	if it.Due.IsZero() {
		parts = append(parts, a.T("line.no_due", nil))
	} else {
		parts = append(parts, a.T("line.due", templates.Args{"Date": a.date(it.Due), "Days": a.days(it.Due)}))
	}
	if it.Kind == tertial.Checkpoint && !it.EventDate.IsZero() {
		parts = append(parts, a.T("line.event", templates.Args{"Event": a.event(it), "Date": a.date(it.EventDate)}))
		if it.Preliminary {
			parts = append(parts, a.T("line.preliminary", nil))
		}
	}
	if it.Part == tertial.Contributor || it.Part == tertial.FollowUp {
		parts = append(parts, a.T("line.part", templates.Args{"Part": a.word("part.", string(it.Part))}))
	}
	for _, r := range a.remarks(it) {
		parts = append(parts, a.T("line."+r.id, r.args))
	}
	return templates.Line{Ref: oneLine(it.Ref, maxWord), Text: strings.Join(parts, "; ")}
}
