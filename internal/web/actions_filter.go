package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tertial/internal/gap"
	"tertial/internal/tertial"
)

// actionFilter is what the address of a list of actions says: which of them, in which order, in which columns. An address
// is the filter, so that it can be kept and sent to somebody else.
type actionFilter struct {
	Text     string
	Owner    string
	Clause   string
	Event    string
	Status   string // a status; "" is what is not closed, "all" everything
	Priority string
	Only     string // late, review or undated; "" for no such limit
	From, To string // due dates
	Year     string // plan year
	Sort     string // as in the address: "due", "-due"
	Columns  []string
	Page     int // from 1

	query tertial.ActionQuery
	wrong []filterFault
}

// filterFault is a field of the address that says nothing that can be understood: the id of a text about it.
type filterFault struct{ Field, Text string }

const (
	// anyStatus is the filter's word for closed actions too.
	anyStatus = "all"
	// filterText is how long a field of a filter may be.
	filterText = 200
	// pageRows is how many actions one page lists.
	pageRows = 50
)

// actionColumns lists the columns that can be chosen; the reference and the title are always there.
func actionColumns() []string {
	return []string{"clause", "owner", "due", "status", "priority", "answer", "steps", "certainty", "contributors"}
}

// usualColumns are those of a list for which nobody has chosen.
func usualColumns() []string {
	return []string{"clause", "owner", "due", "status", "priority", "answer"}
}

// actionSorts are the orders, by their names in an address.
func actionSorts() map[string]tertial.ActionSort {
	return map[string]tertial.ActionSort{
		"clause": tertial.ByClause, "due": tertial.ByDue, "priority": tertial.ByPriority,
		"status": tertial.ByStatus, "title": tertial.ByTitle, "changed": tertial.ByChanged,
	}
}

// actionStatuses lists every status, in the order in which an action goes through them.
func actionStatuses() []tertial.Status {
	return []tertial.Status{tertial.Open, tertial.InProgress, tertial.ReportedDone, tertial.Done, tertial.Cancelled, tertial.Inapplicable}
}

// readActionFilter reads an address. What is wrong with it is told by its faults; a name that is unknown, or stands there twice though it
// can be said once only, is wrong as a whole.
func readActionFilter(values url.Values, today tertial.Date) (actionFilter, error) {
	f := actionFilter{Sort: "due", Page: 1, query: tertial.ActionQuery{AsOf: today, Limit: pageRows}}
	for name, given := range values {
		if len(given) > 1 && name != "col" {
			return f, errAddress("%s is given twice", name)
		}
		for _, v := range given {
			if !utf8.ValidString(v) || len(v) > 4*filterText {
				return f, errAddress("%s cannot be read", name)
			}
			if v = gap.Clean(v); v != "" {
				if err := f.set(name, v); err != nil {
					return f, err
				}
			}
		}
	}
	f.finish()
	return f, nil
}

// set takes over one field that is not empty.
func (f *actionFilter) set(name, v string) error {
	switch name {
	case "q":
		f.Text, f.query.Text = v, v
	case "owner":
		f.Owner, f.query.Owner = v, v
	case "clause":
		f.setClause(v)
	case "event":
		f.Event, f.query.Event = v, v
	case "status":
		f.setStatus(v)
	case "priority":
		f.Priority, f.query.Priority = v, tertial.Priority(v)
		f.check(slices.Contains(tertial.Priorities(), tertial.Priority(v)), name, "form.pick")
	case "only":
		f.setOnly(v)
	case "from":
		f.From, f.query.DueFrom = v, f.date(name, v)
	case "to":
		f.To, f.query.DueTo = v, f.date(name, v)
	case "year":
		n, err := strconv.Atoi(v)
		f.Year, f.query.PlanYear = v, n
		f.check(err == nil && n >= 1990 && n <= 2200, name, "actions.wrong.year")
	case "sort":
		order, known := actionSorts()[strings.TrimPrefix(v, "-")]
		f.check(known, name, "form.pick")
		if known {
			f.Sort, f.query.Sort, f.query.Descending = v, order, strings.HasPrefix(v, "-")
		}
	case "col":
		if slices.Contains(actionColumns(), v) && !slices.Contains(f.Columns, v) {
			f.Columns = append(f.Columns, v)
		}
	case "page":
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 1_000_000 {
			return errAddress("there is no page %.20q", v)
		}
		f.Page = n
	default:
		return errAddress("%.40q is no filter", name)
	}
	return nil
}

