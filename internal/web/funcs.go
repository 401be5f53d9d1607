package web

import (
	"fmt"
	"html/template"
	"net/url"
	"reflect"
	"strings"

	"tertial/internal/tertial"
	"tertial/templates"
)

// say fills a text from pairs of names and values.
func say(texts *templates.Texts, id string, pairs ...any) string {
	args := make(templates.Args, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		args[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return texts.T(id, args)
}

// funcs are the functions that the templates of one language have.
func (s *Server) funcs(texts *templates.Texts) template.FuncMap {
	word := func(kind string) func(any) string {
		return func(value any) string {
			if value = fmt.Sprint(value); value == "" {
				return ""
			}
			return texts.T(kind+"."+value.(string), nil)
		}
	}
	return template.FuncMap{
		"t":            func(id string, args ...any) string { return say(texts, id, args...) },
		"date":         func(d tertial.Date) string { return dateWords(texts, d) },
		"day":          func(d tertial.Date) string { return dayWords(texts, d) },
		"instant":      func(i tertial.Instant) string { return s.instantWords(i) },
		"status":       word("status"),
		"statusSymbol": func(v any) string { return statusSymbol(fmt.Sprint(v)) },
		"priority":     word("priority"),
		"kind":         word("kind"),
		"part":         word("part"),
		"answerKind":   word("answer.kind"),
		"question":     word("question"),
		"progress":     word("progress"),
		"certainty":    word("certainty"),
		"url":          address,
		"static":       func(name string) string { return "/static/" + s.o.Templates.StaticName(name) },
		"styles":       s.styles,
		"join":         joined,
		"list":         func(items ...any) []any { return items },
		"dict":         dict,
		"add":          func(a, b int) int { return a + b },
	}
}

// styles lists the addresses of the style sheets that there are.
func (s *Server) styles() []string {
	var all []string
	for _, name := range []string{"site.css", "actions.css", "house.css"} {
		if served := s.o.Templates.StaticName(name); served != "" {
			all = append(all, "/static/"+served)
		}
	}
	return all
}

// dateWords writes a date as the mails do: 2027-03-31 (ons v. 13); a dash for none.
func dateWords(texts *templates.Texts, d tertial.Date) string {
	if d.IsZero() {
		return texts.T("word.none", nil)
	}
	_, week := d.Week()
	weekday := texts.T(fmt.Sprintf("weekday.%d", d.Weekday()), nil)
	return say(texts, "word.date", "Date", d.String(), "Weekday", weekday, "Week", week)
}

// dayWords writes a date as one says it: 31 mars 2027.
func dayWords(texts *templates.Texts, d tertial.Date) string {
	if d.IsZero() {
		return texts.T("word.none", nil)
	}
	year, month, day := d.Civil()
	return say(texts, "word.day", "Day", day, "Month", texts.T(fmt.Sprintf("month.%d", month), nil), "Year", year)
}

// instantWords writes when something happened, on the instance's clock: 2027-03-31 07:30.
func (s *Server) instantWords(i tertial.Instant) string {
	if i.IsZero() {
		return ""
	}
	return i.In(s.o.Rules.Zone).Format("2006-01-02 15:04")
}

// statusSymbol is a sign beside a status's word, so that neither colour nor word stands alone.
func statusSymbol(status string) string {
	switch tertial.Status(status) {
	case tertial.Open:
		return "○"
	case tertial.InProgress:
		return "◐"
	case tertial.ReportedDone:
		return "◕"
	case tertial.Done:
		return "●"
	case tertial.Cancelled:
		return "✕"
	case tertial.Inapplicable:
		return "–"
	}
	return "·"
}

// address builds a path with a query from pairs of names and values; what is empty is left out.
func address(path string, pairs ...any) string {
	query := make(url.Values)
	for i := 0; i+1 < len(pairs); i += 2 {
		if value := reflect.ValueOf(pairs[i+1]); value.IsValid() && !value.IsZero() {
			query.Set(fmt.Sprint(pairs[i]), fmt.Sprint(pairs[i+1]))
		}
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// joined writes a list with a sign between its entries.
func joined(items any, sep string) (string, error) {
	v := reflect.ValueOf(items)
	if v.Kind() != reflect.Slice {
		return "", fmt.Errorf("join wants a list, not %T", items)
	}
	words := make([]string, v.Len())
	for i := range words {
		words[i] = fmt.Sprint(v.Index(i).Interface())
	}
	return strings.Join(words, sep), nil
}

// dict makes the data of a part out of pairs of names and values.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict wants pairs, and has %d values", len(pairs))
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m, nil
}
