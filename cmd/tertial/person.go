package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"tertial/internal/gap"
	"tertial/internal/tertial"
)

// personVerb is everything about people.
type personVerb struct {
	Import personImport `cmd:"" help:"Add or change the people of a CSV file, all or none."`
	Add    personAdd    `cmd:"" help:"Add one person."`
	Edit   personEdit   `cmd:"" help:"Change one person."`
	List   personList   `cmd:"" help:"List the people."`
	Away   personAway   `cmd:"" help:"Say that a person is away, or back."`
}

// personImport reads name,email,roles,language,frequency,manager,deputy,away_from,away_to,roles_from.
type personImport struct {
	File string `arg:"" help:"CSV file with a head; - is standard input."`
	asOf
}

// Run stores the people. The same file again changes nothing.
func (v *personImport) Run(ctx context.Context, p *program) error {
	data, source, err := p.readInput(v.File)
	if err != nil {
		return err
	}
	people, problems, err := gap.ReadPeople(data, source)
	if err != nil {
		return refused(err)
	}
	p.tellProblems(problems)
	if slices.ContainsFunc(problems, func(x tertial.Problem) bool { return x.Severity == tertial.SeverityError }) {
		return &failure{code: exitRefused, err: errors.New("some rows cannot be read, and nothing was stored"), hint: "correct them in the file"}
	}
	return p.house(ctx, v.asOf, func(h *house) error {
		h.stamp.By = "import"
		added, changed, err := h.store.SavePeople(ctx, h.stamp, people)
		if err != nil {
			return refused(err)
		}
		if added == 0 && changed == 0 {
			p.printf("no change: %s as they are stored\n", plural(len(people), "person"))
			return nil
		}
		p.printf("%d added, %d changed, %d as before\n", added, changed, len(people)-added-changed)
		return nil
	})
}

// personList lists the people by name.
type personList struct {
	Role    string `placeholder:"ROLE" help:"Only those who hold this role on the as-of day."`
	Suspect bool   `help:"Only those whose address is thought to be wrong."`
	asOf
}

func (personList) forms() []format { return []format{asJSON, asCSV} }

// Run lists them.
func (v *personList) Run(ctx context.Context, p *program) error {
	return p.house(ctx, v.asOf, func(h *house) error {
		people, err := v.people(h.store.People(ctx), h.today)
		if err != nil {
			return err
		}
		l := personListing(h.today)
		if v.Role != "" || v.Suspect {
			l.none = "nobody matches"
		}
		if err := l.print(p, each(people)); err != nil || p.Output != asTable {
			return err
		}
		p.tellSuspects(people)
		return nil
	})
}

// The most suspect addresses whose reason is told below a list.
const maxSuspects = 5

// tellSuspects says why addresses are thought to be wrong, and what to do.
func (p *program) tellSuspects(people []tertial.Person) {
	n := 0
	for i := range people {
		x := &people[i]
		if x.Suspect == "" {
			continue
		}
		if n++; n <= maxSuspects {
			p.tell("suspect: %s: %s", x.Email, cut(oneLine(x.Suspect), 200))
		}
	}
	if n > maxSuspects {
		p.tell("and %d more: tertial person list --suspect -o json", n-maxSuspects)
	}
	if n > 0 {
		p.tell("mail still goes there; tertial person edit ADDRESS --new-email NEW settles it, also with the same address once it is right")
	}
}

// people collects those asked for, in the order of their names.
func (v *personList) people(all iter.Seq2[tertial.Person, error], today tertial.Date) ([]tertial.Person, error) {
	var people []tertial.Person
	for x, err := range all {
		if err != nil {
			return nil, err
		}
		if v.Role != "" && !holds(&x, v.Role, today) || v.Suspect && x.Suspect == "" {
			continue
		}
		if x.Holdings == nil {
			x.Holdings = []tertial.Holding{}
		}
		people = append(people, x)
	}
	slices.SortStableFunc(people, func(a, b tertial.Person) int {
		return strings.Compare(sortKey(a.Name)+"\x00"+a.Email, sortKey(b.Name)+"\x00"+b.Email)
	})
	return people, nil
}

func holds(x *tertial.Person, role string, today tertial.Date) bool {
	return slices.ContainsFunc(x.Roles(today), func(r string) bool { return tertial.RoleKey(r) == tertial.RoleKey(role) })
}

