package store

import (
	"context"

	"tertial/internal/tertial"
)

// DateQueue groups the open actions whose dates a person has to confirm: those of one plan year that name the same events, or, where
// they name none, share their phrase, and are read alike. What has no phrase is a group of its own.
func (s *Store) DateQueue(ctx context.Context) ([]tertial.DateGroup, error) {
	var rows []struct {
		Ref       string            `db:"ref"`
		Title     string            `db:"title"`
		Year      int               `db:"plan_year"`
		Text      string            `db:"timing_text"`
		Events    words             `db:"events"`
		Listed    string            `db:"listed"`
		Due       tertial.Date      `db:"due"`
		Certainty tertial.Certainty `db:"certainty"`
		Why       string            `db:"why"`
	}
	err := s.r.SelectContext(ctx, &rows, `SELECT ref, title, plan_year, timing_text, events, events AS listed, due, certainty, why
		FROM actions WHERE `+askedDates+` ORDER BY plan_year, events, sort_key`)
	if err != nil {
		return nil, s.failed(ctx, "reading dates to confirm", err)
	}
	type alike struct {
		year      int
		events    string
		text      string
		due       tertial.Date
		certainty tertial.Certainty
	}
	groups, index := []tertial.DateGroup{}, make(map[alike]int)
	for _, r := range rows {
		key := alike{r.Year, r.Listed, r.Text, r.Due, r.Certainty}
		if r.Listed != "" {
			key.text = ""
		}
		i, there := index[key]
		if !there {
			i, index[key] = len(groups), len(groups)
			g := tertial.DateGroup{Text: r.Text, Year: r.Year, Due: r.Due, Why: r.Why, Certain: r.Certainty}
			if len(r.Events) == 1 {
				g.Event = r.Events[0]
			}
			groups = append(groups, g)
		}
		groups[i].Refs, groups[i].Titles = append(groups[i].Refs, r.Ref), append(groups[i].Titles, r.Title)
	}
	return groups, nil
}
