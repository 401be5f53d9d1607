package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"tertial/internal/tertial"
)

func TestTheMapOfClauses(t *testing.T) {
	s, h := planSite(t)
	h.rich()
	h.years = []int{2026, 2027, 2027}
	a := s.as(auditor).get("/clauses")
	a.wants(t, http.StatusOK, "gapanalysen för 2027", `href="/clauses?year=2026"`, `href="/actions?clause=7.2&amp;only=late"`)
	rows := rowsIn(t, domOf(t, a), "clauses")
	want := [][]string{
		{"Avsnitt 4 vid analysen: 0 Nej, 0 Delvis, 1 Ja"},
		{"4.4", "✓ Ja 1", "✓ uppfyllt", ""},
		{"Avsnitt 7 vid analysen: 1 Nej, 2 Delvis, 0 Ja"},
		{"7.2", "✕ Nej 1 ◐ Delvis 1", "! försenat", "1 öppen 1 försenad"},
		{"7.3", "◐ Delvis 1", "◐ pågår", "1 öppen"},
		{"Avsnitt 9 vid analysen: 1 Nej, 0 Delvis, 0 Ja"},
		{"9.2", "✕ Nej 1", "● åtgärdat", "1 klar"},
		{"Avsnitt 10 vid analysen: 1 Nej, 0 Delvis, 0 Ja"},
		{"10.1", "✕ Nej 1", "✕ kvar, ingen pågående åtgärd", ""},
		{"Avsnitt A.5 vid analysen: 0 Nej, 0 Delvis, 2 Ja"},
		{"A.5.9", "– Ej tillämpligt 1", "– gäller inte oss", ""},
		{"A.5.18", "✓ Ja 2", "✓ uppfyllt", ""},
	}
	if len(rows) != len(want) {
		t.Fatalf("got %d rows, want %d: %q", len(rows), len(want), rows)
	}
	for i := range want {
		if !slices.Equal(rows[i], want[i]) {
			t.Errorf("got %q, want %q", rows[i], want[i])
		}
	}
}

func TestManagementSeesTheMapWithoutLinks(t *testing.T) {
	s, h := planSite(t)
	h.rich()
	a := s.as(manager).get("/clauses")
	a.wants(t, http.StatusOK, "1 försenad")
	domOf(t, a)
	if strings.Contains(a.body, `href="/actions`) {
		t.Error("a link leads where management may not go")
	}
	s.as(owner).get("/clauses").wants(t, http.StatusForbidden)
}

func TestTheYearOfTheMap(t *testing.T) {
	s, h := planSite(t)
	s.as(auditor).get("/clauses?year=2031").wants(t, http.StatusOK, "Det finns ingen gapanalys för 2031.")
	for _, bad := range []string{"/clauses?year=tjugo", "/clauses?year=-1", "/clauses?year=2026&year=2027"} {
		s.as(auditor).get(bad).wants(t, http.StatusBadRequest)
	}
	h.years = nil
	s.as(auditor).get("/clauses").wants(t, http.StatusOK, "Det finns ingen gapanalys för 2027.")
}

func TestHowAClauseStandsNow(t *testing.T) {
	for _, tt := range []struct {
		name string
		row  tertial.ClauseRow
		want string
	}{
		{"met from the start", tertial.ClauseRow{Conforming: 1}, "met"},
		{"met, and yet something is done", tertial.ClauseRow{Conforming: 1, Open: 1}, "open"},
		{"a gap with an open action", tertial.ClauseRow{Partial: 1, Open: 2}, "open"},
		{"a gap with a late action", tertial.ClauseRow{Partial: 1, Open: 2, Late: 1}, "late"},
		{"a gap whose action is done", tertial.ClauseRow{Nonconforming: 1, Done: 1, Closed: true}, "closed"},
		{"a gap that one of two actions closes", tertial.ClauseRow{Nonconforming: 2, Done: 1}, "left"},
		{"a gap that nobody works on", tertial.ClauseRow{Nonconforming: 1}, "left"},
		{"not for us", tertial.ClauseRow{Inapplicable: 1}, "none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := markNow(&tt.row)
			if got := strings.TrimPrefix(m.Word, "clauses.now."); got != tt.want || m.Sign == "" || m.Class == "" {
				t.Errorf("got %+v, want %s", m, tt.want)
			}
		})
	}
}

func TestChapters(t *testing.T) {
	for clause, want := range map[string]string{"7.2": "7", "10.1": "10", "A.5.9": "A.5", "A.12.4.1": "A.12", "4": "4", "A": "A"} {
		if got := chapterOf(clause); got != want {
			t.Errorf("%s: got %s, want %s", clause, got, want)
		}
	}
}

func TestAPageOfTheWorkBeginsWithTheYearOfAPlan(t *testing.T) {
	for _, tt := range []struct {
		plans []int
		want  int
	}{{nil, 2026}, {[]int{2026}, 2026}, {[]int{2027, 2026}, 2026}, {[]int{2028, 2027}, 2027}, {[]int{2025}, 2026}, {[]int{2027, 2025}, 2027}} {
		if got := workYear(tt.plans, 2026); got != tt.want {
			t.Errorf("plans %v: got %d, want %d", tt.plans, got, tt.want)
		}
	}
}
