package web

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"tertial/internal/tertial"
)

func TestTheTimelineOfAYear(t *testing.T) {
	s, h := planSite(t)
	a := s.as(auditor).get("/timeline?status=all")
	root := domOf(t, a)
	rows := rowsIn(t, root, "timeline")
	if len(rows) != 4 {
		t.Fatalf("got %d rows, want those with a date in the year: %q", len(rows), rows)
	}
	if got, want := rows[0][1], "2027-01-01 – 2027-03-20 ◐ Pågår ! försenad"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := rows[1][1], "2027-04-23 ○ Ej påbörjad ? obekräftat"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, want := range []string{"T1 Tertialrapport 1 2027-05-08 (preliminärt datum)", "VB Verksamhetsberättelse 2028-01-15"} {
		if !strings.Contains(textOf(root), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	a.wants(t, http.StatusOK, `href="/timeline?status=all&amp;year=2026"`, `href="/actions?only=undated"`)
	bars := 0
	for _, rect := range allOf(root, "rect") {
		x, errX := strconv.ParseFloat(attrOf(rect, "x"), 64)
		span, errSpan := strconv.ParseFloat(attrOf(rect, "width"), 64)
		if errX != nil || errSpan != nil || x < 0 || span < barLeast || x+span > timelineWidth+.01 {
			t.Errorf("a bar from %s, %s wide", attrOf(rect, "x"), attrOf(rect, "width"))
		}
		bars++
	}
	if bars != 4 {
		t.Errorf("got %d bars", bars)
	}
	if q := h.queries[len(h.queries)-1]; q.DueFrom != onDay("2027-01-01") || q.DueTo != onDay("2028-01-31") || q.PlanYear != 0 || q.Limit != timelineRows {
		t.Errorf("got the query %+v", q)
	}
}

func TestBarsEndWhereThePageDoes(t *testing.T) {
	p := timelinePage{From: onDay("2027-01-01"), To: onDay("2028-01-31")}
	h := newPlanHouse()
	wheel, err := h.Wheel(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p.lay(tertial.ActionPage{Actions: []tertial.Action{
		{Ref: "a", Timing: tertial.Timing{Start: onDay("2024-01-01"), Due: onDay("2027-01-01")}},
		{Ref: "b", Timing: tertial.Timing{Start: onDay("2027-06-01"), Due: onDay("2029-01-01")}},
		{Ref: "c", Timing: tertial.Timing{Start: onDay("2027-09-01"), Due: onDay("2027-06-01")}},
		{Ref: "d", Timing: tertial.Timing{Due: onDay("2028-01-31")}},
	}}, wheel, onDay("2030-01-01"))
	for i, want := range []struct{ before, after bool }{{true, false}, {false, true}, {false, false}, {false, false}} {
		r := p.Rows[i]
		if r.Before != want.before || r.After != want.after {
			t.Errorf("%s: got %t %t, want %t %t", r.Ref, r.Before, r.After, want.before, want.after)
		}
		if r.X < 0 || r.Span < barLeast || r.X+r.Span > timelineWidth+.01 {
			t.Errorf("%s: from %f, %f wide", r.Ref, r.X, r.Span)
		}
	}
	if p.Today != 0 {
		t.Error("a day that is not on the page has a place")
	}
	if len(p.Reports) != 4 || len(p.Months) != 13 {
		t.Errorf("got %d reports and %d months, want four and thirteen", len(p.Reports), len(p.Months))
	}
}

func TestAnEmptyTimelineSaysSo(t *testing.T) {
	s, _ := planSite(t)
	a := s.as(auditor).get("/timeline?year=2040&owner=HR")
	a.wants(t, http.StatusOK, "Inga åtgärder i urvalet ska vara klara under 2040.", `href="/timeline?owner=HR&amp;year=2041"`)
	domOf(t, a)
	s.as(auditor).get("/timeline?year=2040&year=2041").wants(t, http.StatusBadRequest)
	if body := s.as(auditor).get("/timeline?year=x").body; !strings.Contains(body, "2027") {
		t.Error("a year that is none is not this one")
	}
}
