package web

import (
	"net/http"
	"slices"
	"strings"

	"tertial/internal/tertial"
)

// clauseChapter is one part of the map of clauses: "7", "A.5".
type clauseChapter struct {
	Name string
	Rows []clauseLine
	Sum  tertial.ClauseRow // of its rows
}

// clauseLine is a line of the map with what it comes to.
type clauseLine struct {
	tertial.ClauseRow
	Then []clauseMark
	Now  clauseMark
}

// clauseMark is a judgement: a sign, a word and, of those at the analysis, how many. Word names a text, Class a colour; neither stands alone.
type clauseMark struct {
	Sign  string
	Word  string
	Class string
	Count int
}

// clausesPage is the map as its page shows it.
type clausesPage struct {
	Year     int
	Years    []int
	Chapters []clauseChapter
	Sum      tertial.ClauseRow
	Now      []clauseMark // how many clauses stand how now
	Links    bool         // the viewer may open lists of actions
}

// showClauses shows how each requirement stood at the analysis, and stands now.
func (s *Server) showClauses(w http.ResponseWriter, r *http.Request, v *visit) error {
	years, err := s.planYears(r)
	if err != nil {
		return err
	}
	year, err := chosenYear(r.URL.Query(), years, v.Today.Year())
	if err != nil {
		return err
	}
	rows, err := s.o.House.ClauseMap(r.Context(), year, v.Today)
	if err != nil {
		return err
	}
	page := newClausesPage(rows)
	page.Year, page.Years, page.Links = year, years, v.Viewer.Reads()
	return s.show(w, r, v, http.StatusOK, "clauses", &page)
}

// workYear is the year that a page of the work begins with: this one, or, where no plan is for it, the next that one is for.
func workYear(plans []int, now int) int {
	next := 0
	for _, year := range plans {
		if year == now {
			return now
		}
		if year > now && (next == 0 || year < next) {
			next = year
		}
	}
	return max(now, next)
}

// newClausesPage groups the lines of the map by chapter, in their own order.
func newClausesPage(rows []tertial.ClauseRow) clausesPage {
	var page clausesPage
	now := map[string]*clauseMark{}
	for _, row := range rows {
		name := chapterOf(row.Clause)
		at := slices.IndexFunc(page.Chapters, func(c clauseChapter) bool { return c.Name == name })
		if at < 0 {
			at = len(page.Chapters)
			page.Chapters = append(page.Chapters, clauseChapter{Name: name, Sum: tertial.ClauseRow{Clause: name}})
		}
		c := &page.Chapters[at]
		line := clauseLine{ClauseRow: row, Then: marksThen(&row), Now: markNow(&row)}
		c.Rows = append(c.Rows, line)
		addClause(&c.Sum, &row)
		addClause(&page.Sum, &row)
		if now[line.Now.Word] == nil {
			m := line.Now
			now[line.Now.Word] = &m
		}
		now[line.Now.Word].Count++
	}
	for _, word := range []string{"met", "closed", "late", "open", "left", "none"} {
		if m := now["clauses.now."+word]; m != nil {
			page.Now = append(page.Now, *m)
		}
	}
	return page
}

func addClause(sum, row *tertial.ClauseRow) {
	sum.Conforming += row.Conforming
	sum.Partial += row.Partial
	sum.Nonconforming += row.Nonconforming
	sum.Inapplicable += row.Inapplicable
	sum.Open += row.Open
	sum.Late += row.Late
	sum.Done += row.Done
}

// chapterOf returns the chapter of a clause: "7" of 7.2, "A.5" of A.5.9.
func chapterOf(clause string) string {
	parts := strings.Split(clause, ".")
	if parts[0] == "A" && len(parts) > 1 {
		return "A." + parts[1]
	}
	return parts[0]
}

// marksThen are the judgements of the analysis, the worst first.
func marksThen(row *tertial.ClauseRow) []clauseMark {
	var marks []clauseMark
	for _, x := range []struct {
		of    tertial.Conformity
		count int
	}{{tertial.Nonconforming, row.Nonconforming}, {tertial.Partial, row.Partial}, {tertial.Conforming, row.Conforming}, {tertial.NotApplicable, row.Inapplicable}} {
		if x.count > 0 {
			m := conformityMark(x.of)
			m.Count = x.count
			marks = append(marks, m)
		}
	}
	return marks
}

// conformityMark is how a judgement of the analysis is marked.
func conformityMark(c tertial.Conformity) clauseMark {
	m := clauseMark{Word: "action.conformity." + string(c)}
	switch c {
	case tertial.Nonconforming:
		m.Sign, m.Class = "✕", "bad"
	case tertial.Partial:
		m.Sign, m.Class = "◐", "half"
	case tertial.Conforming:
		m.Sign, m.Class = "✓", "good"
	default:
		m.Sign, m.Class = "–", "off"
	}
	return m
}

// markNow is how the requirement stands: by its findings, and by what has been done since.
func markNow(row *tertial.ClauseRow) clauseMark {
	gap := row.Partial+row.Nonconforming > 0
	switch {
	case row.Late > 0:
		return clauseMark{Sign: "!", Word: "clauses.now.late", Class: "bad"}
	case row.Open > 0:
		return clauseMark{Sign: "◐", Word: "clauses.now.open", Class: "half"}
	case gap && row.Closed:
		return clauseMark{Sign: "●", Word: "clauses.now.closed", Class: "good"}
	case gap:
		return clauseMark{Sign: "✕", Word: "clauses.now.left", Class: "bad"}
	case row.Conforming > 0:
		return clauseMark{Sign: "✓", Word: "clauses.now.met", Class: "good"}
	}
	return clauseMark{Sign: "–", Word: "clauses.now.none", Class: "off"}
}
