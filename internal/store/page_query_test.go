package store

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// pageWorld stores actions of every kind: some roles are held by nobody, some people hold several, some have answered.
func pageWorld(t testing.TB, s *Store, r *rand.Rand, n int) []tertial.Action {
	t.Helper()
	roles := []string{"HR", "IT", "ISAM", "Fastighet", "Ledning"}
	anna, bertil := person("anna", "HR"), person("bertil", "IT")
	anna.Holdings = append(anna.Holdings, tertial.Holding{Role: "Fastighet", To: day("2024-03-31")})
	mustSave(t, s, now, anna, bertil)
	clauses := []string{"4.1", "7.2", "7.2.1", "7.20", "A.5.9", "A.50.1", "A.8.1"}
	titles := []string{"Ändra", "ålägg", "Öva", "besluta", "Zonera", "Över", "avtala", "École"}
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	for i := range n {
		a := draft(pick(clauses), "", pick(roles))
		if r.IntN(3) == 0 {
			a.Clauses = append(a.Clauses, "9.3")
			a.Contributors = []string{pick(roles)}
		}
		a.PlanYear = 2023 + r.IntN(3)
		a.Title = fmt.Sprintf("%s %d", pick(titles), r.IntN(4))
		a.Priority = tertial.Priorities()[r.IntN(4)]
		a.Timing.Certainty = []tertial.Certainty{tertial.Exact, tertial.Inferred, tertial.Unconfirmed, tertial.Confirmed}[r.IntN(4)]
		if r.IntN(4) > 0 {
			a.Timing.Due = day("2024-02-20").AddDays(r.IntN(30))
		}
		if r.IntN(3) == 0 {
			a.Timing.Events = []string{"T1"}
		}
		if r.IntN(3) == 0 {
			a.Ask(tertial.TimingUnconfirmed)
		}
		a.Status = statuses()[r.IntN(6)]
		at := now.Add(time.Duration(r.IntN(5)) * time.Hour)
		a = mustAdd(t, s, at, a)
		if i%7 == 0 {
			if _, err := s.w.Exec(`INSERT INTO responses (key, action_id, person_id, kind, said, on_date, to_address, given_at, due, made_version, undo)
				VALUES ($1, $2, $3, 'blocked', '', '', '', 0, '', 1, '')`, a.Ref, a.ID, personID(t, s, "bertil@stad.example")); err != nil {
				t.Fatal(err)
			}
		}
	}
	return collect(t, s.Actions(t.Context(), Filter{AsOf: day("2024-03-04")}))
}

// found is the query as plain Go says it.
func found(all []tertial.Action, q tertial.ActionQuery, responsible map[string]bool, answered map[string]bool, changed map[string]time.Time) []tertial.Action {
	var some []tertial.Action
	for _, a := range all {
		roles := slices.Concat(a.Responsible, a.Contributors, a.FollowUp)
		counts := !a.Timing.Due.IsZero() && a.Timing.Certainty != tertial.Unconfirmed
		under := a.Status == tertial.Open || a.Status == tertial.InProgress
		words := strings.Fields(strings.ToLower(q.Text))
		text := searchText(&a)
		keep := (!q.Open || !a.Status.Closed()) && (len(q.Statuses) == 0 || slices.Contains(q.Statuses, a.Status)) &&
			(q.Owner == "" || slices.ContainsFunc(roles, func(x string) bool { return tertial.RoleKey(x) == tertial.RoleKey(q.Owner) })) &&
			(q.Person == 0 || answered[a.Ref] || slices.ContainsFunc(a.Responsible, func(x string) bool { return responsible[x] })) &&
			(q.Clause == "" || slices.ContainsFunc(a.Clauses, func(x string) bool { return x == q.Clause || strings.HasPrefix(x, q.Clause+".") })) &&
			(q.Priority == "" || a.Priority == q.Priority) && (q.Event == "" || slices.Contains(a.Timing.Events, q.Event)) &&
			(q.PlanYear == 0 || a.PlanYear == q.PlanYear) && (!q.Review || len(a.Review) > 0 && !a.Status.Closed()) &&
			(!q.Late || counts && under && a.Timing.Due.Before(q.AsOf)) && (!q.Undated || !counts && under) &&
			(q.DueFrom.IsZero() || !a.Timing.Due.IsZero() && !a.Timing.Due.Before(q.DueFrom)) &&
			(q.DueTo.IsZero() || !a.Timing.Due.IsZero() && !a.Timing.Due.After(q.DueTo)) &&
			!slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
		if keep {
			some = append(some, a)
		}
	}
	title := strings.NewReplacer("å", "{", "ä", "|", "ö", "}", "é", "e")
	slices.SortStableFunc(some, func(a, b tertial.Action) int {
		c := 0
		switch q.Sort {
		case tertial.ByDue:
			if x, y := a.Timing.Due.IsZero(), b.Timing.Due.IsZero(); x || y {
				switch {
				case x && y:
					return strings.Compare(sortKey(&a), sortKey(&b))
				case x:
					return 1
				}
				return -1
			}
			c = a.Timing.Due.Compare(b.Timing.Due)
		case tertial.ByPriority:
			c = cmp.Compare(slices.Index(tertial.Priorities(), a.Priority), slices.Index(tertial.Priorities(), b.Priority))
		case tertial.ByStatus:
			c = cmp.Compare(slices.Index(statuses(), a.Status), slices.Index(statuses(), b.Status))
		case tertial.ByTitle:
			c = strings.Compare(title.Replace(strings.ToLower(a.Title)), title.Replace(strings.ToLower(b.Title)))
		case tertial.ByChanged:
			c = changed[a.Ref].Compare(changed[b.Ref])
		default:
			c = strings.Compare(sortKey(&a), sortKey(&b))
		}
		if q.Descending {
			c = -c
		}
		return cmp.Or(c, strings.Compare(sortKey(&a), sortKey(&b)))
	})
	return some
}

