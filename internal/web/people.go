package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"tertial/internal/gap"
	"tertial/internal/tertial"
)

// peopleShown is how many people a page has.
const peopleShown = 50

// peoplePage lists people by name.
type peoplePage struct {
	People      []personRow
	Query       string
	Only        string // "", "away", "suspect" or "none": those without a role
	Found       int
	Total       int
	Page        int
	Later, Back int
}

// personRow is a person as a list shows them.
type personRow struct {
	tertial.Person
	Held   []string // roles of today
	IsAway bool
}

// showPeople lists people.
func (s *Server) showPeople(w http.ResponseWriter, r *http.Request, v *visit) error {
	query := r.URL.Query()
	page := peoplePage{Query: gap.Clean(cutText(query.Get("q"), 100)), Only: oneOf(query.Get("only"), "", "away", "suspect", "none")}
	var rows []personRow
	for x, err := range s.o.House.People(r.Context()) {
		if err != nil {
			return err
		}
		page.Total++
		row := personRow{Person: x, Held: x.Roles(v.Today), IsAway: x.Away(v.Today)}
		if row.meets(page.Query, page.Only) {
			rows = append(rows, row)
		}
	}
	sortByName(rows, func(x *personRow) (string, string) { return x.Name, x.Email })
	page.Found, page.Page = len(rows), pageNumber(query, len(rows), peopleShown)
	first := min((page.Page-1)*peopleShown, len(rows))
	last := min(first+peopleShown, len(rows))
	page.People = rows[first:last]
	page.Back, page.Later = beside(page.Page, last < len(rows))
	return s.show(w, r, v, http.StatusOK, "people", page)
}

func (x *personRow) meets(query, only string) bool {
	switch only {
	case "away":
		if !x.IsAway {
			return false
		}
	case "suspect":
		if x.Suspect == "" {
			return false
		}
	case "none":
		if len(x.Held) > 0 {
			return false
		}
	}
	words := strings.ToLower(x.Name + " " + x.Email + " " + strings.Join(x.Held, " "))
	for word := range strings.FieldsSeq(strings.ToLower(query)) {
		if !strings.Contains(words, word) {
			return false
		}
	}
	return true
}

// sortByName sorts as Swedish does: å, ä and ö after z. What has one name goes by the other key.
func sortByName[T any](list []T, keys func(*T) (name, other string)) {
	type keyed struct {
		key   []byte
		other string
		value T
	}
	c := collate.New(language.Swedish, collate.IgnoreCase)
	var buffer collate.Buffer
	all := make([]keyed, len(list))
	for i := range list {
		name, other := keys(&list[i])
		all[i] = keyed{slices.Clone(c.KeyFromString(&buffer, name)), other, list[i]}
		buffer.Reset()
	}
	slices.SortStableFunc(all, func(a, b keyed) int {
		return cmp.Or(slices.Compare(a.key, b.key), strings.Compare(a.other, b.other))
	})
	for i := range all {
		list[i] = all[i].value
	}
}

// cutText keeps at most n characters.
func cutText(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// emailKey is what two ways of writing one address have in common.
func emailKey(address string) string { return strings.ToLower(strings.TrimSpace(address)) }
