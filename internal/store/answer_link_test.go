package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"tertial/internal/tertial"
)

func itemRefs(f tertial.LinkFacts) []string {
	refs := []string{}
	for _, it := range f.Items {
		refs = append(refs, it.Ref)
	}
	return refs
}

func mustFacts(t testing.TB, s *Store, message int64) tertial.LinkFacts {
	t.Helper()
	f, err := s.LinkFacts(t.Context(), message)
	if err != nil {
		t.Fatalf("LinkFacts: %v", err)
	}
	return f
}

func messageID(t testing.TB, s *Store, kind, address string) int64 {
	t.Helper()
	var id int64
	if err := s.r.GetContext(t.Context(), &id, `SELECT id FROM messages WHERE kind = $1 AND address = $2`, kind, address); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestALinkKnowsWhatItsMailTold(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"), person("bo", "IT"))
		for _, clause := range []string{"7.2", "8.1", "9.1", "5.1"} {
			mustAdd(t, s, now, draft(clause, "2024-06-30", "HR"))
		}
		lookAll(t, s, now, telling(tertial.Assigned, day("2024-03-04"), now.AddDate(0, 3, 0)))
		id := messageID(t, s, "reminder", "anna@stad.example")

		f := mustFacts(t, s, id)
		if f.Message != id || f.Person.Name != "anna" || f.Person.ID != idOf(t, s, "anna") || f.Day != day("2024-03-04") || f.Answer != 0 {
			t.Errorf("got %+v", f)
		}
		equal(t, "all of it", itemRefs(f), []string{"2024-5.1", "2024-7.2", "2024-8.1", "2024-9.1"})

		mustEdit(t, s, now, "2024-8.1", func(a *tertial.Action) error {
			a.Title, a.Timing.Due, a.DueGiven = "Ny rubrik", day("2024-05-31"), true
			return nil
		})
		mustEdit(t, s, now, "2024-9.1", func(a *tertial.Action) error { a.Responsible = []string{"IT"}; return nil })
		mustGive(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerDone, Text: "klart"})
		f = mustFacts(t, s, id)
		equal(t, "what was handed to others is gone", itemRefs(f), []string{"2024-8.1", "2024-5.1", "2024-7.2"})
		if it := f.Items[0]; it.Title != "Ny rubrik" || it.Due != day("2024-05-31") || it.Kind != tertial.Assigned || it.ActionID == 0 {
			t.Errorf("an item is as its action stands: got %+v", it)
		}
		if it := f.Items[2]; it.Status != tertial.ReportedDone {
			t.Errorf("what was answered: got %s", it.Status)
		}

		// What the rows said may be forgotten; what they were about is not.
		if _, err := s.w.Exec(`UPDATE message_items SET item = ''`); err != nil {
			t.Fatal(err)
		}
		forgotten := mustFacts(t, s, id)
		equal(t, "after tidying", itemRefs(forgotten), itemRefs(f))
		if forgotten.Items[0].Title != "Ny rubrik" || forgotten.Items[0].Kind != tertial.Assigned {
			t.Errorf("got %+v", forgotten.Items[0])
		}

		// Whoever has left the role, by the day of the last entry of the log, may answer no more.
		after := now.AddDate(0, 1, 0)
		_, err := s.EditPerson(t.Context(), stampAt(after), "anna@stad.example", func(p *tertial.Person) error {
			p.Holdings[0].To = day("2024-03-31")
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "after leaving the role", itemRefs(mustFacts(t, s, id)), []string{})
	})
}

func TestALinkOfAHandOverAsksAsLongAsItWaits(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		a := asked(t, s, now, "ny@stad.example")
		id := messageID(t, s, "handover", "ny@stad.example")
		f := mustFacts(t, s, id)
		equal(t, "it asks about", itemRefs(f), []string{"2024-7.2"})
		if f.Answer != a.ID || f.Person.ID != 0 || f.Person.Email != "ny@stad.example" || f.Items[0].Title != "Åtgärd för 7.2" {
			t.Errorf("got %+v", f)
		}
		mustDecide(t, s, now, a.ID, tertial.Agreed)
		f = mustFacts(t, s, id)
		if len(f.Items) != 0 || f.Answer != a.ID || f.Person.ID == 0 {
			t.Errorf("decided: got %+v", f)
		}
		for name, id := range map[string]int64{"a mail of another kind": messageID(t, s, "decision", "anna@stad.example"), "no mail": 999} {
			if _, err := s.LinkFacts(t.Context(), id); !errors.Is(err, tertial.ErrNotFound) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}

func TestALinkOfAMereAddressIsThatOfWhoHasItNow(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustAdd(t, s, now, draft("7.2", "2024-06-30", "HR"))
		lookAll(t, s, now, func(ds []tertial.Dossier, _ *tertial.Register) ([]tertial.Ruling, error) {
			d := &ds[0]
			return []tertial.Ruling{{ActionID: d.Action.ID, Next: now.AddDate(0, 1, 0), Looked: day("2024-03-04"),
				Notices: []tertial.Notice{{ActionID: d.Action.ID, Slot: tertial.Slot{Role: 1}, Kind: tertial.Assigned, Target: "x", On: day("2024-03-04"), State: tertial.Placed}},
				Rows:    []tertial.Reminding{{To: tertial.Reader{Email: "isam@stad.example"}, Item: tertial.Item{Ref: "2024-7.2", ActionID: d.Action.ID, Kind: tertial.Assigned}}}}}, nil
		})
		id := messageID(t, s, "reminder", "isam@stad.example")
		if f := mustFacts(t, s, id); f.Person.ID != 0 || f.Person.Email != "isam@stad.example" || len(f.Items) != 0 {
			t.Errorf("nobody known: got %+v", f)
		}
		mustSave(t, s, now, person("isam", "ISAM"))
		f := mustFacts(t, s, id)
		equal(t, "the coordinator, where nobody holds the role", itemRefs(f), []string{"2024-7.2"})
	})
}

