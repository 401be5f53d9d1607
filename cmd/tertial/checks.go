package main

import (
	"strings"
	"unicode/utf8"

	"tertial/internal/gap"
	"tertial/internal/tertial"
)

// maxName is the most characters of a name, a role or a unit, in a file and on the command line.
const maxName = 200

// checkLimit refuses what cannot be a number of rows.
func checkLimit(n int) error {
	if n < 0 {
		return usageError("--limit wants a whole number that is not negative; 0 is all")
	}
	return nil
}

// checkYear refuses a year for which nobody plans.
func checkYear(flag string, year int) error {
	if !planned(year) {
		return usageError("%s %d is out of range: say 2000 to 2100", flag, year)
	}
	return nil
}

// planned reports whether it is a year for which somebody plans.
func planned(year int) bool { return year >= 2000 && year <= 2100 }

// checkDue refuses a due date in a year for which nobody plans; no date is none.
func checkDue(due tertial.Date) error {
	if !due.IsZero() && !planned(due.Year()) {
		return usageError("--due %s is out of range: say a day in the years 2000 to 2100", due)
	}
	return nil
}

// tellPast warns of a due date that has passed: it may be meant, and may be a slip.
func (p *program) tellPast(due, today tertial.Date) {
	if !due.IsZero() && due.Before(today) {
		p.tell("warning: --due %s lies before %s", due, today)
	}
}

// checkLength refuses a name that no list and no mail can bear.
func checkLength(flag, name string) error {
	if n := utf8.RuneCountInString(name); n > maxName {
		return usageError("%s has %d characters; %d are the most", flag, n, maxName)
	}
	return nil
}

// named reads the name that a flag gives; a person without one is greeted by nothing.
func named(flag, given string) (string, error) {
	name := gap.Clean(given)
	if name == "" {
		return "", usageError("%s is empty", flag)
	}
	return name, checkLength(flag, name)
}

// roles reads the roles that a repeatable flag gives; empty ones are left out.
func roles(flag string, given []string) ([]string, error) {
	list := cleaned(given)
	for _, role := range list {
		if strings.Contains(role, ";") {
			return nil, usageError("%s %q holds a ; which parts roles from each other in files: give the flag once a role", flag, cut(role, 80))
		}
		if err := checkLength(flag, role); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// clauses reads the clauses that a repeatable flag gives, written as the standard does; empty ones are left out.
func clauses(flag string, given []string) ([]string, error) {
	list := cleaned(given)
	if len(list) == 0 {
		return nil, usageError("%s is empty: say which requirement the action is about, as 7.2 or A.5.9", flag)
	}
	for i, s := range list {
		clause, ok := gap.Clause(s)
		if !ok {
			return nil, usageError("%s %q is no clause: write it as 7.2, 9.2.1 or A.5.9", flag, cut(s, 80))
		}
		list[i] = clause
	}
	return list, nil
}

// cleaned brings texts from outside into form; empty ones are left out.
func cleaned(texts []string) []string {
	out := []string{}
	for _, t := range texts {
		if t = gap.Clean(t); t != "" {
			out = append(out, t)
		}
	}
	return out
}