// sortKey orders names as Swedish does: without regard to case, å ä ö after z, and é with e.
func sortKey(name string) string {
	return strings.NewReplacer(
		"å", "{", "ä", "|", "æ", "|", "ö", "}", "ø", "}",
		"é", "e", "è", "e", "ü", "y", "á", "a", "à", "a",
	).Replace(strings.ToLower(name))
}

func personListing(today tertial.Date) *listing[tertial.Person] {
	return &listing[tertial.Person]{
		key:   "people",
		table: []column{{"NAME", 20}, {"ADDRESS", 28}, {"MAIL", 7}, {"AWAY", 12}, {"ROLES", 0}},
		line: func(x tertial.Person) []string {
			return []string{x.Name, x.Email, mailShown(&x), awayShown(&x, today), strings.Join(x.Roles(today), ", ")}
		},
		csv: []string{"name", "email", "roles", "language", "frequency", "manager", "deputy", "away_from", "away_to", "roles_from"},
		cells: func(x tertial.Person) []string {
			return []string{x.Name, x.Email, strings.Join(x.Roles(today), ";"), x.Language, string(x.Frequency), x.Manager, x.Deputy,
				x.AwayFrom.String(), x.AwayTo.String(), rolesFrom(&x, today)}
		},
		none: "nobody yet: tertial person import FILE, or person add",
	}
}

// mailShown says how often mail comes, or that it does not seem to arrive.
func mailShown(x *tertial.Person) string {
	if x.Suspect != "" {
		return "suspect"
	}
	return string(x.Frequency)
}

// awayShown says how long a person is away, where they are or will be.
func awayShown(x *tertial.Person, today tertial.Date) string {
	switch {
	case x.AwayFrom.IsZero() || !x.AwayTo.IsZero() && x.AwayTo.Before(today):
		return ""
	case x.AwayFrom.After(today):
		return "> " + x.AwayFrom.String()
	case x.AwayTo.IsZero():
		return "away"
	}
	return "< " + x.AwayTo.AddDays(1).String()
}

// rolesFrom is the day since when the person holds the roles, where it is one day for all of them.
func rolesFrom(x *tertial.Person, today tertial.Date) string {
	var from []tertial.Date
	for _, h := range x.Holdings {
		if h.Covers(today) {
			from = append(from, h.From)
		}
	}
	if from = slices.Compact(from); len(from) == 1 {
		return from[0].String()
	}
	return ""
}

// personAway says when a person is away.
type personAway struct {
	Email string       `arg:"" help:"The person's address."`
	From  tertial.Date `xor:"from" placeholder:"DATE" help:"First day away."`
	To    tertial.Date `placeholder:"DATE" help:"Last day away (default: until further notice)."`
	Back  bool         `xor:"from" help:"The person is back."`
	asOf
}

// Run records it. Mail goes to the deputy meanwhile.
func (v *personAway) Run(ctx context.Context, p *program) error {
	switch {
	case v.Back && !v.To.IsZero():
		return usageError("--back takes no --to")
	case !v.Back && v.From.IsZero():
		return usageError("say --from DATE, or --back")
	case !v.To.IsZero() && v.To.Before(v.From):
		return usageError("--to %s lies before --from %s", v.To, v.From)
	}
	return p.house(ctx, v.asOf, func(h *house) error {
		x, err := h.store.EditPerson(ctx, h.stamp, v.Email, func(x *tertial.Person) error {
			x.AwayFrom, x.AwayTo = v.From, v.To
			return nil
		})
		if err != nil {
			return err
		}
		p.printf("%s\n", absence(&x))
		return nil
	})
}

func absence(x *tertial.Person) string {
	text := x.Name + " is back"
	if x.AwayFrom.IsZero() {
		return text
	}
	text = fmt.Sprintf("%s is away from %s", x.Name, x.AwayFrom)
	if !x.AwayTo.IsZero() {
		text += fmt.Sprintf(" to %s", x.AwayTo)
	}
	if x.Deputy == "" {
		return text + "; mail goes to the coordinator: name a deputy with tertial person edit --deputy"
	}
	return text + "; mail goes to " + x.Deputy
}
