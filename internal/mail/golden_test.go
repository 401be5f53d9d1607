package mail

import (
	"fmt"
	"strings"
	"testing"

	"tertial/internal/tertial"
)

// samples are one mail of each kind.
func samples(t testing.TB) map[string]*tertial.Message {
	t.Helper()
	one := func(kind tertial.Kind, due string, change func(*tertial.Item)) *tertial.Message {
		return message(t, item(t, kind, due, change))
	}
	all := map[string]*tertial.Message{
		"assigned":    one(tertial.Assigned, "2027-06-30", nil),
		"undated":     one(tertial.Assigned, "", func(it *tertial.Item) { it.Steps, it.Status = 0, tertial.Open }),
		"upcoming":    one(tertial.Upcoming, "2027-03-31", nil),
		"contributor": one(tertial.Upcoming, "2027-03-25", func(it *tertial.Item) { it.Part = tertial.Contributor }),
		"due":         one(tertial.Due, "2027-03-24", nil),
		"due-early":   one(tertial.Due, "2027-03-28", nil),
		"overdue":     one(tertial.Overdue, "2027-03-12", func(it *tertial.Item) { it.Late = true }),
		"escalation":  one(tertial.Escalation, "2027-03-10", func(it *tertial.Item) { it.For, it.Part = []string{"Anna Ek", "Bo Åberg"}, "" }),
		"checkpoint": one(tertial.Checkpoint, "2027-06-30", func(it *tertial.Item) {
			it.Preliminary, it.For = true, []string{"Bo Åberg"}
		}),
		"reported-done": one(tertial.AwaitsCheck, "2027-03-31", func(it *tertial.Item) { it.Status, it.Part = tertial.ReportedDone, "" }),
		"coordinator": one(tertial.Upcoming, "2027-03-31", func(it *tertial.Item) {
			it.Unheld, it.Undeliverable, it.Part = []string{"HR-chef", "Objektägare ekonomi"}, true, ""
		}),
	}
	collected := message(t,
		item(t, tertial.Upcoming, "2027-04-23", func(it *tertial.Item) { it.Ref, it.Title = "2027-8.2", "Gör om riskanalysen" }),
		item(t, tertial.Overdue, "2027-03-12", nil),
		item(t, tertial.Checkpoint, "2027-12-31", func(it *tertial.Item) { it.Ref, it.Title = "2027-9.1", "Bestäm vad som ska mätas" }),
		item(t, tertial.Due, "2027-03-24", func(it *tertial.Item) { it.Ref, it.Title = "2027-5.3", "Skriv ner vem som ansvarar för vad" }),
		item(t, tertial.Assigned, "", func(it *tertial.Item) { it.Ref, it.Title = "2027-A.5.9", "Förteckna tillgångarna" }),
		item(t, tertial.Escalation, "2027-02-01", func(it *tertial.Item) {
			it.Ref, it.Title, it.For, it.Part = "2027-6.1", "Bestäm hur risker bedöms", []string{"Bo Åberg"}, ""
		}),
	)
	all["collected"] = collected
	many := message(t)
	for i := range 18 {
		many.Items = append(many.Items, item(t, tertial.Assigned, "2027-06-30", func(it *tertial.Item) {
			it.Ref, it.Title, it.ActionID = fmt.Sprintf("2027-A.5.%d", i+1), fmt.Sprintf("Åtgärd nummer %d", i+1), int64(i+1)
			it.Late = i == 16
		}))
	}
	all["many"] = many
	all["summary"] = &tertial.Message{ID: 90, Kind: tertial.SummaryMail, To: "isam@stad.example", Name: "Maria Ström", Language: "sv", Created: written,
		Day: day(t, "2027-03-22"), Summary: &tertial.Summary{Year: 2027, Week: 12, AsOf: day(t, "2027-03-22"),
			Questions: []tertial.SummaryAction{{Ref: "2027-9.2", Title: "Revidera", Review: []tertial.Question{tertial.NoResponsible, tertial.TimingUnconfirmed}}},
			Late:      []tertial.SummaryAction{{Ref: "2027-7.2", Title: "Introduktion", Due: day(t, "2027-03-12")}},
			Waiting:   []tertial.SummaryAction{{Ref: "2027-4.1", Title: "Omvärld", Due: day(t, "2027-04-30")}, {Ref: "2027-4.2", Title: "Intressenter"}},
			Dates:     []tertial.SummaryDates{{Events: []string{"VP"}, Text: "Till verksamhetsplanen", Refs: []string{"2027-6.1", "2027-6.2", "2027-8.1"}}},
			Problems:  []tertial.SummaryProblem{{ID: 71, State: tertial.MessageFailed, Name: "Bo Åberg", Why: "5.1.1 no such user"}, {ID: 72, State: tertial.MessageUnknown}},
		}}
	all["summary-calm"] = &tertial.Message{ID: 91, Kind: tertial.SummaryMail, To: "isam@stad.example", Name: "Maria Ström", Language: "sv", Created: written,
		Day: day(t, "2027-03-22"), Summary: &tertial.Summary{Year: 2027, Week: 12, AsOf: day(t, "2027-03-22")}}
	all["digest"] = &tertial.Message{ID: 92, Kind: tertial.DigestMail, To: "ledning@stad.example", Language: "sv", Created: written, Day: day(t, "2027-05-17"),
		Digest: &tertial.Digest{Event: "T1", EventName: "Tertialrapport 1", Year: 2027, EventDate: day(t, "2027-05-10"), From: day(t, "2027-01-01"),
			To: day(t, "2027-04-30"), AsOf: day(t, "2027-05-17"), Total: tertial.Count{Done: 18, OnTrack: 15, Late: 3, Undated: 5, Total: 41},
			ByPriority: []tertial.Row{{Label: "high", Count: tertial.Count{Done: 8, OnTrack: 4, Late: 2, Total: 14}}, {Label: "none", Count: tertial.Count{Undated: 5, Total: 5}}},
			ByClause:   []tertial.Row{{Label: "7", Count: tertial.Count{Done: 3, Late: 1, Total: 4}}, {Label: "A.5", Count: tertial.Count{OnTrack: 9, Total: 9}}}}}
	all["test"] = &tertial.Message{ID: 1, Kind: tertial.TestMail, To: "anna.ek@stad.example", Language: "sv", Created: written, Day: day(t, "2027-03-24")}
	return all
}