// query draws a query with a few filters.
func query(r *rand.Rand, bertil int64) tertial.ActionQuery {
	q := tertial.ActionQuery{AsOf: day("2024-03-04"), Descending: r.IntN(2) == 0, Offset: r.IntN(12), Limit: 1 + r.IntN(12),
		Sort: []tertial.ActionSort{tertial.ByClause, tertial.ByDue, tertial.ByPriority, tertial.ByStatus, tertial.ByTitle, tertial.ByChanged}[r.IntN(6)]}
	if r.IntN(2) == 0 {
		q.Offset = 0
	}
	for range r.IntN(3) {
		switch r.IntN(14) {
		case 0:
			q.Open = true
		case 1:
			q.Statuses = []tertial.Status{statuses()[r.IntN(6)]}
		case 2:
			q.Statuses = []tertial.Status{tertial.Done, tertial.Open}
		case 3:
			q.Owner = []string{"hr", "I T", "CISO", "ingen"}[r.IntN(4)]
		case 4:
			q.Person = bertil + int64(r.IntN(3)) - 1
		case 5:
			q.Clause = []string{"7.2", "7", "A", "A.5", "9.3", "%", "A_5"}[r.IntN(7)]
		case 6:
			q.Priority = tertial.Priorities()[r.IntN(4)]
		case 7:
			q.Text = []string{"ändra", "Gör ÄNDRA", "2023-7", "%", "hr zonera"}[r.IntN(5)]
		case 8:
			q.Event = []string{"T1", "T9"}[r.IntN(2)]
		case 9:
			q.PlanYear = 2023 + r.IntN(4)
		case 10:
			q.Review = true
		case 11:
			q.Late = true
		case 12:
			q.Undated = true
		case 13:
			q.DueFrom, q.DueTo = day("2024-02-25"), day("2024-03-05")
		}
	}
	return q
}