// What lists are read with is counted: it must not grow with them.
func TestListsOfAnswersCostNoStatementForEachRow(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"))
		var counts [2][]int
		for i := range counts {
			for n := range 1 + 7*i {
				a := mustAdd(t, s, now, draft(fmt.Sprintf("%d.%d", 5+i, n+1), "2024-06-30", "HR"))
				for k := range 2 {
					mustGive(t, s, now.AddDate(0, 0, k), "anna", tertial.Answer{Ref: a.Ref, Kind: tertial.AnswerNewDate, Text: "x", Date: day("2024-09-30")},
						tertial.Upload{Name: "a.txt", Content: []byte(a.Ref)}, tertial.Upload{Name: "b.txt", Content: []byte(a.Ref)})
				}
			}
			at := now.AddDate(0, 0, 2+i)
			lookAll(t, s, at, telling(tertial.Assigned, tertial.DateIn(at, at.Location()), at.AddDate(0, 3, 0)))
			var newest int64
			if err := s.r.GetContext(t.Context(), &newest, `SELECT MAX(id) FROM messages WHERE kind = 'reminder'`); err != nil {
				t.Fatal(err)
			}
			c := &counter{querier: s.r}
			read := func(list func() (int, error), want int) {
				t.Helper()
				c.n = 0
				got, err := list()
				if err != nil || got < want {
					t.Errorf("got %d rows, %v; want %d", got, err, want)
				}
				counts[i] = append(counts[i], c.n)
			}
			read(func() (int, error) {
				all, err := s.responses(t.Context(), c, `WHERE `+waitingResponses+` AND a.`+notClosed+` ORDER BY r.id`)
				return len(all), err
			}, 1+7*i)
			read(func() (int, error) {
				all, err := s.evidence(t.Context(), c, `WHERE e.removed_at IS NULL`)
				return len(all), err
			}, 4)
			read(func() (int, error) {
				var ids []int64
				if err := c.SelectContext(t.Context(), &ids, `SELECT id FROM actions`); err != nil {
					return 0, err
				}
				all, err := s.voices(t.Context(), c, ids, idOf(t, s, "anna"), day("2024-03-04"))
				return len(all), err
			}, 1+7*i)
			read(func() (int, error) {
				f, err := s.linkFacts(t.Context(), c, newest)
				return len(f.Items), err
			}, 1+7*i)
		}
		if !slices.Equal(counts[0], counts[1]) {
			t.Errorf("statements: %v for one action, %v for eight more", counts[0], counts[1])
		}
	})
}

// counter counts the statements that go to the database.
type counter struct {
	querier
	n int
}

func (c *counter) SelectContext(ctx context.Context, dest any, query string, args ...any) error {
	c.n++
	return c.querier.SelectContext(ctx, dest, query, args...)
}

func (c *counter) GetContext(ctx context.Context, dest any, query string, args ...any) error {
	c.n++
	return c.querier.GetContext(ctx, dest, query, args...)
}

func (c *counter) QueryxContext(ctx context.Context, query string, args ...any) (*sqlx.Rows, error) {
	c.n++
	return c.querier.QueryxContext(ctx, query, args...)
}

func TestAnswersAreFoundByAnIndex(t *testing.T) {
	s := openSQLite(t)
	for index, query := range map[string]string{
		"sqlite_autoindex_responses_1": selectResponses + `WHERE r.key = 'x'`,
		"responses_action":             selectResponses + `WHERE r.action_id = 5 ORDER BY r.id DESC`,
		"responses_waiting":            selectResponses + `WHERE ` + waitingResponses + ` AND a.` + notClosed + ` ORDER BY r.id`,
		"responses_person":             `SELECT 1 FROM responses WHERE person_id = 5 AND action_id = 6`,
		"evidence_action":              selectEvidence + `WHERE e.action_id = 5 AND e.removed_at IS NULL ORDER BY e.id`,
		"evidence_response":            selectEvidence + `JOIN json_each('[1]') x ON x.value = e.response_id WHERE e.removed_at IS NULL ORDER BY e.id`,
		"evidence_bytes":               `SELECT 1 FROM evidence e WHERE e.sha256 = 'x' AND e.removed_at IS NULL`,
		"PRIMARY KEY":                  `SELECT kind FROM quiets WHERE action_id = 5 AND response_id = 6`,
	} {
		var plan []struct {
			ID     int    `db:"id"`
			Parent int    `db:"parent"`
			Unused int    `db:"notused"`
			Detail string `db:"detail"`
		}
		if err := s.r.SelectContext(t.Context(), &plan, `EXPLAIN QUERY PLAN `+query); err != nil {
			t.Fatal(err)
		}
		found := false
		for _, step := range plan {
			found = found || strings.Contains(step.Detail, index)
			if strings.HasPrefix(step.Detail, "SCAN") && !strings.Contains(step.Detail, "SCAN x") && !strings.Contains(step.Detail, index) {
				t.Errorf("%s: the plan has %q", index, step.Detail)
			}
		}
		if !found {
			t.Errorf("%s is not used: %+v", index, plan)
		}
	}
}
