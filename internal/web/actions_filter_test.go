package web

import (
	"errors"
	"net/url"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

func filterFor(t *testing.T, query string) actionFilter {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	f, err := readActionFilter(values, onDay("2027-03-24"))
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return f
}

func TestAnAddressSaysWhichActions(t *testing.T) {
	today := onDay("2027-03-24")
	for _, tt := range []struct {
		name, query string
		want        tertial.ActionQuery
	}{
		{"nothing is what is not closed, by due date", "", tertial.ActionQuery{Open: true, Sort: tertial.ByDue}},
		{"all are all", "status=all", tertial.ActionQuery{Sort: tertial.ByDue}},
		{"one status", "status=done", tertial.ActionQuery{Statuses: []tertial.Status{tertial.Done}, Sort: tertial.ByDue}},
		{"what is late", "only=late", tertial.ActionQuery{Open: true, Late: true, Sort: tertial.ByDue}},
		{"what has questions", "only=review", tertial.ActionQuery{Open: true, Review: true, Sort: tertial.ByDue}},
		{"what has no date", "only=undated", tertial.ActionQuery{Open: true, Undated: true, Sort: tertial.ByDue}},
		{"a role and words", "owner=HR&q=kurs", tertial.ActionQuery{Open: true, Owner: "HR", Text: "kurs", Sort: tertial.ByDue}},
		{"a clause in any writing", "clause=a.5.9.", tertial.ActionQuery{Open: true, Clause: "A.5.9", Sort: tertial.ByDue}},
		{"a span of days", "from=2027-01-01&to=2027-06-30", tertial.ActionQuery{Open: true, DueFrom: onDay("2027-01-01"), DueTo: onDay("2027-06-30"), Sort: tertial.ByDue}},
		{"an event, a year, a priority", "event=T1&year=2027&priority=high", tertial.ActionQuery{Open: true, Event: "T1", PlanYear: 2027, Priority: tertial.High, Sort: tertial.ByDue}},
		{"another order, turned round", "sort=-title", tertial.ActionQuery{Open: true, Sort: tertial.ByTitle, Descending: true}},
		{"by clause", "sort=clause", tertial.ActionQuery{Open: true, Sort: tertial.ByClause}},
		{"the third page", "page=3", tertial.ActionQuery{Open: true, Sort: tertial.ByDue, Offset: 100}},
		{"empty fields say nothing", "q=&owner=&status=&from=&priority=&only=&year=", tertial.ActionQuery{Open: true, Sort: tertial.ByDue}},
		{"signs that one cannot see are left out", "q=%E2%80%AEkurs%00", tertial.ActionQuery{Open: true, Text: "kurs", Sort: tertial.ByDue}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := filterFor(t, tt.query)
			tt.want.AsOf, tt.want.Limit = today, pageRows
			got := f.query
			if !slices.Equal(got.Statuses, tt.want.Statuses) {
				t.Errorf("got statuses %v, want %v", got.Statuses, tt.want.Statuses)
			}
			got.Statuses, tt.want.Statuses = nil, nil
			if g, w := plainQuery(got), plainQuery(tt.want); g != w {
				t.Errorf("got %+v, want %+v", g, w)
			}
			if len(f.wrong) > 0 {
				t.Errorf("it is said to be wrong: %v", f.wrong)
			}
		})
	}
}

// plainQuery is a query without its list, so that two can be compared.
func plainQuery(q tertial.ActionQuery) (plain struct {
	open, review, late, undated, desc          bool
	owner, clause, text, event, sort, priority string
	year, offset, limit                        int
	from, to, asOf                             tertial.Date
}) {
	plain.open, plain.review, plain.late, plain.undated, plain.desc = q.Open, q.Review, q.Late, q.Undated, q.Descending
	plain.owner, plain.clause, plain.text, plain.event, plain.sort, plain.priority = q.Owner, q.Clause, q.Text, q.Event, string(q.Sort), string(q.Priority)
	plain.year, plain.offset, plain.limit, plain.from, plain.to, plain.asOf = q.PlanYear, q.Offset, q.Limit, q.DueFrom, q.DueTo, q.AsOf
	return plain
}

