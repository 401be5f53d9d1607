package report

import (
	"strings"

	"tertial/internal/tertial"
)

// cell is one value of a list: a text, a number or a day. A day that is none is an empty cell.
type cell struct {
	text   string
	number int
	day    tertial.Date
	kind   cellKind
}

type cellKind int

const (
	isText cellKind = iota
	isNumber
	isDay
)

func textCell(s string) cell      { return cell{text: s} }
func numberCell(n int) cell       { return cell{number: n, kind: isNumber} }
func dayCell(d tertial.Date) cell { return cell{day: d, kind: isDay} }
func listCell(list []string) cell { return textCell(strings.Join(list, ", ")) }
func instantCell(i tertial.Instant) cell {
	if i.IsZero() {
		return dayCell(tertial.Date{})
	}
	return dayCell(tertial.DateOf(i.UTC().Date()))
}

// cells returns an action's row, in the order of the heads.
func (w *words) cells(a *tertial.Action) []cell {
	questions := make([]string, len(a.Review))
	for i, q := range a.Review {
		questions[i] = say(w.questions, q)
	}
	return []cell{
		textCell(a.Ref), listCell(a.Clauses), textCell(a.Title), textCell(a.Description),
		textCell(say(w.priority, a.Priority)), textCell(say(w.statuses, a.Status)),
		listCell(a.Responsible), listCell(a.Contributors), listCell(a.FollowUp),
		dayCell(a.Timing.Start), dayCell(a.Timing.Due), textCell(say(w.certainty, a.Timing.Certainty)),
		textCell(a.Timing.Text), textCell(a.Timing.Why), textCell(say(w.recurs, a.Timing.Recurrence)),
		numberCell(a.StepsDone()), numberCell(len(a.Steps)),
		textCell(say(w.progress, a.Progress)), instantCell(a.ProgressAt), textCell(a.Note), textCell(a.Reason),
		listCell(questions),
	}
}
