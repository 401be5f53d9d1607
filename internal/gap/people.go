package gap

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"tertial/internal/tertial"
)

// peopleColumns are the columns of a table of people; the English and the
// Swedish name first.
var peopleColumns = [][]string{
	{"name", "namn"},
	{"email", "epost", "e-post", "e-mail", "mail", "e-postadress"},
	{"roles", "roller", "role", "roll"},
	{"language", "språk"},
	{"frequency", "frekvens"},
	{"manager", "chef"},
	{"deputy", "ersättare"},
	{"away_from", "borta_från", "away from", "borta från"},
	{"away_to", "borta_till", "away to", "borta till"},
	{"roles_from", "roller_från", "roles from", "roller från"},
}

// The places of the columns.
const (
	perName = iota
	perEmail
	perRoles
	perLanguage
	perFrequency
	perManager
	perDeputy
	perAwayFrom
	perAwayTo
	perRolesFrom
)

var (
	languages   = map[string]string{"": "", "sv": "sv", "svenska": "sv", "swedish": "sv", "en": "en", "engelska": "en", "english": "en"}
	frequencies = map[string]tertial.Frequency{
		"": tertial.Daily, "daily": tertial.Daily, "dagligen": tertial.Daily, "daglig": tertial.Daily,
		"weekly": tertial.Weekly, "veckovis": tertial.Weekly, "varje vecka": tertial.Weekly,
	}
)

// ReadPeople reads a table of people. The error is about the whole file; what is
// wrong with single rows is in the problems. Name, email and roles must have a
// column, the others may. Managers and deputies are addresses of rows of the file.
func ReadPeople(data []byte, source string) ([]tertial.Person, []tertial.Problem, error) {
	people, problems, err := readPeople(data)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read %s: %w", Clean(source), err)
	}
	return people, problems, nil
}

func readPeople(data []byte) ([]tertial.Person, []tertial.Problem, error) {
	content, encoding, err := decode(data)
	if err != nil {
		return nil, nil, err
	}
	comma, _ := sniff(content, peopleColumns)
	t, err := newTable(content, comma, peopleColumns, []int{perName, perEmail, perRoles})
	if err != nil {
		return nil, nil, err
	}
	list := peopleList{line: map[string]int{}, people: []tertial.Person{}, document: document{problems: []tertial.Problem{}}}
	for {
		rec, why, err := t.next(len(peopleColumns))
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		if why == "" {
			list.add(rec)
		} else if t.ragged <= maxProblems {
			list.fail(rec.line, "", "%s", why)
		}
	}
	list.more(t.ragged, tertial.SeverityError, "rows with another number of cells")
	if t.rows == 0 {
		return nil, nil, fmt.Errorf("%w: the table has a header but no row", tertial.ErrInvalid)
	}
	if encoding != encUTF8 {
		list.doubt(0, "", "the file was read as %s; check that å, ä and ö are right", encoding)
	}
	list.checkNamed()
	return list.people, list.problems, nil
}

// The longest name of a person or a role, in characters.
const maxName = 200

// unguarded takes away the apostrophe by which a list that was printed as CSV keeps a
// spreadsheet from taking the cell for a formula.
func unguarded(cell string) string {
	rest, ok := strings.CutPrefix(cell, "'")
	if sign := strings.TrimLeft(rest, ` ";`); ok && sign != "" && strings.ContainsRune("=+-@\t\r'", rune(sign[0])) {
		return rest
	}
	return cell
}

// peopleList gathers people and what is wrong with their rows.
type peopleList struct {
	document
	people []tertial.Person
	lines  []int          // of the people
	line   map[string]int // address in lower case → its row
}