func TestAnAddressThatNoPageGivesIsRefused(t *testing.T) {
	for _, query := range []string{"sneaky=1", "owner=a&owner=b", "page=0", "page=-1", "page=1e9", "page=9999999999", "q=%ff", "status=open&status=done"} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := readActionFilter(values, onDay("2027-03-24")); !errors.Is(err, errUnreadable) {
			t.Errorf("%s: got %v, want it refused", query, err)
		}
	}
}

func TestAFieldThatSaysNothingIsTold(t *testing.T) {
	for query, field := range map[string]string{
		"status=resting": "status", "priority=urgent": "priority", "only=mine": "only", "from=31/12": "from", "to=2027-02-30": "to", "year=27": "year",
		"sort=id%3Bdrop": "sort", "clause=%27+OR+1": "clause", "from=2027-02-01&to=2027-01-01": "to",
	} {
		f := filterFor(t, query)
		if len(f.wrong) != 1 || f.wrong[0].Field != field {
			t.Errorf("%s: got %v, want the field %s", query, f.wrong, field)
		}
	}
}

func TestAFilterIsItsAddress(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := url.Values{}
		pick := func(name string, from ...string) {
			if x := rapid.SampledFrom(append(from, "")).Draw(t, name); x != "" {
				v.Set(name, x)
			}
		}
		pick("q", "kurs", "åäö & mer", "=1+1")
		pick("owner", "HR", "Avdelningschef för stöd")
		pick("status", "all", "open", "done")
		pick("only", "late", "review")
		pick("clause", "7.2", "A.5")
		pick("sort", "due", "-due", "title", "clause")
		pick("page", "1", "2", "17")
		pick("from", "2027-01-01")
		v["col"] = rapid.SliceOfDistinct(rapid.SampledFrom(actionColumns()), rapid.ID[string]).Draw(t, "col")
		today := onDay("2027-03-24")
		first, err := readActionFilter(v, today)
		if err != nil {
			t.Fatalf("reading %v: %v", v, err)
		}
		u, err := url.Parse(first.Address("/actions"))
		if err != nil {
			t.Fatalf("the address is none: %v", err)
		}
		second, err := readActionFilter(u.Query(), today)
		if err != nil {
			t.Fatalf("reading the address again: %v", err)
		}
		if a, b := first.Address("/actions"), second.Address("/actions"); a != b {
			t.Fatalf("got %s the second time, want %s", b, a)
		}
		if plainQuery(first.query) != plainQuery(second.query) || !slices.Equal(first.Columns, second.Columns) {
			t.Fatalf("the address %s means something else", u)
		}
	})
}

func TestAHeadTurnsTheOrderRound(t *testing.T) {
	f := filterFor(t, "q=kurs&page=3")
	for _, tt := range []struct{ order, address, aria string }{
		{"due", "/actions?q=kurs&sort=-due", "ascending"},
		{"title", "/actions?q=kurs&sort=title", "none"},
	} {
		if got := f.SortedBy(tt.order); got != tt.address {
			t.Errorf("%s: got %s, want %s", tt.order, got, tt.address)
		}
		if got := f.Order(tt.order); got != tt.aria {
			t.Errorf("%s: got aria-sort %s, want %s", tt.order, got, tt.aria)
		}
	}
	f = filterFor(t, "sort=-due")
	if got := f.SortedBy("due"); got != "/actions" {
		t.Errorf("got %s, want the usual order again", got)
	}
	if got := f.Order("due"); got != "descending" {
		t.Errorf("got aria-sort %s", got)
	}
}

func TestAFileIsTheWholeSelection(t *testing.T) {
	f := filterFor(t, "owner=HR&page=3&col=due")
	if got, want := f.File("csv"), "/actions.csv?owner=HR"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
