package mail

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"tertial/internal/tertial"
	"tertial/templates"
)

// Fingerprint names the way in which mails are written: templates, texts, options and this program, by what becomes of some
// mails of every kind. It is made for [Options.Version]: two copies of a message have one Message-ID only if they were
// written in one way, and so have the same bytes (RFC 5322, 3.6.4).
func Fingerprint(set *templates.Set, o Options) (string, error) {
	o.Version, o.Bounces = "", nil
	r, err := NewRenderer(set, o)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	zone := o.Zone.String()
	o.Signer, o.Zone = nil, nil // what they do is seen in what is written
	fmt.Fprintf(h, "%s %+v %s\n", set.Version(), o, zone)
	for _, language := range []string{"", templates.Swedish, templates.English} {
		for _, m := range specimens() {
			m.Language = language
			if m.Kind == tertial.SignInMail && r.door(&m) == nil {
				continue // nobody is let in
			}
			out, err := r.Render(&m)
			if err != nil {
				return "", fmt.Errorf("a specimen: %w", err)
			}
			h.Write(out.Raw)
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:8], nil
}

// specimens are a mail of each kind, with something in every place.
func specimens() []tertial.Message {
	day := tertial.DateOf(2027, 3, 24)
	item := tertial.Item{Ref: "2027-7.2", Title: "Åtgärd & <text>", Description: "Ett stycke.\nEtt till.", Clauses: []string{"7.2"}, Status: tertial.InProgress,
		Priority: tertial.High, Due: day.AddDays(7), Event: "T1", EventName: "Tertialrapport 1", EventDate: day.AddDays(40), Preliminary: true, Late: true,
		Steps: 11, StepsDone: 3, For: []string{"Bo Åberg"}, Unheld: []string{"HR-chef"}, Undeliverable: true, Part: tertial.Responsible, ActionID: 1}
	single := tertial.Message{ID: 1, Kind: tertial.Reminder, To: "a@stad.example", Person: 1, Name: "Anna Ek", Day: day, Created: tertial.Instant{Time: day.At(0, time.UTC)}}
	var all []tertial.Message
	collected := single
	for _, kind := range sections() {
		item.Kind = kind
		single.Items = []tertial.Item{item}
		all = append(all, single)
		for range 3 { // more than there are blocks for
			collected.Items = append(collected.Items, item)
		}
	}
	rest := single
	rest.Items = nil
	test, summary, digest := rest, rest, rest
	test.Kind, summary.Kind, digest.Kind = tertial.TestMail, tertial.SummaryMail, tertial.DigestMail
	one := []tertial.SummaryAction{{Ref: item.Ref, Title: item.Title, Due: item.Due, Review: []tertial.Question{tertial.NoResponsible}}}
	summary.Summary = &tertial.Summary{Year: 2027, Week: 12, AsOf: day, Questions: one, Late: one, Waiting: one,
		Dates:    []tertial.SummaryDates{{Events: []string{"VP"}, Text: "inför VP", Refs: []string{item.Ref}}},
		Problems: []tertial.SummaryProblem{{ID: 71, State: tertial.MessageFailed, Name: "Bo Åberg", Why: "5.1.1"}}}
	count := tertial.Count{Done: 1, OnTrack: 2, Late: 3, Undated: 4, Total: 10}
	digest.Digest = &tertial.Digest{Event: "T1", EventName: "Tertialrapport 1", Year: 2027, EventDate: day, From: day, To: day, AsOf: day,
		Organisation: "Staden", Total: count, ByClause: []tertial.Row{{Label: "7", Count: count}}, ByPriority: []tertial.Row{{Label: "high", Count: count}}}
	summary.Summary.Decisions = []tertial.SummaryAnswer{
		{ID: 1, Ref: item.Ref, Title: item.Title, Kind: tertial.AnswerNewDate, Person: "Bo Åberg", Date: day, On: day, Overdue: true},
		{ID: 2, Ref: item.Ref, Title: item.Title, Kind: tertial.AnswerHandOver, Person: "Bo Åberg", On: day}}
	for _, kind := range tertial.AnswerKinds() {
		summary.Summary.Answers = append(summary.Summary.Answers, tertial.SummaryAnswer{Ref: item.Ref, Title: item.Title, Kind: kind, Person: "Bo Åberg", Date: day})
	}
	return append(append(all, collected, test, summary, digest), transactions(rest)...)
}

// transactions are a mail of each kind that goes at once.
func transactions(m tertial.Message) []tertial.Message {
	at := m.Created
	in := m
	in.Kind, in.SignIn = tertial.SignInMail, &tertial.SignInFacts{ID: 1, Person: 1, Agent: "Firefox, Linux", Asked: at, Expires: at}
	all := []tertial.Message{in}
	for _, kind := range []tertial.AnswerKind{tertial.AnswerNewDate, tertial.AnswerHandOver} {
		x := tertial.Answer{ID: 1, ActionID: 1, Ref: "2027-7.2", Title: "Åtgärd & <text>", Person: "Bo Åberg", Kind: kind, Text: "Ett stycke.\nEtt till.",
			Date: m.Day, To: "bo@stad.example", At: at, DecidedBy: "Maria Ström", DecidedAt: at, DecidedWhy: "Skälet."}
		if kind == tertial.AnswerHandOver {
			asked := m
			asked.Kind, asked.Answer = tertial.HandOverMail, &x
			all = append(all, asked)
		}
		for _, d := range []tertial.Decision{tertial.Agreed, tertial.Refusal} {
			decided, told := x, m
			decided.Decision = d
			told.Kind, told.Answer = tertial.DecisionMail, &decided
			all = append(all, told)
		}
	}
	return all
}
