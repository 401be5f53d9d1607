package mail

import (
	"fmt"
	"strconv"
	"strings"

	"tertial/internal/tertial"
	"tertial/templates"
)

// summary drafts the coordinator's mail of the week. It goes when nothing waits, too: that
// it comes is the sign that reminders are running.
func (r *Renderer) summary(m *tertial.Message, a account, space room) (*draft, error) {
	s := m.Summary
	if s == nil {
		return nil, fmt.Errorf("%w: message %d is a summary without content", tertial.ErrInvalid, m.ID)
	}
	d := &draft{}
	d.letter.Sections = r.summarySections(a, s, space.lines/5)
	counts := a.counts([]string{"decisions", "questions", "reported_done", "overdue", "dates", "problems"}, map[string]int{
		"decisions": max(s.DecisionCount, len(s.Decisions)), "questions": len(s.Questions), "reported_done": len(s.Waiting), "overdue": len(s.Late), "dates": len(s.Dates), "problems": len(s.Problems)})
	week := s.Week
	if week == 0 {
		week = a.week()
	}
	if counts == "" {
		d.letter.Subject = a.T("subject.summary.calm", templates.Args{"Week": week})
		d.letter.Paragraphs = []string{a.T("summary.calm", nil)}
		return d, nil
	}
	d.letter.Subject = a.T("subject.summary", templates.Args{"Week": week, "Counts": counts})
	d.letter.Paragraphs = []string{a.T("summary.lead", nil)}
	return d, nil
}

// summarySections are the parts of a summary that are not empty, what waits for the coordinator first.
func (r *Renderer) summarySections(a account, s *tertial.Summary, limit int) []templates.Section {
	var all []templates.Section
	// total is how many there are, of which n are known.
	add := func(id string, n, total int, line func(i int) templates.Line) {
		if n == 0 {
			return
		}
		section := templates.Section{Heading: a.T("summary."+id, nil)}
		if note := "summary." + id + ".note"; a.Has(note) {
			section.Note = a.T(note, nil)
		}
		for i := range min(n, limit) {
			section.Lines = append(section.Lines, line(i))
		}
		if left := max(n, total) - min(n, limit); left > 0 {
			section.More = a.T("more.lines", templates.Args{"N": left})
		}
		all = append(all, section)
	}
	if n := len(s.Decisions); n > 0 {
		add("decisions", n, s.DecisionCount, func(i int) templates.Line { return a.summaryDecision(&s.Decisions[i]) })
		if r.o.BaseURL != "" {
			all[0].Buttons = []templates.Link{{Label: a.T("summary.decide", nil), URL: r.o.BaseURL + "/overview#decisions"}}
		}
	}
	add("questions", len(s.Questions), 0, func(i int) templates.Line { return a.summaryAction(&s.Questions[i]) })
	add("waiting", len(s.Waiting), 0, func(i int) templates.Line { return a.summaryAction(&s.Waiting[i]) })
	add("dates", len(s.Dates), 0, func(i int) templates.Line { return a.summaryDates(&s.Dates[i]) })
	add("late", len(s.Late), 0, func(i int) templates.Line { return a.summaryAction(&s.Late[i]) })
	add("answers", len(s.Answers), s.AnswerCount, func(i int) templates.Line { return a.summaryAnswer(&s.Answers[i]) })
	add("problems", len(s.Problems), 0, func(i int) templates.Line { return a.summaryProblem(&s.Problems[i]) })
	return all
}

func (a account) summaryAction(x *tertial.SummaryAction) templates.Line {
	var parts []string
	if title := oneLine(x.Title, maxLineTitle); title != "" && a.titled() {
		parts = append(parts, title)
	}
	for _, q := range x.Review {
		if text := a.word("question.", string(q)); text != "" {
			parts = append(parts, text)
		}
	}
	if !x.Due.IsZero() {
		parts = append(parts, a.T("summary.due", templates.Args{"Date": a.date(x.Due)}))
	}
	return templates.Line{Ref: oneLine(x.Ref, maxWord), Text: strings.Join(parts, "; ")}
}

// summaryDecision is what somebody asks for, and whether it has waited for too long.
func (a account) summaryDecision(x *tertial.SummaryAnswer) templates.Line {
	line := a.summaryAnswer(x)
	if x.Kind == tertial.AnswerHandOver {
		line.Text += "; " + a.T("summary.asked", nil)
	}
	if x.Overdue {
		line.Text += "; " + a.T("summary.since", templates.Args{"Date": a.date(x.On)})
	}
	return line
}

// summaryAnswer is who said what.
func (a account) summaryAnswer(x *tertial.SummaryAnswer) templates.Line {
	var parts []string
	if title := oneLine(x.Title, maxLineTitle); title != "" && a.titled() {
		parts = append(parts, title)
	}
	said := oneLine(string(x.Kind), maxWord)
	if id := "said." + strings.ReplaceAll(said, "-", "_"); a.Has(id) {
		said = a.T(id, templates.Args{"Person": oneLine(x.Person, maxName), "Date": a.date(x.Date)})
	}
	return templates.Line{Ref: oneLine(x.Ref, maxWord), Text: strings.Join(append(parts, said), "; ")}
}

