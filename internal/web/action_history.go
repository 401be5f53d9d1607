package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tertial/internal/tertial"
)

// historyLine is an entry of the log in words.
type historyLine struct {
	At      tertial.Instant
	Who     string
	What    string
	Changes []historyChange
}

// historyChange is a field with the value before and after. Added and Removed stand for a list's entries instead.
type historyChange struct {
	Field    string
	From, To string
}

// historyText is how much of a value the history shows.
const historyText = 240

// historyOf puts entries of the log into words, the newest first. The log names people by number; each is looked up once.
func (s *Server) historyOf(ctx context.Context, v *visit, entries []tertial.Entry) ([]historyLine, error) {
	names := map[string]string{}
	var lines []historyLine
	for i := range entries {
		e := &entries[i]
		if _, known := names[e.By]; !known {
			name, err := s.nameOf(ctx, v, e.By)
			if err != nil {
				return nil, err
			}
			names[e.By] = name
		}
		lines = append(lines, historyLine{At: e.At, Who: names[e.By], What: verbOf(v, e.Verb), Changes: changesOf(v, e.Detail)})
	}
	return lines, nil
}

// nameOf says who an entry's author is: a person's name, or what of the program it was.
func (s *Server) nameOf(ctx context.Context, v *visit, by string) (string, error) {
	digits, person := strings.CutPrefix(by, "person:")
	if id, err := strconv.ParseInt(digits, 10, 64); person && err == nil {
		p, err := s.o.House.PersonByID(ctx, id)
		switch {
		case err == nil:
			return p.Name, nil
		case errors.Is(err, tertial.ErrNotFound):
			return v.T("history.by.gone"), nil
		}
		return "", err
	}
	if id := "history.by." + by; v.texts.Has(id) {
		return v.T(id), nil
	}
	return by, nil
}

func verbOf(v *visit, verb string) string {
	if id := "history.verb." + strings.ReplaceAll(verb, " ", "_"); v.texts.Has(id) {
		return v.T(id)
	}
	return verb
}

// changesOf reads what an entry says of fields. What is no pair of values (a file's hash, a person's number) is left out.
func changesOf(v *visit, detail json.RawMessage) []historyChange {
	var fields map[string]json.RawMessage
	if json.Unmarshal(detail, &fields) != nil {
		return nil
	}
	var changes []historyChange
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		id := "history.field." + field
		var pair []json.RawMessage
		if !v.texts.Has(id) || json.Unmarshal(fields[field], &pair) != nil || len(pair) != 2 {
			continue
		}
		c := historyChange{Field: v.T(id), From: valueOf(v, field, pair[0]), To: valueOf(v, field, pair[1])}
		if field == "steps" {
			c.From, c.To = stepsOf(v, pair[0]), stepsOf(v, pair[1])
		}
		if c.From != c.To {
			changes = append(changes, c)
		}
	}
	return changes
}

// valueOf writes a value of a field as people read it: words for what has words, lists with commas.
func valueOf(v *visit, field string, raw json.RawMessage) string {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return wordOf(v, field, one)
	}
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		for i := range list {
			list[i] = wordOf(v, field, list[i])
		}
		return shortened(strings.Join(list, ", "))
	}
	return shortened(string(raw))
}

func wordOf(v *visit, field, value string) string {
	kind := map[string]string{"status": "status", "priority": "priority", "certainty": "certainty", "progress": "progress", "review": "question",
		"recurrence": "action.recurrence"}[field]
	if id := kind + "." + value; kind != "" && v.texts.Has(id) {
		return v.T(id)
	}
	if d, err := tertial.ParseDate(value); err == nil {
		return dateWords(v.texts, d)
	}
	return shortened(value)
}

func stepsOf(v *visit, raw json.RawMessage) string {
	var steps []tertial.Step
	if json.Unmarshal(raw, &steps) != nil {
		return ""
	}
	var done []string
	for _, s := range steps {
		if s.Done {
			done = append(done, s.Title)
		}
	}
	text := v.T("action.steps.of", "Done", len(done), "Total", len(steps))
	if len(done) > 0 {
		text += fmt.Sprintf(" (%s)", strings.Join(done, ", "))
	}
	return shortened(text)
}

// shortened cuts a value of the history that is too long.
func shortened(s string) string { return shortenedTo(s, historyText) }

// shortenedTo cuts a text to at most n characters, with a mark.
func shortenedTo(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}