func TestMailsRead(t *testing.T) {
	r := testRenderer(t, nil)
	for name, m := range samples(t) {
		for _, language := range []string{"sv", "en"} {
			t.Run(name+" in "+language, func(t *testing.T) {
				m := *m
				m.Language = language
				out := render(t, r, &m)
				p := parse(t, out.Raw)
				if p.plain != out.Text || p.html != out.HTML {
					t.Error("the parts of the mail are not the text and the HTML that were returned")
				}
				golden(t, name+"."+language+".txt", "Subject: "+out.Subject+"\n\n"+out.Text)
				if name == "collected" || name == "digest" {
					golden(t, name+"."+language+".html", out.HTML)
				}
			})
		}
	}
}

func TestDetailDecidesWhatLeavesTheHouse(t *testing.T) {
	m := samples(t)["overdue"]
	m.Items[0].Late = false
	tests := []struct {
		name, detail  string
		has, leavesUs []string
	}{
		{"references and dates only", "ref", []string{"2027-7.2", "2027-03-12"}, []string{"introduktion", "Hög", "Läge", "3 av 11", "Skriv en plan"}},
		{"titles by default", "", []string{"2027-7.2", "2027-03-12", "introduktion", "Hög", "3 av 11"}, []string{"Skriv en plan"}},
		{"everything", "full", []string{"introduktion", "Skriv en plan", "Utse vem"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := render(t, testRenderer(t, func(o *Options) { o.Detail = tt.detail }), m)
			for form, text := range map[string]string{"text": out.Subject + out.Text, "HTML": out.Subject + out.HTML, "raw": parse(t, out.Raw).decoded(t, "Thread-Topic")} {
				for _, want := range tt.has {
					if form != "raw" && !strings.Contains(text, want) {
						t.Errorf("%s lacks %q", form, want)
					}
				}
				for _, secret := range tt.leavesUs {
					if strings.Contains(text, secret) {
						t.Errorf("%s tells %q", form, secret)
					}
				}
			}
		})
	}
}
