package gap

import (
	"errors"
	"os"
	"strings"
	"testing"

	"tertial/internal/tertial"
)

const peopleHead = "name,email,roles,language,frequency,manager,deputy,away_from,away_to,roles_from\n"

func TestPeopleAreReadWithTheirRolesAndTimes(t *testing.T) {
	people, problems, err := ReadPeople([]byte(peopleHead+
		"Eva Ek,Eva@STAD.example,ISAM; HR ,sv,weekly,bo@stad.example,,2027-07-05,2027-08-01,2027-01-01\n"+
		"Bo Bo,bo@stad.example,,,,Eva@stad.example,eva@stad.example,2027-07-05,,\n"), "people.csv")
	if err != nil || len(problems) != 0 || len(people) != 2 {
		t.Fatalf("got %v, %v, %v", people, problems, err)
	}
	eva, bo := people[0], people[1]
	if eva.Name != "Eva Ek" || eva.Email != "Eva@stad.example" || eva.Language != "sv" || eva.Frequency != tertial.Weekly || eva.Manager != "bo@stad.example" {
		t.Errorf("got %+v", eva)
	}
	if eva.AwayFrom != tertial.DateOf(2027, 7, 5) || eva.AwayTo != tertial.DateOf(2027, 8, 1) {
		t.Errorf("got %+v", eva)
	}
	if len(eva.Holdings) != 2 || eva.Holdings[1].Role != "HR" || eva.Holdings[1].From != tertial.DateOf(2027, 1, 1) {
		t.Errorf("got %+v", eva.Holdings)
	}
	if bo.Frequency != tertial.Daily || bo.Language != "" || bo.Holdings == nil || len(bo.Holdings) != 0 || bo.Deputy != "eva@stad.example" || !bo.AwayTo.IsZero() {
		t.Errorf("got %+v", bo)
	}
}

func TestATableOfPeopleMayHaveEveryHeader(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"Swedish with ;", "namn;epost;roller;språk;frekvens;chef;ersättare;borta_från;borta_till;roller_från\nEva;e@s.example;ISAM;svenska;dagligen;;;;;\n"},
		{"e-post with a hyphen", "namn;e-post;roller\nEva;e@s.example;ISAM\n"},
		{"several roles in quotes", "namn;epost;roller\nEva;e@s.example;\"ISAM;HR\"\n"},
		{"another order", "roles,email,name\nISAM,e@s.example,Eva\n"},
		{"Windows-1252", windows1252("namn;epost;roller;språk\nEva;e@s.example;ISAM;sv\n")},
	} {
		t.Run(c.name, func(t *testing.T) {
			people, problems, err := ReadPeople([]byte(c.text), "personer.csv")
			if err != nil || len(people) != 1 {
				t.Fatalf("got %v, %v, %v", people, problems, err)
			}
			if p := people[0]; p.Name != "Eva" || p.Email != "e@s.example" || p.Holdings[0].Role != "ISAM" {
				t.Errorf("got %+v", p)
			}
			for _, x := range problems {
				if x.Severity == tertial.SeverityError {
					t.Errorf("problem %+v", x)
				}
			}
		})
	}
}