func (a account) summaryDates(x *tertial.SummaryDates) templates.Line {
	args := templates.Args{"Text": oneLine(x.Text, maxLineTitle), "Refs": a.list(x.Refs), "Events": a.list(x.Events)}
	id := "summary.dates.line"
	if len(x.Events) > 0 {
		id = "summary.dates.events"
	}
	return templates.Line{Text: a.T(id, args)}
}

func (a account) summaryProblem(x *tertial.SummaryProblem) templates.Line {
	args := templates.Args{"ID": x.ID, "Name": oneLine(x.Name, maxName), "State": a.word("message.", string(x.State)), "Why": oneLine(x.Why, maxTitle)}
	if args["Name"] == "" {
		args["Name"] = a.T("summary.nobody", nil)
	}
	id := "summary.problems.line"
	if args["Why"] != "" {
		id = "summary.problems.why"
	}
	return templates.Line{Text: a.T(id, args)}
}

// maxTableRows bounds a table of the digest; a standard has fewer chapters.
const maxTableRows = 60

// digest drafts management's mail: figures, and no person's name.
func (r *Renderer) digest(m *tertial.Message, a account) (*draft, error) {
	g := m.Digest
	if g == nil {
		return nil, fmt.Errorf("%w: message %d is a digest without content", tertial.ErrInvalid, m.ID)
	}
	event := oneLine(g.EventName, maxWord)
	if event == "" {
		event = oneLine(g.Event, maxWord)
	}
	d := &draft{}
	d.letter.Subject = a.T("subject.digest", templates.Args{"Event": event, "Year": g.Year, "Done": g.Total.Done, "Total": g.Total.Total})
	lead := a.T("digest.lead.empty", nil)
	if t := g.Total; t.Total > 0 {
		lead = a.T("digest.lead", templates.Args{"N": t.Total, "Done": t.Done, "OnTrack": t.OnTrack, "Late": t.Late, "Undated": t.Undated})
	}
	d.letter.Paragraphs = []string{lead}
	if !g.From.IsZero() && !g.To.IsZero() && !g.EventDate.IsZero() {
		d.letter.Paragraphs = append(d.letter.Paragraphs, a.T("digest.period", templates.Args{
			"From": g.From.String(), "To": g.To.String(), "Event": event, "Year": g.Year, "Date": a.date(g.EventDate)}))
	}
	tables := []struct {
		id    string
		rows  []tertial.Row
		label func(string) string
	}{
		{"total", []tertial.Row{{Count: g.Total}}, func(string) string { return a.T("digest.all", nil) }},
		{"priority", g.ByPriority, a.priority},
		{"clause", g.ByClause, a.chapter},
	}
	for _, t := range tables {
		if len(t.rows) > 0 && g.Total.Total > 0 {
			d.letter.Sections = append(d.letter.Sections, templates.Section{Heading: a.T("digest."+t.id, nil), Table: a.table(t.id, t.rows, t.label)})
		}
	}
	if !g.AsOf.IsZero() {
		d.letter.Footer = []string{a.T("footer.digest", templates.Args{"Date": a.date(g.AsOf)})}
	}
	return d, nil
}

func (a account) priority(label string) string {
	if text := a.word("priority.", label); text != "" {
		return text
	}
	return oneLine(label, maxWord)
}

func (a account) chapter(label string) string {
	label = oneLine(label, maxWord)
	if strings.HasPrefix(label, "A.") {
		return a.T("digest.annex", templates.Args{"Label": label})
	}
	return a.T("digest.chapter", templates.Args{"Label": label})
}

func (a account) table(id string, rows []tertial.Row, label func(string) string) *templates.Table {
	t := &templates.Table{Head: []string{
		a.T("digest.head."+id, nil), a.T("digest.done", nil), a.T("digest.on_track", nil), a.T("digest.late", nil), a.T("digest.undated", nil), a.T("digest.count", nil)}}
	for _, row := range rows[:min(len(rows), maxTableRows)] {
		t.Rows = append(t.Rows, []string{label(row.Label), strconv.Itoa(row.Done), strconv.Itoa(row.OnTrack), strconv.Itoa(row.Late),
			strconv.Itoa(row.Undated), strconv.Itoa(row.Total)})
	}
	return t
}

// test drafts the mail that tries the way to an address.
func (r *Renderer) test(a account) (*draft, error) {
	var about templates.Section
	for _, fact := range [][2]string{{"test.day", a.date(a.day)}, {"test.sent", r.from.Address}, {"test.instance", oneLine(r.o.Instance, maxWord)}} {
		if fact[1] != "" {
			about.Lines = append(about.Lines, templates.Line{Text: a.T(fact[0], nil) + ": " + fact[1]})
		}
	}
	d := &draft{}
	d.letter.Subject = a.T("subject.test", nil)
	d.letter.Paragraphs = []string{a.T("test.lead", nil)}
	d.letter.Sections = []templates.Section{about}
	return d, nil
}
