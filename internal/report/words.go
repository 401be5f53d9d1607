package report

import "tertial/internal/tertial"

// words are the texts of a list in one language.
type words struct {
	sheet     string
	comma     rune // between the cells of CSV: what spreadsheets of the language expect
	heads     []string
	statuses  map[tertial.Status]string
	progress  map[tertial.Progress]string
	priority  map[tertial.Priority]string
	certainty map[tertial.Certainty]string
	questions map[tertial.Question]string
	recurs    map[tertial.Recurrence]string
	cut       string // marks a text that was cut
}

// wordsOf returns the words of a language: "en", or Swedish for any other.
func wordsOf(lang string) words {
	if lang == "en" {
		return english()
	}
	return swedish()
}

func swedish() words {
	return words{
		sheet: "Åtgärder",
		comma: ';',
		heads: []string{"Nr", "Krav", "Åtgärd", "Beskrivning", "Prioritet", "Läge", "Ansvarig", "I samverkan med", "Följer upp",
			"Börjar", "Klar senast", "Datumet är", "Tid enligt analysen", "Så lästes den", "Återkommer", "Delsteg klara", "Delsteg totalt",
			"Senaste svar", "Svarade", "Kommentar", "Avslutad med", "Att ta ställning till"},
		statuses: map[tertial.Status]string{
			tertial.Open: "Ej påbörjad", tertial.InProgress: "Pågår", tertial.ReportedDone: "Klar, ska bekräftas",
			tertial.Done: "Klar", tertial.Cancelled: "Avbruten", tertial.Inapplicable: "Ej tillämplig",
		},
		progress: map[tertial.Progress]string{
			tertial.OnTrack: "Enligt plan", tertial.Deviates: "Avviker", tertial.Blocked: "Blockerad",
		},
		priority: map[tertial.Priority]string{
			tertial.High: "Hög", tertial.Medium: "Medel", tertial.Low: "Låg", tertial.None: "Ingen",
		},
		certainty: map[tertial.Certainty]string{
			tertial.Exact: "exakt", tertial.Inferred: "tolkat", tertial.Unconfirmed: "obekräftat", tertial.Confirmed: "bekräftat",
		},
		questions: map[tertial.Question]string{
			tertial.NoResponsible: "ansvarig saknas", tertial.TimingUnconfirmed: "datumet är obekräftat",
			tertial.DuePast: "datumet hade passerat", tertial.Declined: "förslaget säger att kravet inte gäller oss",
			tertial.RoleUnheld: "ingen har rollen",
		},
		recurs: map[tertial.Recurrence]string{
			tertial.Yearly: "varje år", tertial.PerTertial: "varje tertial", tertial.Quarterly: "varje kvartal",
			tertial.Monthly: "varje månad", tertial.Continuous: "löpande", tertial.AsNeeded: "vid behov",
		},
		cut: "… (förkortad)",
	}
}

func english() words {
	return words{
		sheet: "Actions",
		comma: ',',
		heads: []string{"No.", "Clause", "Action", "Description", "Priority", "Status", "Responsible", "Together with", "Follows up",
			"Starts", "Due", "The date is", "Timing as written", "As it was read", "Recurs", "Steps done", "Steps in all",
			"Last answer", "Answered", "Comment", "Closed with", "To decide"},
		statuses: map[tertial.Status]string{
			tertial.Open: "Not started", tertial.InProgress: "In progress", tertial.ReportedDone: "Done, to be confirmed",
			tertial.Done: "Done", tertial.Cancelled: "Cancelled", tertial.Inapplicable: "Not applicable",
		},
		progress: map[tertial.Progress]string{
			tertial.OnTrack: "On track", tertial.Deviates: "Deviates", tertial.Blocked: "Blocked",
		},
		priority: map[tertial.Priority]string{
			tertial.High: "High", tertial.Medium: "Medium", tertial.Low: "Low", tertial.None: "None",
		},
		certainty: map[tertial.Certainty]string{
			tertial.Exact: "exact", tertial.Inferred: "inferred", tertial.Unconfirmed: "unconfirmed", tertial.Confirmed: "confirmed",
		},
		questions: map[tertial.Question]string{
			tertial.NoResponsible: "nobody is responsible", tertial.TimingUnconfirmed: "the date is unconfirmed",
			tertial.DuePast: "the date had passed", tertial.Declined: "the proposal says that the requirement is not for us",
			tertial.RoleUnheld: "nobody holds the role",
		},
		recurs: map[tertial.Recurrence]string{
			tertial.Yearly: "each year", tertial.PerTertial: "each tertial", tertial.Quarterly: "each quarter",
			tertial.Monthly: "each month", tertial.Continuous: "continuously", tertial.AsNeeded: "as needed",
		},
		cut: "… (cut)",
	}
}

// say returns the word for a value, or the value itself where there is none: a list hides nothing.
func say[K ~string](m map[K]string, k K) string {
	if w, ok := m[k]; ok {
		return w
	}
	return string(k)
}