func TestWhatIsWrongWithAPersonIsListedWithItsLine(t *testing.T) {
	for _, c := range []struct {
		name, row string
		severity  tertial.Severity
		says      string
	}{
		{"no name", ",b@s.example,,,,,,,,\n", tertial.SeverityError, "name"},
		{"no address", "Bo,,,,,,,,,\n", tertial.SeverityError, "email"},
		{"a bad address", "Bo,b@s,,,,,,,,\n", tertial.SeverityError, "no dot"},
		{"an address with a line end", "Bo,\"b@s.example\n\",,,,,,,,\n", tertial.SeverityError, "control"},
		{"the address of another in other case", "Bo,EVA@S.example,,,,,,,,\n", tertial.SeverityError, "line 2"},
		{"a manager nobody knows", "Bo,b@s.example,,,,x@s.example,,,,\n", tertial.SeverityError, "x@s.example"},
		{"a deputy nobody knows", "Bo,b@s.example,,,,,x@s.example,,,\n", tertial.SeverityError, "deputy"},
		{"a deputy of one's own", "Bo,b@s.example,,,,,b@s.example,,,\n", tertial.SeverityDoubt, "own deputy"},
		{"a language not spoken", "Bo,b@s.example,,fi,,,,,,\n", tertial.SeverityError, "fi"},
		{"a frequency not known", "Bo,b@s.example,,,hourly,,,,,\n", tertial.SeverityError, "hourly"},
		{"a day that does not exist", "Bo,b@s.example,,,,,,2027-02-29,,\n", tertial.SeverityError, "away_from"},
		{"a day in another form", "Bo,b@s.example,,,,,,31.12.2027,,\n", tertial.SeverityError, "2027-03-31"},
		{"back before away", "Bo,b@s.example,,,,,,2027-03-02,2027-03-01,\n", tertial.SeverityError, "before"},
		{"back without away", "Bo,b@s.example,,,,,,,2027-03-01,\n", tertial.SeverityError, "without away_from"},
		{"a day far away", "Bo,b@s.example,ISAM,,,,,,,9999-12-31\n", tertial.SeverityDoubt, "far"},
		{"a role twice", "Bo,b@s.example,ISAM;isam,,,,,,,\n", tertial.SeverityDoubt, "twice"},
		{"too few cells", "Bo,b@s.example\n", tertial.SeverityError, "2 cells"},
		{"a control character", "B\x07o,b@s.example,,,,,,,,\n", tertial.SeverityError, "U+0007"},
	} {
		t.Run(c.name, func(t *testing.T) {
			people, problems, err := ReadPeople([]byte(peopleHead+"Eva,eva@s.example,,,,,,,,\n"+c.row), "p.csv")
			if err != nil || len(problems) != 1 {
				t.Fatalf("got %v, %v, %v", people, problems, err)
			}
			if x := problems[0]; x.Line != 3 || x.Severity != c.severity || !strings.Contains(x.Message, c.says) {
				t.Errorf("got %+v, want %s in line 3 that says %q", x, c.severity, c.says)
			}
		})
	}
}

func TestManagersMayFormACircle(t *testing.T) {
	_, problems, err := ReadPeople([]byte(peopleHead+"A,a@s.example,,,,b@s.example,,,,\nB,b@s.example,,,,a@s.example,,,,\n"), "p.csv")
	if err != nil || len(problems) != 0 {
		t.Errorf("got %v, %v", problems, err)
	}
}

func TestATableOfPeopleThatIsNoneIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, text string
		kind       error
		says       string
	}{
		{"empty", "", tertial.ErrInvalid, "empty"},
		{"only a header", peopleHead, tertial.ErrInvalid, "no row"},
		{"an unknown column", "name,email,roles,shoe\nA,a@s.example,,42\n", tertial.ErrInvalid, "shoe"},
		{"no address column", "name,roles\nA,ISAM\n", tertial.ErrInvalid, "email (epost)"},
		{"a workbook", "PK\x03\x04", tertial.ErrRefused, "not read yet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := ReadPeople([]byte(c.text), "p.csv")
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %v that says %q", err, c.kind, c.says)
			}
		})
	}
}

func TestThePeopleOfTheSampleHoldItsRoles(t *testing.T) {
	data, err := os.ReadFile(samplePeople)
	if err != nil {
		t.Fatal(err)
	}
	people, problems, err := ReadPeople(data, "people.csv")
	if err != nil || len(problems) != 0 {
		t.Fatalf("got %v, %v", problems, err)
	}
	held := map[string]bool{}
	var weekly, away, deputies int
	for _, p := range people {
		for _, h := range p.Holdings {
			held[tertial.RoleKey(h.Role)] = true
		}
		weekly += b2i(p.Frequency == tertial.Weekly)
		away += b2i(!p.AwayFrom.IsZero())
		deputies += b2i(p.Deputy != "")
		if !strings.HasSuffix(p.Email, "@stad.example") {
			t.Errorf("%s is no address of the fictional town", p.Email)
		}
	}
	if weekly != 1 || away != 1 || deputies == 0 {
		t.Errorf("%d weekly, %d away, %d deputies", weekly, away, deputies)
	}
	for _, a := range sampleAnalysis(t).Actions {
		for _, role := range a.Responsible {
			if !held[tertial.RoleKey(role)] {
				t.Errorf("nobody holds %s", role)
			}
		}
	}
}
