package web

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tertial/internal/tertial"
	"tertial/templates"
)

// textID is where the code of the pages names a text by its id.
var textID = regexp.MustCompile(`(?:\.T\(|complain\("[^"]*", |complain\([a-z]+, |sent\(w, r, v, [^\n]*, |text\()"([a-z][a-zA-Z_-]*\.[a-zA-Z0-9._-]*[a-zA-Z0-9])"`)

func TestEveryTextThatTheCodeNamesExists(t *testing.T) {
	pages, err := templates.LoadWeb("")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range textID.FindAllStringSubmatch(string(src), -1) {
			found++
			if !pages.Texts("sv").Has(m[1]) {
				t.Errorf("%s names the text %q, which is not there", file, m[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("got %d texts: the code is not read as it is written", found)
	}
}

func TestEveryWordOfTheNounsHasAText(t *testing.T) {
	pages, err := templates.LoadWeb("")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, s := range []tertial.Status{tertial.Open, tertial.InProgress, tertial.ReportedDone, tertial.Done, tertial.Cancelled, tertial.Inapplicable} {
		ids = append(ids, "status."+string(s))
		if statusSymbol(string(s)) == "·" {
			t.Errorf("%s has no symbol", s)
		}
	}
	for _, p := range tertial.Priorities() {
		ids = append(ids, "priority."+string(p))
	}
	for _, k := range []tertial.Kind{tertial.Escalation, tertial.Overdue, tertial.Due, tertial.Upcoming, tertial.Checkpoint, tertial.Assigned, tertial.AwaitsCheck} {
		ids = append(ids, "kind."+string(k))
	}
	for _, k := range tertial.AnswerKinds() {
		ids = append(ids, "answer.kind."+string(k), "answer.hint."+string(k), "receipt.next."+string(k))
		if k != tertial.AnswerLater {
			ids = append(ids, "answer.text."+string(k))
		}
	}
	for _, q := range []tertial.Question{tertial.NoResponsible, tertial.TimingUnconfirmed, tertial.DuePast, tertial.Declined, tertial.RoleUnheld} {
		ids = append(ids, "question."+string(q))
	}
	for _, p := range []tertial.Progress{tertial.OnTrack, tertial.Deviates, tertial.Blocked} {
		ids = append(ids, "progress."+string(p))
	}
	for _, c := range []tertial.Certainty{tertial.Exact, tertial.Inferred, tertial.Unconfirmed, tertial.Confirmed} {
		ids = append(ids, "certainty."+string(c))
	}
	for _, p := range []tertial.Part{tertial.Responsible, tertial.Contributor, tertial.FollowUp} {
		ids = append(ids, "part."+string(p))
	}
	for _, err := range []error{errUnreadable, errNoPage, errNotAllowed, errNotSigned, errForgery, errMethod, errTooLarge, errTooMany, errLink, errStays,
		tertial.ErrNotFound, tertial.ErrInvalid, tertial.ErrConflict, tertial.ErrRefused, tertial.ErrUnavailable, os.ErrClosed} {
		ids = append(ids, "error."+faultOf(err).text+".title", "error."+faultOf(err).text+".text")
	}
	for _, id := range ids {
		for _, lang := range templates.Languages() {
			if !pages.Texts(lang).Has(id) {
				t.Errorf("%s has no text %s", lang, id)
			}
		}
	}
}