func TestAPageIsWhatTheQuerySays(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		r := rand.New(rand.NewPCG(7, 42))
		all := pageWorld(t, s, r, 70)
		changed, answered := make(map[string]time.Time), make(map[string]bool)
		for _, a := range all {
			changed[a.Ref] = row(t, s, a.Ref).CreatedAt.Time
		}
		var refs []string
		if err := s.r.Select(&refs, `SELECT key FROM responses`); err != nil {
			t.Fatal(err)
		}
		for _, ref := range refs {
			answered[ref] = true
		}
		anna, bertil := personID(t, s, "anna@stad.example"), personID(t, s, "bertil@stad.example")
		for range 400 {
			q := query(r, bertil)
			responsible, said := map[string]bool{}, map[string]bool{}
			switch q.Person {
			case anna:
				responsible["HR"], responsible["Fastighet"] = true, true
			case bertil:
				responsible["IT"], said = true, answered
			}
			whole := found(all, q, responsible, said, changed)
			want := whole[min(q.Offset, len(whole)):min(q.Offset+q.Limit, len(whole))]
			for _, few := range []int{fewActions, 0} {
				f, err := s.finder(t.Context(), q, few)
				if err != nil {
					t.Fatalf("%+v: %v", q, err)
				}
				page, err := f.paged(t.Context())
				if err != nil {
					t.Fatalf("%+v: %v", q, err)
				}
				equal(t, fmt.Sprintf("%+v, few %d", q, few), refsOf(page.Actions), refsOf(want))
				if page.Total != len(whole) {
					t.Errorf("%+v, few %d: got %d in all, want %d", q, few, page.Total, len(whole))
				}
			}
			equal(t, fmt.Sprintf("each of %+v", q), refsOf(collect(t, s.EachAction(t.Context(), q))), refsOf(whole))
			if t.Failed() {
				return
			}
		}
	})
}

func refsOf(actions []tertial.Action) []string {
	refs := make([]string, len(actions))
	for i := range actions {
		refs[i] = actions[i].Ref
	}
	return refs
}

func TestAPageShowsActionsWhole(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		a := draft("7.2", "2024-06-30", "HR")
		a.Steps = []tertial.Step{{Title: "Ett", Done: true}, {Title: "Två"}}
		a.FollowUp = []string{"ISAM"}
		mustAdd(t, s, now, a)
		page, err := s.QueryActions(t.Context(), tertial.ActionQuery{AsOf: day("2024-03-04")})
		if err != nil || page.Total != 1 {
			t.Fatalf("got %+v, %v", page, err)
		}
		got := page.Actions[0]
		if got.StepsDone() != 1 || len(got.FollowUp) != 1 || !slices.Contains(got.Review, tertial.RoleUnheld) || got.Created.IsZero() {
			t.Errorf("got %+v", got)
		}
		page, err = s.QueryActions(t.Context(), tertial.ActionQuery{Text: "nothing of the kind"})
		if err != nil || page.Total != 0 || page.Actions == nil {
			t.Errorf("nothing: got %+v, %v", page, err)
		}
	})
}

func TestALongListIsCountedUpToALimitAndYieldedWhole(t *testing.T) {
	s := openSQLite(t)
	fill(t, s, tertial.CountLimit+30, 0)
	page, err := s.QueryActions(t.Context(), tertial.ActionQuery{Limit: 3})
	if err != nil || page.Total != tertial.CountLimit || len(page.Actions) != 3 {
		t.Errorf("got %d of %d, %v", len(page.Actions), page.Total, err)
	}
	n := 0
	for _, err := range s.EachAction(t.Context(), tertial.ActionQuery{Sort: tertial.ByTitle}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != tertial.CountLimit+30 {
		t.Errorf("yielded: got %d, want %d", n, tertial.CountLimit+30)
	}
	for range s.EachAction(t.Context(), tertial.ActionQuery{}) {
		break // who has seen enough may stop
	}
}

func TestWhatNoActionCanHaveFindsNothing(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustAdd(t, s, now, draft("7.2", "2024-06-30", "HR"))
		for name, q := range map[string]tertial.ActionQuery{
			"a zero byte in a role":   {Owner: "HR\x00"},
			"half a letter in a word": {Text: "\xc3"},
			"a zero byte in a clause": {Clause: "\x007"},
			"a priority that is none": {Priority: "'; DROP TABLE actions; --"},
			"a status that is none":   {Statuses: []tertial.Status{"odd"}, Sort: tertial.ByStatus},
			"an order that is none":   {Sort: "odd", Text: "ingen sådan"},
			"beyond the end":          {Offset: 1 << 40},
		} {
			page, err := s.QueryActions(t.Context(), q)
			if err != nil || len(page.Actions) != 0 {
				t.Errorf("%s: got %+v, %v", name, page, err)
			}
		}
		if _, err := s.QueryActions(t.Context(), tertial.ActionQuery{Text: strings.Repeat("ord ", 31)}); !errors.Is(err, tertial.ErrInvalid) {
			t.Errorf("too many words: got %v", err)
		}
	})
}
