package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"tertial/internal/tertial"
)

// planVerb shows every mail that will go out if nothing is answered or closed meanwhile.
type planVerb struct {
	From tertial.Date `placeholder:"DATE" help:"First day (default: --as-of)."`
	To   tertial.Date `placeholder:"DATE" help:"Last day (default: a year on)."`
	asOf
}

func (planVerb) forms() []format { return []format{asJSON, asCSV} }

// mailPlan is what will go out.
type mailPlan struct {
	Mails []plannedMail  `json:"mails"`
	Other []plannedOther `json:"other"`
}

// plannedMail is the reminder of one reader and day.
type plannedMail struct {
	Date  tertial.Date `json:"date"`
	To    string       `json:"to"`
	Items []plannedRow `json:"items"`
}

// plannedRow is what the plan keeps of a row: a year has many.
type plannedRow struct {
	Ref   string       `json:"action"`
	Kind  tertial.Kind `json:"kind"`
	Due   tertial.Date `json:"due"`
	Event string       `json:"event"`
	Late  bool         `json:"late"`

	title string
}

func rowOf(x *tertial.Item) plannedRow {
	return plannedRow{Ref: x.Ref, Kind: x.Kind, Due: x.Due, Event: x.Event, Late: x.Late, title: x.Title}
}

// plannedOther is a digest or a summary.
type plannedOther struct {
	Date  tertial.Date        `json:"date"`
	Kind  tertial.MessageKind `json:"kind"`
	To    string              `json:"to"`
	Event string              `json:"event"` // of a digest: "T1 2024"
}

// Run prints the plan.
func (v *planVerb) Run(ctx context.Context, p *program) error {
	return p.house(ctx, v.asOf, func(h *house) error {
		from, to := v.From, v.To
		if from.IsZero() {
			from = h.today
		}
		if to.IsZero() {
			to = from.AddMonths(12)
		}
		if err := checkSpan(from, to, h.today); err != nil {
			return err
		}
		plan, err := h.plan(ctx, p, from, to)
		if err != nil {
			return err
		}
		return plan.print(p)
	})
}

// maxPlanYears is how far a plan looks: every day of it is decided one by one.
const maxPlanYears = 10

// checkSpan refuses days that no plan has.
func checkSpan(from, to, today tertial.Date) error {
	last := today.AddMonths(12 * maxPlanYears)
	switch {
	case from.After(last), to.After(last):
		return usageError("a plan looks %d years ahead at most: say days up to %s", maxPlanYears, last)
	case to.Before(from):
		return usageError("--to %s lies before --from %s", to, from)
	}
	return nil
}

// plan is what goes out from the first send time on or after now, in the days from … to.
func (h *house) plan(ctx context.Context, p *program, from, to tertial.Date) (*mailPlan, error) {
	b := &planBook{from: from, to: to, mails: map[mailKey]*plannedMail{}}
	err := h.rows(ctx, p, to, func(r *reminderRow) {
		if r.missed {
			b.missed = append(b.missed, missedRow{r.key, rowOf(&r.item)})
		} else {
			b.add(r.key, rowOf(&r.item))
		}
	})
	if err != nil {
		return nil, err
	}
	plan := &mailPlan{Mails: b.inOrder(), Other: []plannedOther{}}
	return plan, h.planOther(ctx, plan, from, to)
}

// reminderRow is one row of one reminder that will go out.
type reminderRow struct {
	key    mailKey
	reader tertial.Reader
	item   tertial.Item
	// missed says that it joins what goes to the reader that day, if that does not tell of the action anyway.
	missed bool
}

// rows yields every row of every reminder up to the day to, in no order.
func (h *house) rows(ctx context.Context, p *program, to tertial.Date, yield func(*reminderRow)) error {
	if err := h.waiting(ctx, yield); err != nil {
		return err
	}
	g, n := p.progress("actions planned"), 0
	defer g.end()
	return h.store.Dossiers(ctx, h.rules.Coordinator, portion, func(dossiers []tertial.Dossier, reg *tertial.Register) error {
		for i := range dossiers {
			for _, x := range h.policy.Plan(&dossiers[i], reg, h.now, to) {
				yield(&reminderRow{key: mailKey{x.Date, x.To.Email}, reader: x.To, item: x.Item})
			}
		}
		n += len(dossiers)
		g.at(n)
		return ctx.Err()
	})
}

// planBook gathers rows into mails.
type planBook struct {
	from, to tertial.Date
	mails    map[mailKey]*plannedMail
	missed   []missedRow
}

