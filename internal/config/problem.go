package config

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ErrConfig is what every error of this package is.
var ErrConfig = errors.New("the configuration is wrong")

// Error is everything that is wrong with a configuration. It wraps [ErrConfig].
type Error struct {
	File     string // "" where there is none
	Problems []Problem
	cause    error // why the file cannot be read
}

// Problem is one thing that is wrong, and where the value comes from: a line of the
// file, a variable of the environment, or neither.
type Problem struct {
	Key      string // mail.smtp.port; "" for the file as a whole
	Message  string
	Line     int // 0 where it is not from the file
	Column   int // in characters, from 1
	Excerpt  string
	Variable string
}

// The most problems that are told: who has more has named the wrong file.
const maxTold = 50

// Error lists the problems in the order of the file, each with its line and a caret.
func (e *Error) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == maxTold {
			fmt.Fprintf(&b, "and %d more", len(e.Problems)-i)
			break
		}
		p.write(&b, e.File)
	}
	return b.String()
}

// Unwrap returns [ErrConfig], and what the system said where a file cannot be read.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{ErrConfig}
	}
	return []error{ErrConfig, e.cause}
}

func (p *Problem) write(b *strings.Builder, file string) {
	switch {
	case p.Variable != "":
		b.WriteString("environment: " + p.Variable + ": ")
	case p.Line > 0:
		fmt.Fprintf(b, "%s:%d:%d: ", file, p.Line, p.Column)
	case file != "":
		b.WriteString(file + ": ")
	}
	if p.Key != "" && p.Variable == "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Message)
	if p.Excerpt != "" {
		excerpt, before := window([]rune(p.Excerpt), p.Column-1)
		fmt.Fprintf(b, "\n    %s\n    %s^", excerpt, strings.Repeat(" ", before))
	}
}

// The widest excerpt that is shown, in characters.
const maxExcerpt = 80

// window cuts a long line to what stands around the place at, and says how many
// characters of what is left stand before it.
func window(line []rune, at int) (excerpt string, before int) {
	if len(line) <= maxExcerpt {
		return string(line), at
	}
	from := max(0, min(at-maxExcerpt/2, len(line)-maxExcerpt))
	cut := slices.Clone(line[from:min(from+maxExcerpt, len(line))])
	if from > 0 {
		cut[0] = '…'
	}
	if from+maxExcerpt < len(line) {
		cut[len(cut)-1] = '…'
	}
	return string(cut), at - from
}

// sorted puts problems in the order of the file; those from elsewhere come last.
func sorted(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(uint(a.Line-1), uint(b.Line-1)), cmp.Compare(a.Column, b.Column))
	})
	return problems
}

// mask hides what may be secret in a line of the file: the user part of a URL, and the
// value of a key that is named like a secret.
func mask(line string) string {
	line = userInfo.ReplaceAllString(line, "://***@")
	line = setting.ReplaceAllString(line, "$1=***")
	if key, _, ok := strings.Cut(line, ":"); ok && secretive(key) {
		return key + ": ***"
	}
	return line
}

var userInfo = regexp.MustCompile(`://[^/\s]*@`)

// setting is a secret within a value, as in a URL's query.
var setting = regexp.MustCompile(`(?i)(passw\w*|secret|token)=[^\s&]+`)

func secretive(key string) bool {
	key = strings.ToLower(key)
	for _, word := range []string{"password", "passwd", "secret", "token", "apikey", "api_key"} {
		if strings.Contains(key, word) && !strings.HasSuffix(strings.TrimSpace(key), "_file") {
			return true
		}
	}
	return false
}

// plain is the text of an error without the word that says what kind it is.
func plain(err error) string {
	return strings.ReplaceAll(err.Error(), "invalid: ", "")
}

// nearest returns the choice that word is most likely meant to be, or "".
func nearest(word string, choices []string) string {
	best, least := "", 3 // more than two slips is another word
	for _, c := range choices {
		if d := distance(word, c); d < least && d < len(c) {
			best, least = c, d
		}
	}
	return best
}

// distance is how many letters must be put in, taken out or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0]++
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