func (f *actionFilter) setClause(v string) {
	v = strings.ToUpper(strings.TrimRight(v, "."))
	ok := v != "" && !strings.ContainsFunc(v, func(r rune) bool { return r != '.' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') })
	f.Clause, f.query.Clause = v, v
	f.check(ok, "clause", "actions.wrong.clause")
}

func (f *actionFilter) setStatus(v string) {
	f.Status = v
	switch {
	case v == anyStatus:
	case slices.Contains(actionStatuses(), tertial.Status(v)):
		f.query.Statuses = []tertial.Status{tertial.Status(v)}
	default:
		f.check(false, "status", "form.pick")
	}
}

func (f *actionFilter) setOnly(v string) {
	f.Only = v
	switch v {
	case "late":
		f.query.Late = true
	case "review":
		f.query.Review = true
	case "undated":
		f.query.Undated = true
	default:
		f.check(false, "only", "form.pick")
	}
}

func (f *actionFilter) date(name, v string) tertial.Date {
	d, err := tertial.ParseDate(v)
	f.check(err == nil, name, "form.date")
	return d
}

func (f *actionFilter) check(ok bool, field, text string) {
	if !ok {
		f.wrong = append(f.wrong, filterFault{field, text})
	}
}

// finish settles what depends on several fields.
func (f *actionFilter) finish() {
	if f.Status == "" {
		f.query.Open = true
	}
	if f.Sort == "due" {
		f.query.Sort = tertial.ByDue
	}
	if !f.query.DueFrom.IsZero() && !f.query.DueTo.IsZero() && f.query.DueTo.Before(f.query.DueFrom) {
		f.check(false, "to", "actions.wrong.span")
	}
	// The columns stand in their own order, whatever the address's.
	chosen := f.Columns
	if len(chosen) == 0 {
		chosen = usualColumns()
	}
	f.Columns = nil
	for _, c := range actionColumns() {
		if slices.Contains(chosen, c) {
			f.Columns = append(f.Columns, c)
		}
	}
	f.query.Offset = (f.Page - 1) * pageRows
	slices.SortFunc(f.wrong, func(a, b filterFault) int { return strings.Compare(a.Field, b.Field) })
}

// values are the fields of the filter's address, without what is usual.
func (f actionFilter) values() url.Values {
	v := url.Values{}
	for _, x := range []struct{ name, value, usual string }{
		{"q", f.Text, ""}, {"owner", f.Owner, ""}, {"clause", f.Clause, ""}, {"event", f.Event, ""}, {"status", f.Status, ""},
		{"priority", f.Priority, ""}, {"only", f.Only, ""}, {"from", f.From, ""}, {"to", f.To, ""}, {"year", f.Year, ""}, {"sort", f.Sort, "due"},
	} {
		if x.value != x.usual {
			v.Set(x.name, x.value)
		}
	}
	if !slices.Equal(f.Columns, usualColumns()) {
		v["col"] = f.Columns
	}
	if f.Page > 1 {
		v.Set("page", strconv.Itoa(f.Page))
	}
	return v
}

// Address returns the filter's address under a path.
func (f actionFilter) Address(path string) string { return addressOf(path, f.values()) }

// At returns the address of the same list at another page.
func (f actionFilter) At(page int) string {
	other := f
	other.Page = page
	return other.Address("/actions")
}

// SortedBy returns the address of the same list in an order; the order that it has already is turned round.
func (f actionFilter) SortedBy(order string) string {
	other := f
	other.Page, other.Sort = 1, order
	if f.Sort == order {
		other.Sort = "-" + order
	}
	return other.Address("/actions")
}

// File returns the address of the whole list as a file.
func (f actionFilter) File(ext string) string {
	other := f
	other.Page, other.Columns = 1, usualColumns()
	return other.Address("/actions." + ext)
}

// Order returns how a column stands in the order, as aria-sort has it: "ascending", "descending" or "none".
func (f actionFilter) Order(order string) string {
	switch f.Sort {
	case order:
		return "ascending"
	case "-" + order:
		return "descending"
	}
	return "none"
}

// Has reports whether a column is shown.
func (f actionFilter) Has(column string) bool { return slices.Contains(f.Columns, column) }

// Filtered reports whether the filter leaves anything out beside what is closed.
func (f actionFilter) Filtered() bool {
	v := f.values()
	for _, name := range []string{"sort", "page", "col"} {
		v.Del(name)
	}
	return len(v) > 0
}

func addressOf(path string, v url.Values) string {
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}
