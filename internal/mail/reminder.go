package mail

import (
	"cmp"
	"fmt"
	"slices"

	"tertial/internal/tertial"
	"tertial/templates"
)

// room is how much a mail may hold. The first mail that is tried has the room
// of the rules; one that comes out too large is tried again with less.
type room struct {
	blocks int // actions in full
	lines  int // actions in all; further ones are counted
}

// rooms are tried in order until the mail is small enough.
func rooms() []room {
	return []room{{15, 500}, {15, 150}, {10, 60}, {5, 20}, {1, 5}}
}

// draft is a mail before it is laid out.
type draft struct {
	letter templates.Letter
	// stem is the subject without what stands before it; of mails about one action.
	stem string
	item *tertial.Item
	file *file // what is attached; nil: nothing
}

// sections is the order in which a collected mail tells of its items.
func sections() []tertial.Kind {
	return []tertial.Kind{tertial.Escalation, tertial.Overdue, tertial.Due, tertial.Upcoming, tertial.Checkpoint, tertial.Assigned, tertial.AwaitsCheck}
}

// reminder drafts the mail of a person and day.
func (r *Renderer) reminder(m *tertial.Message, a account, page *door, space room) (*draft, error) {
	switch len(m.Items) {
	case 0:
		return nil, fmt.Errorf("%w: message %d is a reminder of nothing", tertial.ErrInvalid, m.ID)
	case 1:
		return r.single(m, a, page)
	}
	return r.collected(m, a, page, space)
}

// single drafts a mail about one action. Its subject's stem never changes, so that all
// mails about the action are one conversation.
func (r *Renderer) single(m *tertial.Message, a account, page *door) (*draft, error) {
	it := &m.Items[0]
	title := headerText(a.title(it, maxTitle), maxTitle)
	if title == "" {
		title = a.T("subject.untitled", nil)
	}
	d := &draft{item: it}
	d.stem = cutTo(headerText(a.T("subject.single", templates.Args{"Ref": headerText(it.Ref, maxWord), "Title": title}), maxTitle*2), maxSubjectStem)
	d.letter.Subject = d.stem
	if id := "subject." + string(it.Kind); a.Has(id) {
		d.letter.Subject = a.T(id, templates.Args{"Stem": d.stem})
	}
	piece, err := r.block(a, page, it)
	if err != nil {
		return nil, fmt.Errorf("action %.80q: %w", it.Ref, err)
	}
	d.letter.Paragraphs = a.lead(it)
	d.letter.Sections = []templates.Section{{Blocks: []templates.Piece{piece}}}
	if wordy := page.wordy([]*tertial.Item{it}); len(wordy) > 0 {
		d.letter.Ask, d.letter.Answers = a.T("ask.one", nil), a.answers(wordy)
	}
	return d, nil
}

// block renders one action, with the ways to answer about it.
func (r *Renderer) block(a account, page *door, it *tertial.Item) (templates.Piece, error) {
	b := a.block(it)
	page.links(a, b, it)
	return r.set.Block(b)
}

// lead says what a mail about one action is about, and what is asked.
func (a account) lead(it *tertial.Item) []string {
	id := "lead." + string(it.Kind)
	var args templates.Args
	switch {
	case it.Kind == tertial.Checkpoint:
		return []string{a.T(id, templates.Args{"Event": a.event(it)}), a.T("lead.checkpoint.public", nil)}
	case it.Kind == tertial.Escalation:
		return []string{a.T(id, templates.Args{"Date": a.date(it.Due)}), a.T("lead.escalation.how", nil)}
	case a.early(it):
		id, args = "lead.upcoming", templates.Args{"Date": a.dateAndDays(it.Due)}
	case it.Kind == tertial.Upcoming && it.Due.IsZero(): // it was asked for
		id = "lead.asked"
	case it.Kind == tertial.Overdue:
		args = templates.Args{"Date": a.date(it.Due)}
	case it.Kind == tertial.Upcoming:
		args = templates.Args{"Date": a.dateAndDays(it.Due)}
	case !a.Has(id):
		id = "lead.assigned"
	}
	return []string{a.T(id, args)}
}

