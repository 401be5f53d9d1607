package main

import (
	"errors"
	"slices"
	"testing"

	"tertial/internal/tertial"
)

func date(t *testing.T, s string) tertial.Date {
	t.Helper()
	if s == "" {
		return tertial.Date{}
	}
	d, err := tertial.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestNamesAreInSwedishOrder(t *testing.T) {
	names := []string{"Östen", "Zackarias", "Ärla", "Åke", "anna", "Édith", "Eva", "Bo"}
	slices.SortFunc(names, func(a, b string) int {
		switch ka, kb := sortKey(a), sortKey(b); {
		case ka < kb:
			return -1
		case ka > kb:
			return 1
		}
		return 0
	})
	want := []string{"anna", "Bo", "Édith", "Eva", "Zackarias", "Åke", "Ärla", "Östen"}
	if !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}

func TestDroppingARole(t *testing.T) {
	for _, tt := range []struct {
		name  string
		have  []tertial.Holding
		role  string
		last  string
		want  []tertial.Holding
		found bool
	}{
		{"ends it on the day given",
			[]tertial.Holding{{Role: "ISAM"}}, "isam", "2027-02-28",
			[]tertial.Holding{{Role: "ISAM", To: date(t, "2027-02-28")}}, true},
		{"leaves other roles",
			[]tertial.Holding{{Role: "HR"}, {Role: "IT"}}, "IT", "2027-02-28",
			[]tertial.Holding{{Role: "HR"}, {Role: "IT", To: date(t, "2027-02-28")}}, true},
		{"takes away what would begin later",
			[]tertial.Holding{{Role: "IT", From: date(t, "2027-03-01")}}, "IT", "2027-02-28",
			[]tertial.Holding{}, true},
		{"leaves what has ended",
			[]tertial.Holding{{Role: "IT", To: date(t, "2026-12-31")}}, "IT", "2027-02-28",
			[]tertial.Holding{{Role: "IT", To: date(t, "2026-12-31")}}, false},
		{"wants a role that is held",
			[]tertial.Holding{{Role: "IT"}}, "HR", "2027-02-28", []tertial.Holding{{Role: "IT"}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := tertial.Person{Email: "a@stad.example", Holdings: tt.have}
			err := dropRole(&x, tt.role, date(t, tt.last))
			if tt.found != (err == nil) || err != nil && !errors.Is(err, tertial.ErrNotFound) {
				t.Fatalf("got %v", err)
			}
			if !slices.Equal(x.Holdings, tt.want) {
				t.Errorf("got %v, want %v", x.Holdings, tt.want)
			}
		})
	}
}

func TestTakingARoleAgainChangesItsEnd(t *testing.T) {
	x := tertial.Person{Holdings: []tertial.Holding{{Role: "ISAM", To: date(t, "2027-02-28")}}}
	takeRole(&x, tertial.Holding{Role: "Isam"})
	takeRole(&x, tertial.Holding{Role: "HR", From: date(t, "2027-01-01")})
	want := []tertial.Holding{{Role: "ISAM"}, {Role: "HR", From: date(t, "2027-01-01")}}
	if !slices.Equal(x.Holdings, want) {
		t.Errorf("got %v, want %v", x.Holdings, want)
	}
}

func TestAbsenceIsShownInTwelveCharacters(t *testing.T) {
	today := date(t, "2027-03-10")
	for _, tt := range []struct{ name, from, to, want string }{
		{"nobody is away", "", "", ""},
		{"it is over", "2027-03-01", "2027-03-09", ""},
		{"the last day counts", "2027-03-01", "2027-03-10", "< 2027-03-11"},
		{"it is to come", "2027-04-01", "2027-04-10", "> 2027-04-01"},
		{"nobody knows the end", "2027-03-01", "", "away"},
	} {
		x := tertial.Person{AwayFrom: date(t, tt.from), AwayTo: date(t, tt.to)}
		if got := awayShown(&x, today); got != tt.want || len(got) > 12 {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestRolesFromIsOneDayOrNone(t *testing.T) {
	today := date(t, "2027-03-10")
	day := func(s string) tertial.Date { return date(t, s) }
	for _, tt := range []struct {
		name string
		have []tertial.Holding
		want string
	}{
		{"nothing held", nil, ""},
		{"from the beginning", []tertial.Holding{{Role: "A"}}, ""},
		{"one day for all", []tertial.Holding{{Role: "A", From: day("2027-01-01")}, {Role: "B", From: day("2027-01-01")}}, "2027-01-01"},
		{"several days", []tertial.Holding{{Role: "A", From: day("2027-01-01")}, {Role: "B", From: day("2027-02-01")}}, ""},
		{"one of them from the beginning", []tertial.Holding{{Role: "A"}, {Role: "B", From: day("2027-02-01")}}, ""},
		{"what has ended does not count", []tertial.Holding{{Role: "A", To: day("2027-01-31")}, {Role: "B", From: day("2027-02-01")}}, "2027-02-01"},
	} {
		x := tertial.Person{Holdings: tt.have}
		if got := rolesFrom(&x, today); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
