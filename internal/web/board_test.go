package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tertial/internal/tertial"
)

func TestTheBoardHasAColumnForEachStatus(t *testing.T) {
	s, h := planSite(t)
	h.plan[0].Progress = tertial.Blocked
	root := domOf(t, s.as(coordinator).get("/board"))
	var got []string
	for _, section := range allOf(root, "section") {
		got = append(got, textOf(section))
	}
	for i, want := range []string{"○ Ej påbörjad 2 2027-8.2 Gör riskbedömningar", "◐ Pågår 1 2027-7.2 Utbilda nya medarbetare Hög ■ blockerad HR · 1 av 2 klara 2027-03-20 (lör v. 11) ! 4 dagar sen Flytta",
		"◕ Klar, ska bekräftas 1 2027-9.2", "● Klar 1 2027-10.1"} {
		if !strings.HasPrefix(got[i], want) {
			t.Errorf("got  %.160q\nwant %q", got[i], want)
		}
	}
}

func TestAColumnWithMoreThanItShowsLeadsToAll(t *testing.T) {
	s, h := planSite(t)
	for i := range 20 {
		h.plan = append(h.plan, tertial.Action{Ref: fmt.Sprintf("2027-5.%d", i), Title: "x", Status: tertial.Open, Priority: tertial.Low})
	}
	a := s.as(auditor).get("/board")
	a.wants(t, http.StatusOK, "Visa 7 till", `href="/actions?status=open"`)
	domOf(t, a)
	if strings.Contains(a.body, "/board/2027") {
		t.Error("an auditor can move cards")
	}
}

func TestCardsAreMoved(t *testing.T) {
	for _, tt := range []struct {
		name, ref, to, note string
		want                tertial.Status
	}{
		{"begun", "2027-8.2", "in_progress", "", tertial.InProgress},
		{"done", "2027-7.2", "done", "Kursen är hållen", tertial.Done},
		{"confirmed", "2027-9.2", "done", "Sett", tertial.Done},
		{"sent back", "2027-9.2", "in_progress", "Bilagan saknas", tertial.InProgress},
		{"cancelled", "2027-8.2", "cancelled", "Ersatt", tertial.Cancelled},
		{"reopened", "2027-10.1", "open", "", tertial.Open},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, h := planSite(t)
			x, _ := h.find(tt.ref)
			b := s.as(coordinator)
			a := b.post("/board/"+tt.ref, "to", tt.to, "note", tt.note, "version", fmt.Sprint(x.Version), "here", "/board?owner=HR")
			if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/board?owner=HR" {
				t.Fatalf("got %d %s: %s", a.StatusCode, a.Header.Get("Location"), s.log)
			}
			if x.Status != tt.want {
				t.Errorf("got %s, want %s", x.Status, tt.want)
			}
			b.get("/board").wants(t, http.StatusOK, tt.ref+" är flyttad till")
		})
	}
}

func TestAMoveThatLacksItsNoteLeadsToWhereOneIsWritten(t *testing.T) {
	s, h := planSite(t)
	b := s.as(coordinator)
	for ref, to := range map[string]string{"2027-7.2": "done", "2027-9.2": "in_progress", "2027-8.2": "cancelled"} {
		x, _ := h.find(ref)
		was := x.Status
		a := b.post("/board/"+ref, "to", to, "version", fmt.Sprint(x.Version))
		if got, want := a.Header.Get("Location"), "/actions/"+ref+"#close"; got != want {
			t.Errorf("%s: got %d %s, want %s", ref, a.StatusCode, got, want)
		}
		if x.Status != was {
			t.Errorf("%s was moved", ref)
		}
	}
}

func TestAMoveThatCannotBeIsRefused(t *testing.T) {
	s, _ := planSite(t)
	b := s.as(coordinator)
	b.post("/board/2027-7.2", "to", "done", "note", "x", "version", "1").wants(t, http.StatusConflict)
	b.post("/board/2027-7.2", "to", "open", "version", "3").wants(t, http.StatusConflict)
	b.post("/board/2027-7.2", "to", "reported_done", "version", "3").wants(t, http.StatusUnprocessableEntity)
	b.post("/board/2027-99", "to", "done", "note", "x", "version", "3").wants(t, http.StatusNotFound)
}

func TestEveryStatusHasAWayOn(t *testing.T) {
	for _, from := range actionStatuses() {
		moves := boardMoves(from)
		if len(moves) == 0 {
			t.Errorf("%s has none", from)
		}
		for _, m := range moves {
			a := tertial.Action{Ref: "x", Status: from}
			v := &visit{}
			if err := moved(&a, m.To, "skäl", v); err != nil {
				t.Errorf("%s to %s: %v", from, m.To, err)
			}
			b := tertial.Action{Ref: "x", Status: from}
			if err := moved(&b, m.To, "", v); (err != nil) != m.Why {
				t.Errorf("%s to %s without a note: got %v, and a note is needed: %t", from, m.To, err, m.Why)
			}
		}
	}
}