// add reads one row; one with an error is listed and not kept.
func (l *peopleList) add(rec record) {
	cells := make([]string, len(rec.cells))
	for i, c := range rec.cells {
		rec.cells[i] = unguarded(c)
		cells[i] = Clean(rec.cells[i])
	}
	before := len(l.problems)
	p := tertial.Person{Name: cells[perName], Holdings: []tertial.Holding{}}
	switch n := utf8.RuneCountInString(p.Name); {
	case n == 0:
		l.fail(rec.line, "", "the name is empty")
	case n > maxName:
		l.fail(rec.line, "", "the name has %d characters; %d are the most", n, maxName)
	}
	p.Email = l.address(rec, perEmail)
	if first := l.line[strings.ToLower(p.Email)]; p.Email != "" && first > 0 {
		l.fail(rec.line, "", "%s stands in line %d too; give each person one row", echo(p.Email), first)
	} else if p.Email != "" {
		l.line[strings.ToLower(p.Email)] = rec.line
	}
	p.Manager, p.Deputy = l.optional(rec, perManager), l.optional(rec, perDeputy)
	var ok bool
	if p.Language, ok = languages[strings.ToLower(cells[perLanguage])]; !ok {
		l.fail(rec.line, "", "%s is no language that mails are written in; write sv or en", echo(cells[perLanguage]))
	}
	if p.Frequency, ok = frequencies[strings.ToLower(cells[perFrequency])]; !ok {
		l.fail(rec.line, "", "%s is no frequency; write daily or weekly", echo(cells[perFrequency]))
	}
	l.addTimes(&p, rec.line, cells)
	for _, p := range l.problems[before:] {
		if p.Severity == tertial.SeverityError {
			return
		}
	}
	l.people, l.lines = append(l.people, p), append(l.lines, rec.line)
}

// addTimes reads the absence and the roles with their first day.
func (l *peopleList) addTimes(p *tertial.Person, line int, cells []string) {
	p.AwayFrom = l.date(line, cells, perAwayFrom)
	p.AwayTo = l.date(line, cells, perAwayTo)
	switch {
	case p.AwayFrom.IsZero() && cells[perAwayTo] != "" && cells[perAwayFrom] == "":
		l.fail(line, "", "away_to is given without away_from; give both, or away_from alone for until further notice")
	case !p.AwayTo.IsZero() && p.AwayTo.Before(p.AwayFrom):
		l.fail(line, "", "away_to (%s) lies before away_from (%s)", p.AwayTo, p.AwayFrom)
	}
	from := l.date(line, cells, perRolesFrom)
	seen := map[string]bool{}
	for role := range strings.SplitSeq(cells[perRoles], ";") {
		role = strings.Trim(role, " ")
		key := tertial.RoleKey(role)
		if role == "" {
			continue
		}
		if seen[key] {
			l.doubt(line, "", "the role %s is named twice, and was taken once", echo(role))
			continue
		}
		seen[key] = true
		if n := utf8.RuneCountInString(role); n > maxName {
			l.fail(line, "", "the role %s has %d characters; %d are the most", echo(role), n, maxName)
		}
		p.Holdings = append(p.Holdings, tertial.Holding{Role: role, From: from})
	}
}

// Dates outside these years are more likely mistyped than meant.
const (
	earliestYear = 2000
	latestYear   = 2100
)

func (l *peopleList) date(line int, cells []string, col int) tertial.Date {
	cell := cells[col]
	if cell == "" {
		return tertial.Date{}
	}
	d, err := tertial.ParseDate(cell)
	switch {
	case err != nil:
		l.fail(line, "", "%s: %s is no date; write it as 2027-03-31", peopleColumns[col][0], echo(cell))
	case d.Year() < earliestYear || d.Year() > latestYear:
		l.doubt(line, "", "%s: %s is far away; check the year", peopleColumns[col][0], d)
	}
	return d
}

// address reads a cell with one address; the cell as it is, since a line end in it is refused.
func (l *peopleList) address(rec record, col int) string {
	a, err := Address(rec.cells[col])
	if err != nil {
		l.fail(rec.line, "", "%s: %s", peopleColumns[col][0], reason(err))
	}
	return a
}

func (l *peopleList) optional(rec record, col int) string {
	if strings.TrimSpace(rec.cells[col]) == "" {
		return ""
	}
	return l.address(rec, col)
}

// reason is an error's text without the name of its kind, which a problem's severity says.
func reason(err error) string {
	return strings.TrimPrefix(err.Error(), tertial.ErrInvalid.Error()+": ")
}

// checkNamed finds managers and deputies that have no row. Circles are allowed.
func (l *peopleList) checkNamed() {
	for i := range l.people {
		p := &l.people[i]
		for _, named := range []struct{ column, address string }{{"manager", p.Manager}, {"deputy", p.Deputy}} {
			switch key := strings.ToLower(named.address); {
			case key == "":
			case l.line[key] == 0:
				l.fail(l.lines[i], "", "%s: %s has no row in the file; add the person or empty the cell", named.column, echo(named.address))
			case named.column == "deputy" && key == strings.ToLower(p.Email):
				l.doubt(l.lines[i], "", "%s is named as their own deputy, which is the same as none", echo(p.Name))
			}
		}
	}
}