// missedRow is a row of a mail that will not go, and the mail that it joins.
type missedRow struct {
	key mailKey
	row plannedRow
}

// add puts a row into the mail of a day and reader.
func (b *planBook) add(k mailKey, x plannedRow) {
	if k.day.Before(b.from) || k.day.After(b.to) {
		return
	}
	if b.mails[k] == nil {
		b.mails[k] = &plannedMail{Date: k.day, To: k.to}
	}
	b.mails[k].Items = append(b.mails[k].Items, x)
}

// portion is how many actions are read at a time.
const portion = 500

// mailKey is what makes a mail one mail: the day and the address.
type mailKey struct {
	day tertial.Date
	to  string
}

// inOrder sorts the mails by day and address, and their rows by urgency. On one day a reader has one row an
// action: what was missed gives way to what is told anyway.
func (b *planBook) inOrder() []plannedMail {
	for _, x := range b.missed {
		if m := b.mails[x.key]; m == nil || !m.about(x.row.Ref) {
			b.add(x.key, x.row)
		}
	}
	keys := slices.SortedFunc(maps.Keys(b.mails), func(x, y mailKey) int {
		return cmp.Or(x.day.Compare(y.day), cmp.Compare(x.to, y.to))
	})
	list := make([]plannedMail, 0, len(keys))
	for _, k := range keys {
		m := b.mails[k]
		slices.SortStableFunc(m.Items, byUrgency)
		list = append(list, *m)
	}
	return list
}

func (m *plannedMail) about(ref string) bool {
	return slices.ContainsFunc(m.Items, func(x plannedRow) bool { return x.Ref == ref })
}

// byUrgency orders the rows of a mail: the most urgent kind first, then the earliest due date.
func byUrgency(a, b plannedRow) int {
	return cmp.Or(cmp.Compare(a.Kind.Urgency(), b.Kind.Urgency()), a.Due.Compare(b.Due), cmp.Compare(a.Ref, b.Ref))
}

// print shows the plan in the program's form.
func (plan *mailPlan) print(p *program) error {
	switch p.Output {
	case asJSON:
		return plan.json(p)
	case asCSV:
		return plan.csv(p)
	}
	for _, m := range plan.Mails {
		p.printf("%s  %s\n", dayShown(m.Date), m.To)
		for _, x := range m.Items {
			p.printf("    %s\n", x.line())
		}
	}
	for _, o := range plan.Other {
		p.printf("%s  %s  %s %s\n", dayShown(o.Date), o.To, o.Kind, o.Event)
	}
	if len(plan.Mails)+len(plan.Other) == 0 {
		p.tell("nothing goes out in that time")
	}
	return nil
}

// dayShown is a date with its weekday and week: "2027-03-31 Wed w13".
func dayShown(d tertial.Date) string {
	_, week := d.Week()
	return fmt.Sprintf("%s %s w%02d", d, d.Weekday().String()[:3], week)
}

// line is the row as a line of a table.
func (x *plannedRow) line() string {
	about := x.title
	if x.Event != "" {
		about = x.Event + ": " + about
	}
	due := x.Due.String()
	if due == "" {
		due = "–"
	}
	kind := string(x.Kind)
	if x.Late {
		kind += ", late"
	}
	return padded(kind, 16) + " " + padded(x.Ref, 14) + " " + padded(due, 10) + " " + cut(oneLine(about), 54)
}

func padded(s string, width int) string {
	for n := len([]rune(s)); n < width; n++ {
		s += " "
	}
	return s
}

func (plan *mailPlan) json(p *program) error {
	w := jsonList{w: p.out}
	w.open("mails")
	for i := range plan.Mails {
		if err := w.add(&plan.Mails[i]); err != nil {
			return err
		}
	}
	w.close()
	w.open("other")
	for _, o := range plan.Other {
		if err := w.add(o); err != nil {
			return err
		}
	}
	w.close()
	return w.end()
}

func (plan *mailPlan) csv(p *program) error {
	w := csv.NewWriter(p.out)
	rows := [][]string{{"date", "to", "action", "kind", "due", "event", "late"}}
	for _, m := range plan.Mails {
		for _, x := range m.Items {
			rows = append(rows, guarded([]string{m.Date.String(), m.To, x.Ref, string(x.Kind), x.Due.String(), x.Event, strconv.FormatBool(x.Late)}))
		}
	}
	for _, o := range plan.Other {
		rows = append(rows, guarded([]string{o.Date.String(), o.To, "", string(o.Kind), "", o.Event, "false"}))
	}
	return w.WriteAll(rows)
}
