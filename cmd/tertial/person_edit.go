package main

import (
	"context"
	"errors"
	"fmt"

	"tertial/internal/gap"
	"tertial/internal/tertial"
)

// personAdd adds one person.
type personAdd struct {
	Name      string       `required:"" help:"Name, as it stands in mail."`
	Email     string       `required:"" placeholder:"ADDRESS" help:"Mail address."`
	Role      []string     `sep:"none" placeholder:"ROLE" help:"Role that the person holds (repeatable)."`
	Language  string       `enum:",sv,en" default:"" placeholder:"LANG" help:"sv or en (default: the instance's)."`
	Frequency string       `enum:"daily,weekly" default:"daily" help:"How often mail may come: ${enum}."`
	Manager   string       `placeholder:"ADDRESS" help:"Who is told when an action is long overdue."`
	Deputy    string       `placeholder:"ADDRESS" help:"Who is told while the person is away."`
	From      tertial.Date `placeholder:"DATE" help:"First day with the roles (default: from the beginning)."`
	asOf
}

// Run adds the person; an address that is there already is refused.
func (v *personAdd) Run(ctx context.Context, p *program) error {
	name, err := named("--name", v.Name)
	if err != nil {
		return err
	}
	held, err := roles("--role", v.Role)
	if err != nil {
		return err
	}
	x := tertial.Person{Name: name, Language: v.Language, Frequency: tertial.Frequency(v.Frequency)}
	for _, role := range held {
		x.Holdings = append(x.Holdings, tertial.Holding{Role: role, From: v.From})
	}
	if err := setAddresses(&x, &v.Email, &v.Manager, &v.Deputy); err != nil {
		return err
	}
	return p.house(ctx, v.asOf, func(h *house) error {
		switch _, err := h.store.Person(ctx, x.Email); {
		case err == nil:
			return fmt.Errorf("%w: %s is there already; tertial person edit changes it", tertial.ErrConflict, x.Email)
		case !errors.Is(err, tertial.ErrNotFound):
			return err
		}
		if _, _, err := h.store.SavePeople(ctx, h.stamp, []tertial.Person{x}); err != nil {
			return err
		}
		p.printf("added: %s <%s>\n", x.Name, x.Email)
		return nil
	})
}

// setAddresses reads the addresses that are given; an empty manager or deputy is none.
func setAddresses(x *tertial.Person, email, manager, deputy *string) error {
	for _, a := range []struct {
		flag  string
		given *string
		set   *string
		empty bool // may be
	}{{"--email", email, &x.Email, false}, {"--manager", manager, &x.Manager, true}, {"--deputy", deputy, &x.Deputy, true}} {
		if a.given == nil {
			continue
		}
		if *a.given == "" && a.empty {
			*a.set = ""
			continue
		}
		address, err := gap.Address(*a.given)
		if err != nil {
			return usageError("%s: %s", a.flag, unlabelled(err))
		}
		*a.set = address
	}
	return nil
}

// personEdit changes what is given and leaves the rest.
type personEdit struct {
	Person    string       `arg:"" name:"email" help:"The person's address."`
	Name      *string      `help:"Name, as it stands in mail."`
	Email     *string      `name:"new-email" placeholder:"ADDRESS" help:"New mail address."`
	Language  *string      `placeholder:"LANG" help:"sv or en; \"\" is the instance's."`
	Frequency *string      `help:"How often mail may come: daily or weekly."`
	Manager   *string      `placeholder:"ADDRESS" help:"Who is told when an action is long overdue; \"\" for nobody."`
	Deputy    *string      `placeholder:"ADDRESS" help:"Who is told while the person is away; \"\" for nobody."`
	Role      []string     `sep:"none" placeholder:"ROLE" help:"Role that the person takes on (repeatable)."`
	DropRole  []string     `sep:"none" placeholder:"ROLE" help:"Role that the person gives up (repeatable)."`
	From      tertial.Date `placeholder:"DATE" help:"First day with the role (default: from the beginning)."`
	To        tertial.Date `placeholder:"DATE" help:"Last day with the role (--drop-role: default the day before --as-of)."`
	asOf
}