// collected drafts a mail about several actions, the most urgent first.
func (r *Renderer) collected(m *tertial.Message, a account, page *door, space room) (*draft, error) {
	items := make([]*tertial.Item, len(m.Items))
	for i := range m.Items {
		items[i] = &m.Items[i]
	}
	slices.SortStableFunc(items, func(x, y *tertial.Item) int {
		return cmp.Or(cmp.Compare(x.Kind.Urgency(), y.Kind.Urgency()), compareDue(x.Due, y.Due))
	})
	d := &draft{}
	d.letter.Subject = a.T("subject.collected", templates.Args{"Week": a.week(), "Counts": a.itemCounts(items)})
	d.letter.Paragraphs = []string{a.T("lead.collected", templates.Args{"N": len(items)})}
	if items[0].Kind == tertial.Assigned && items[len(items)-1].Kind == tertial.Assigned {
		d.letter.Paragraphs = []string{a.T("lead.assigned.many", templates.Args{"N": len(items)})}
	}
	if all, several := page.all(a, items); several {
		d.letter.Sections = append(d.letter.Sections, all)
	}
	shown := 0
	for _, kind := range sections() {
		var of []*tertial.Item
		for _, it := range items {
			if it.Kind == kind {
				of = append(of, it)
			}
		}
		if len(of) == 0 {
			continue
		}
		s, err := r.section(a, page, kind, of, space, &shown)
		if err != nil {
			return nil, err
		}
		d.letter.Sections = append(d.letter.Sections, s)
	}
	if left := len(items) - shown; left > 0 {
		d.letter.Sections = append(d.letter.Sections, r.left(a, left))
	}
	if wordy := page.wordy(items); len(wordy) > 0 {
		d.letter.Ask, d.letter.Answers = a.T("ask.many", nil), a.answers(wordy)
	}
	return d, nil
}

// section tells of the items of one kind; shown counts those that the mail has told of.
func (r *Renderer) section(a account, page *door, kind tertial.Kind, items []*tertial.Item, space room, shown *int) (templates.Section, error) {
	s := templates.Section{Heading: a.T("section."+string(kind), nil)}
	if id := "note." + string(kind); a.Has(id) {
		s.Note = a.T(id, nil)
	}
	for _, it := range items {
		switch {
		case *shown >= space.lines:
			return s, nil
		case *shown < space.blocks:
			piece, err := r.block(a, page, it)
			if err != nil {
				return s, fmt.Errorf("action %.80q: %w", it.Ref, err)
			}
			s.Blocks = append(s.Blocks, piece)
		default:
			s.Lines = append(s.Lines, a.line(it))
		}
		*shown++
	}
	return s, nil
}

// left says how many actions found no room, and where they are.
func (r *Renderer) left(a account, n int) templates.Section {
	s := templates.Section{More: a.T("more.items", templates.Args{"N": n})}
	if r.o.BaseURL != "" {
		s.More += " " + a.T("more.link", nil)
		s.Link = r.o.BaseURL + "/"
	}
	return s
}

// compareDue orders dates, those without one last.
func compareDue(x, y tertial.Date) int {
	switch {
	case x == y:
		return 0
	case x.IsZero():
		return 1
	case y.IsZero():
		return -1
	}
	return x.Compare(y)
}

func (a account) itemCounts(items []*tertial.Item) string {
	n := make(map[string]int)
	for _, it := range items {
		kind := it.Kind
		if kind == tertial.Due {
			kind = tertial.Upcoming
		}
		n[string(kind)]++
	}
	return a.counts([]string{"escalation", "overdue", "upcoming", "checkpoint", "assigned", "reported_done"}, n)
}

// answers are the ways to answer a mail about items of the kinds, each once.
func (a account) answers(kinds []tertial.Kind) []string {
	var all []string
	for _, kind := range kinds {
		var ids []string
		switch kind {
		case tertial.Escalation:
			ids = []string{"new_owner", "new_date", "accept"}
		case tertial.AwaitsCheck:
			ids = []string{"confirmed", "sent_back"}
		case tertial.Assigned:
			ids = []string{"new_date", "wrong_person"}
		case tertial.Checkpoint:
			ids = []string{"on_track", "help", "new_date", "done"}
		default:
			ids = []string{"done", "on_track", "new_date", "help", "wrong_person"}
		}
		for _, id := range ids {
			if text := a.T("answer."+id, nil); !slices.Contains(all, text) {
				all = append(all, text)
			}
		}
	}
	return all
}
