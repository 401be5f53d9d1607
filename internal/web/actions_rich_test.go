package web

import (
	"time"

	"tertial/internal/tertial"
)

// rich fills a house with something of everything that the pages show.
func (h *planHouse) rich() *planHouse {
	at := func(s string) tertial.Instant {
		t, err := time.ParseInLocation("2006-01-02 15:04", s, stockholm)
		if err != nil {
			panic(err)
		}
		return tertial.Instant{Time: t}
	}
	h.findings = []tertial.Finding{{Clause: "7.2", Conformity: tertial.Partial, Requirement: "Organisationen ska säkerställa kompetens.",
		Observation: "Nya medarbetare får ingen introduktion.", Proposal: "Ta fram en kurs. HR Hög T1"}}
	h.answers = []tertial.Answer{
		{ID: 31, Ref: "2027-7.2", Title: "Utbilda nya medarbetare", Person: "Anna Ek", PersonID: 11, Kind: tertial.AnswerNewDate, Text: "Lokalen är upptagen till juni.", Date: onDay("2027-06-11"), At: at("2027-03-22 09:14")},
		{ID: 32, Ref: "2027-8.2", Title: "Gör riskbedömningar", Person: "Anna Ek", PersonID: 11, Kind: tertial.AnswerHandOver, Text: "Jag byter jobb.", To: "bo@stad.example", At: at("2027-03-21 16:02")},
		{ID: 33, Ref: "2027-7.2", Person: "Anna Ek", Kind: tertial.AnswerDone, Text: "Kursen är hållen", At: at("2027-03-10 10:00"), Undone: at("2027-03-10 10:04")},
		{ID: 34, Ref: "2027-7.2", Person: "Anna Ek", Kind: tertial.AnswerNewDate, Date: onDay("2027-03-20"), Text: "Behöver mer tid", At: at("2027-02-10 10:00"), Decision: tertial.Refusal,
			DecidedBy: "Eva Berg", DecidedAt: at("2027-02-11 08:00"), DecidedWhy: "Tertialrapporten väntar inte"},
		{ID: 35, Ref: "2027-7.2", Person: "Anna Ek", Kind: tertial.AnswerBlocked, Text: "Ingen lokal", At: at("2027-02-01 10:00"), Evidence: []tertial.Evidence{{ID: 51, Name: "plan.pdf", Size: 120_400}}},
	}
	h.evidence = []tertial.Evidence{{ID: 51, Ref: "2027-7.2", Person: "Anna Ek", Name: "plan.pdf", Type: "application/pdf", Size: 120_400, SHA256: "0f343b0931126a20f133d67c2b018a3b", At: at("2027-02-01 10:00")}}
	h.content = "%PDF-1.7 …"
	h.mails = []tertial.Message{
		{ID: 88, Kind: tertial.Reminder, To: "anna.ek@stad.example", Name: "Anna Ek", State: tertial.MessageSent, Day: onDay("2027-03-15"), Items: []tertial.Item{{Ref: "2027-8.2", Kind: tertial.Assigned}, {Ref: "2027-7.2", Kind: tertial.Overdue}}},
		{ID: 87, Kind: tertial.DecisionMail, To: "anna.ek@stad.example", State: tertial.MessageFailed, Error: "550 5.1.1", Day: onDay("2027-02-11")},
	}
	h.entries = []tertial.Entry{
		entryOf(9, "person:14", "2027-7.2", "changed", map[string]any{"priority": []string{"medium", "high"}, "responsible": [][]string{{"ISAM"}, {"HR"}},
			"steps": [][]tertial.Step{{{Title: "Boka lokal"}}, {{Title: "Boka lokal", Done: true}}}, "due_given": []bool{false, true}}),
		entryOf(8, "person:99", "2027-7.2", "confirmed", map[string]any{"due": []string{"", "2027-03-20"}, "certainty": []string{"inferred", "confirmed"}, "review": [][]string{{"due_past"}, {}}}),
		entryOf(7, "import", "2027-7.2", "created", map[string]any{"title": "Utbilda nya medarbetare", "status": "open"}),
		entryOf(6, "cli", "2027-8.2", "created", map[string]any{}),
	}
	h.clauses = []tertial.ClauseRow{
		{Clause: "4.4", Conforming: 1}, {Clause: "7.2", Partial: 1, Nonconforming: 1, Open: 1, Late: 1}, {Clause: "7.3", Partial: 1, Open: 1}, {Clause: "9.2", Nonconforming: 1, Done: 1, Closed: true},
		{Clause: "10.1", Nonconforming: 1}, {Clause: "A.5.9", Inapplicable: 1}, {Clause: "A.5.18", Conforming: 2},
	}
	for i, week := 0, onDay("2027-01-10"); i < 52; i++ {
		p := tertial.Point{Week: week, Open: max(8, 41-i), Planned: max(0, 38-2*i), Unsure: max(1, 9-i/4)}
		if week.After(onDay("2027-03-28")) {
			p.Open = -1
		}
		h.points = append(h.points, p)
		week = week.AddDays(7)
	}
	h.over = tertial.Overview{AsOf: onDay("2027-03-24"), Count: tertial.Count{Done: 18, OnTrack: 15, Late: 5, Undated: 3, Total: 41}, Reported: 2, Deviating: 4, Review: 1, Unheld: 1, Decisions: 2, DateQueue: 4, Problems: 1}
	return h
}