// Run changes the person.
func (v *personEdit) Run(ctx context.Context, p *program) error {
	if err := v.check(); err != nil {
		return err
	}
	return p.house(ctx, v.asOf, func(h *house) error {
		suspect := false
		x, err := h.store.EditPerson(ctx, h.stamp, v.Person, func(x *tertial.Person) error {
			suspect = x.Suspect != ""
			return v.edit(x, h.today)
		})
		if err != nil {
			return err
		}
		p.printf("changed: %s <%s>\n", x.Name, x.Email)
		if suspect && x.Suspect == "" {
			p.printf("the address is no longer suspect\n")
		}
		return nil
	})
}

func (v *personEdit) check() error {
	switch {
	case v.Name == nil && v.Email == nil && v.Language == nil && v.Frequency == nil && v.Manager == nil &&
		v.Deputy == nil && len(v.Role) == 0 && len(v.DropRole) == 0:
		return usageError("say what to change")
	case !v.From.IsZero() && !v.To.IsZero() && v.To.Before(v.From):
		return usageError("--to %s lies before --from %s", v.To, v.From)
	case v.Language != nil && *v.Language != "" && *v.Language != "sv" && *v.Language != "en":
		return usageError("--language %q is neither sv nor en", cut(*v.Language, 80))
	case v.Frequency != nil && *v.Frequency != string(tertial.Daily) && *v.Frequency != string(tertial.Weekly):
		return usageError("--frequency %q is neither daily nor weekly", cut(*v.Frequency, 80))
	}
	if v.Name != nil {
		if _, err := named("--name", *v.Name); err != nil {
			return err
		}
	}
	_, err := roles("--role", v.Role)
	return err
}

func (v *personEdit) edit(x *tertial.Person, today tertial.Date) error {
	if v.Name != nil {
		x.Name = gap.Clean(*v.Name)
	}
	if v.Language != nil {
		x.Language = *v.Language
	}
	if v.Frequency != nil {
		x.Frequency = tertial.Frequency(*v.Frequency)
	}
	if err := setAddresses(x, v.Email, v.Manager, v.Deputy); err != nil {
		return err
	}
	if v.Email != nil {
		x.Suspect = "" // a person has looked, and says that this is the address
	}
	for _, role := range cleaned(v.DropRole) {
		last := v.To
		if last.IsZero() {
			last = today.AddDays(-1)
		}
		if err := dropRole(x, role, last); err != nil {
			return err
		}
	}
	for _, role := range cleaned(v.Role) {
		takeRole(x, tertial.Holding{Role: role, From: v.From, To: v.To})
	}
	return nil
}

// takeRole gives the person a role, in place of a holding of the same role that begins on the same day.
func takeRole(x *tertial.Person, h tertial.Holding) {
	for i := range x.Holdings {
		old := &x.Holdings[i]
		if tertial.RoleKey(old.Role) == tertial.RoleKey(h.Role) && old.From == h.From {
			old.To = h.To
			return
		}
	}
	x.Holdings = append(x.Holdings, h)
}

// dropRole ends the person's holdings of a role on the day last; what would begin later falls away.
func dropRole(x *tertial.Person, role string, last tertial.Date) error {
	found := false
	kept := []tertial.Holding{}
	for _, h := range x.Holdings {
		if tertial.RoleKey(h.Role) != tertial.RoleKey(role) || !h.To.IsZero() && !h.To.After(last) {
			kept = append(kept, h)
			continue
		}
		found = true
		if !h.From.After(last) {
			h.To = last
			kept = append(kept, h)
		}
	}
	if !found {
		return fmt.Errorf("%w: %s does not hold the role %s", tertial.ErrNotFound, x.Email, cut(role, 80))
	}
	x.Holdings = kept
	return nil
}
