package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tertial/internal/tertial"
)

// year is an analysis, the people for its roles, and the year that they live through.
type year struct {
	name        string
	analysis    string // path of the file
	planYear    int
	imported    string // when it is taken in, on the first day
	first, last tertial.Date
	config      string
	jobs        string // of a day, in their order
	people      func(x *life) string
	answers     []string // command lines that answer its questions
	holds       []string // what its plan must have
}

// years are those that can be lived through here.
func years(t *testing.T) []year {
	t.Helper()
	all := []year{sampleYear(t)}
	if y, ok := realYear(t); ok {
		all = append(all, y)
	}
	return all
}

// absolute is the path seen from the root: tests that run in other folders use it.
func absolute(t *testing.T, path string) string {
	t.Helper()
	full, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return full
}

// sampleYear is that of the sample analysis and its people, with the wheel that everybody begins with.
func sampleYear(t *testing.T) year {
	t.Helper()
	folder := absolute(t, "../../templates/sample")
	return year{
		name:     "the sample",
		analysis: filepath.Join(folder, "gapanalys.txt"),
		planYear: 2027,
		imported: "2026-12-14T19:00",
		first:    date(t, "2026-12-14"),
		last:     date(t, "2028-01-31"),
		config:   "organisation: Fritidsförvaltningen\ncoordinator: {email: lisbet.ahl@stad.example}\ndigest: {role: Förvaltningschef}\n",
		jobs:     "remind digest summary deliver",
		people: func(x *life) string {
			content, err := os.ReadFile(filepath.Join(folder, "people.csv"))
			if err != nil {
				x.t.Fatal(err)
			}
			return string(content)
		},
		answers: []string{
			"person away nadim.haddad@stad.example --from 2027-11-22 --to 2027-12-10",
			"person away tor.hammarberg@stad.example --from 2027-04-12 --to 2027-05-04",
			"wheel set VP 2027-10-29",
			"wheel set T2 2027-09-09",
			"action confirm 2027-6.1.1 --due 2027-03-15",
			"action confirm 2027-7.5.3 --no-date",
			`action edit 2027-9.2 --responsible Säkerhetssamordnare --follow-up Ledningen --priority high`,
			"action confirm 2027-9.2 --due 2027-05-31",
		},
		holds: []string{"assigned", "upcoming", "due", "overdue", "escalation", "checkpoint", "digest", "summary", "for somebody away"},
	}
}

// realYear is that of a real gap analysis, which lies beside the project and not in it. Its people are invented: the
// coordinator changes in the middle of the year, with a week between in which nobody is; one role is held by nobody.
func realYear(t *testing.T) (year, bool) {
	t.Helper()
	path := absolute(t, "../../../shared/data/000_a2049b31bfe97bfc.txt")
	if _, err := os.Stat(path); err != nil {
		t.Log("the real gap analysis is not here: its year is not tested")
		return year{}, false
	}
	return year{
		name:     "the real one",
		analysis: path,
		planYear: 2024,
		imported: "2023-11-15T09:12",
		first:    date(t, "2023-11-15"),
		last:     date(t, "2024-12-31"),
		config:   realConfig,
		jobs:     "remind deliver digest summary",
		people:   realPeople,
		answers: []string{
			"person edit berit.dahl@stad.example --drop-role ISAM --to 2024-05-31",
			"person edit cleo.ek@stad.example --drop-role Objektägare --to 2024-08-18",
			"person edit dag.falk@stad.example --role Objektägare --from 2024-08-19",
			"action edit 2024-9.2 --responsible ISAM --priority medium",
			"action confirm 2024-9.2 --due 2024-04-30",
		},
		holds: []string{"assigned", "upcoming", "due", "overdue", "escalation", "checkpoint", "digest", "summary",
			"for somebody away", "for a role that nobody holds", "to samordning@stad.example", "to berit.dahl@stad.example", "to erik.gran@stad.example"},
	}, true
}

const realConfig = `
organisation: Provförvaltningen
coordinator: {role: ISAM, email: samordning@stad.example}
digest: {role: Ledning}
wheel:
  - {key: T1, date: "05-06", digest: "+5wd"}
  - {key: T2, date: "09-09", digest: "+3wd"}
  - {key: VB, date: "01-19"}
  - {key: VP, date: "10-28"}
  - {key: VOR, date: "last-workday 10"}
  - {key: RSA, date: "10-15"}
  - {key: LG, date: "w10"}
  - {key: LTA, date: "06-14"}
`

// realPeople invents people for the roles of the analysis, as it names them.
func realPeople(x *life) string {
	x.t.Helper()
	var list struct{ Actions []tertial.Action }
	x.reads(&list, "action list")
	chief := ""
	for _, a := range list.Actions {
		for _, role := range a.Responsible {
			if strings.HasPrefix(role, "Avdelningschef") {
				chief = role
			}
		}
	}
	if chief == "" {
		x.t.Fatal("no head of department is responsible for anything")
	}
	return strings.ReplaceAll(`name,email,roles,language,frequency,manager,deputy,away_from,away_to,roles_from
Berit Dahl,berit.dahl@stad.example,ISAM,sv,daily,gun.hult@stad.example,dag.falk@stad.example,2024-02-26,2024-03-08,
Erik Gran,erik.gran@stad.example,ISAM,sv,daily,gun.hult@stad.example,,,,2024-06-10
Cleo Ek,cleo.ek@stad.example,Objektägare,en,daily,gun.hult@stad.example,,,,
Dag Falk,dag.falk@stad.example,HR,sv,weekly,gun.hult@stad.example,berit.dahl@stad.example,2024-09-02,2024-10-11,
Gun Hult,gun.hult@stad.example,CHIEF,sv,daily,iris.jonsson@stad.example,cleo.ek@stad.example,2024-04-15,2024-04-26,
Hans Ivarsson,hans.ivarsson@stad.example,Säkerhetssamordnare,en,weekly,gun.hult@stad.example,,,,
Iris Jonsson,iris.jonsson@stad.example,Ledning,sv,daily,,,,,
`, "CHIEF", chief)
}
