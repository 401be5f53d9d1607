package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tertial/internal/tertial"
)

// logChange is a field of an entry: what it was and what it became, or, where Was is not given, a fact.
type logChange struct {
	Field   string
	Was, Is string
	Changed bool
}

func newLogRow(v *visit, e *tertial.Entry, names map[string]string) logRow {
	row := logRow{Entry: *e, Who: names[e.By], What: wordOr(v, "log.verb."+slug(e.Verb), e.Verb), Changes: logChanges(v, e)}
	if row.Who == "" {
		row.Who = wordOr(v, "log.by."+slug(e.By), e.By)
	}
	row.About, row.Link = logAbout(v, e.Subject)
	return row
}

// wordOr returns a text, or what stands in the log where there is none: it keeps words that a later version no longer knows.
func wordOr(v *visit, id, otherwise string) string {
	if text := v.T(id); text != id {
		return text
	}
	return otherwise
}

// slug makes a word of the log part of a text's id.
func slug(word string) string { return strings.ReplaceAll(strings.ToLower(word), " ", "-") }

// logAbout says what an entry is about, and where that is shown.
func logAbout(v *visit, subject string) (about, link string) {
	kind, rest, _ := strings.Cut(subject, " ")
	switch kind {
	case "action":
		link = "/actions/" + url.PathEscape(rest)
	case "person":
		link = "/people/" + url.PathEscape(rest)
	case "message":
		link = "/mail/" + url.PathEscape(rest)
	case "assessment":
		link = "/imports/" + url.PathEscape(rest)
	case "mail":
		link = "/mail"
	case "event":
		if key, year, ok := strings.Cut(rest, " "); ok {
			link = "/wheel/" + url.PathEscape(key) + "/" + url.PathEscape(year)
		}
	}
	return strings.TrimSpace(wordOr(v, "log.about."+slug(kind), kind) + " " + rest), link
}

// The most that a page shows of an entry: the whole of it is in the file that the command line writes.
const (
	changesShown = 12
	valueShown   = 160
)

// logChanges reads an entry's detail: fields with what they were and became, or facts.
func logChanges(v *visit, e *tertial.Entry) []logChange {
	var fields map[string]json.RawMessage
	if json.Unmarshal(e.Detail, &fields) != nil {
		return nil
	}
	facts := e.Verb == "created" || e.Verb == "made" // of what is new nothing has changed: two values are a list
	var changes []logChange
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if len(changes) == changesShown {
			break
		}
		c := logChange{Field: wordOr(v, "log.field."+slug(name), strings.ReplaceAll(name, "_", " "))}
		var pair []json.RawMessage
		if !facts && json.Unmarshal(fields[name], &pair) == nil && len(pair) == 2 {
			c.Changed, c.Was, c.Is = true, logValue(v, name, pair[0]), logValue(v, name, pair[1])
		} else {
			c.Is = logValue(v, name, fields[name])
		}
		if c.Is != "" || c.Was != "" {
			changes = append(changes, c)
		}
	}
	return changes
}

// logValue writes a value of the log for people.
func logValue(v *visit, field string, raw json.RawMessage) string {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return ""
	}
	return cutValue(logWord(v, field, value))
}

func cutValue(text string) string {
	if short := cutText(text, valueShown); short != text {
		return short + "…"
	}
	return text
}

func logWord(v *visit, field string, value any) string {
	switch x := value.(type) {
	case nil:
		return ""
	case string:
		if x == "" {
			return ""
		}
		switch field {
		case "status", "priority", "certainty", "progress":
			return wordOr(v, field+"."+x, x)
		case "review":
			return wordOr(v, "question."+x, x)
		}
		return x
	case bool:
		return v.T("log.value." + strconv.FormatBool(x))
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case []any:
		words := make([]string, len(x))
		for i := range x {
			words[i] = logWord(v, field, x[i])
		}
		return strings.Join(words, ", ")
	case map[string]any:
		if title, ok := x["title"].(string); ok { // a step
			if done, _ := x["done"].(bool); done {
				return "✓ " + title
			}
			return title
		}
		if role, ok := x["role"].(string); ok { // a holding
			return strings.TrimSpace(fmt.Sprintf("%s %s", role, logPeriod(x)))
		}
		var words []string
		for _, name := range slices.Sorted(maps.Keys(x)) {
			if word := logWord(v, name, x[name]); word != "" {
				words = append(words, word)
			}
		}
		return strings.Join(words, " ")
	}
	return fmt.Sprint(value)
}

func logPeriod(x map[string]any) string {
	from, _ := x["from"].(string)
	to, _ := x["to"].(string)
	if from == "" && to == "" {
		return ""
	}
	return "(" + from + "–" + to + ")"
}
