package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tertial/internal/gap"
	"tertial/internal/tertial"
)

const (
	apiPage      = 50        // entries of a list, where the program does not say
	apiPageMost  = 200       // and at most
	apiOffset    = 1_000_000 // how far into a list
	apiParameter = 200       // characters of a parameter
)

// apiQuery reads the parameters of an address. The first that is wrong is kept and told.
type apiQuery struct {
	values url.Values
	wrong  *apiProblem
}

// readAPIQuery takes apart the query of an address, which may have the parameters known and no others, each once; those in many
// may be repeated.
func readAPIQuery(r *http.Request, known, many []string) (*apiQuery, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, problemf(http.StatusBadRequest, "bad_request", "the query of the address cannot be read")
	}
	for name, given := range values {
		switch {
		case !slices.Contains(known, name) && len(known) == 0:
			return nil, wrongParameter(apiShort(gap.Clean(name), 80), "there is no such parameter, nor any other")
		case !slices.Contains(known, name):
			return nil, wrongParameter(apiShort(gap.Clean(name), 80), "there is no such parameter; there are %s", strings.Join(known, ", "))
		case len(given) > 1 && !slices.Contains(many, name):
			return nil, wrongParameter(name, "is given %d times", len(given))
		case len(given) > 10:
			return nil, wrongParameter(name, "is given more than 10 times")
		}
		for _, v := range given {
			if !utf8.ValidString(v) {
				return nil, wrongParameter(name, "is not UTF-8")
			}
			if utf8.RuneCountInString(v) > apiParameter {
				return nil, wrongParameter(name, "has more than %d characters", apiParameter)
			}
		}
	}
	return &apiQuery{values: values}, nil
}

// refuse keeps the first thing that is wrong.
func (q *apiQuery) refuse(name, format string, args ...any) {
	if q.wrong == nil {
		q.wrong = wrongParameter(name, format, args...)
	}
}

// done returns what is wrong, nil for nothing.
func (q *apiQuery) done() error {
	if q.wrong == nil {
		return nil
	}
	return q.wrong
}

// given returns a parameter and whether it stands there. An empty one is none.
func (q *apiQuery) given(name string) (string, bool) {
	s := q.values.Get(name)
	return s, s != ""
}

func (q *apiQuery) text(name string) string { return gap.Clean(q.values.Get(name)) }

func (q *apiQuery) flag(name string) bool {
	switch s, ok := q.given(name); {
	case !ok, s == "false":
		return false
	case s == "true":
		return true
	default:
		q.refuse(name, "%s is neither true nor false", apiEcho(s))
		return false
	}
}

// number returns a whole number in a range, or another where it is not given. Only digits make one.
func (q *apiQuery) number(name string, least, most, otherwise int) int {
	s, ok := q.given(name)
	if !ok {
		return otherwise
	}
	n, ok := apiDigits(s)
	if !ok || n < int64(least) || n > int64(most) {
		q.refuse(name, "%s is no number from %d to %d", apiEcho(s), least, most)
		return otherwise
	}
	return int(n)
}

func (q *apiQuery) date(name string) tertial.Date {
	s, ok := q.given(name)
	if !ok {
		return tertial.Date{}
	}
	d, err := tertial.ParseDate(s)
	if err != nil {
		q.refuse(name, "%s is no date; write it as 2027-03-31", apiEcho(s))
	} else if !apiYear(d.Year()) {
		q.refuse(name, "%s is out of range: say a day in the years 2000 to 2100", d)
	}
	return d
}

// apiWords returns a parameter that may be repeated, each time one of a few words.
func apiWords[T ~string](q *apiQuery, name string, words ...T) []T {
	var all []T
	for _, s := range q.values[name] {
		if s == "" {
			continue
		}
		if !slices.Contains(words, T(s)) {
			q.refuse(name, "%s is none of %s", apiEcho(s), quotedWords(words))
			return nil
		}
		all = append(all, T(s))
	}
	return all
}

// apiWordOf returns a parameter that is one of a few words, "" where it is not given.
func apiWordOf[T ~string](q *apiQuery, name string, words ...T) T {
	if all := apiWords(q, name, words...); len(all) > 0 {
		return all[0]
	}
	return ""
}

// apiFollowing is the address of the next part of a list: this one with some parameters changed.
func apiFollowing(r *http.Request, q *apiQuery, name string, value int64) string {
	next := url.Values{}
	for k, v := range q.values {
		next[k] = v
	}
	next.Set(name, strconv.FormatInt(value, 10))
	return r.URL.Path + "?" + next.Encode()
}

// apiDigits reads a number of digits alone: no sign, no zero in front, nothing around it.
func apiDigits(s string) (int64, bool) {
	if s == "" || len(s) > 1 && s[0] == '0' || strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
