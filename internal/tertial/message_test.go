package tertial

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestFactsComeBackAsTheyWere(t *testing.T) {
	at := Instant{Time: time.Date(2027, 3, 24, 8, 12, 0, 0, time.UTC)}
	tests := []struct {
		name  string
		facts Facts
	}{
		{"of nothing", Facts{}},
		{"of a digest", Facts{Digest: &Digest{Event: "T1", Year: 2027, ByClause: []Row{{Label: "7", Count: Count{Done: 1, Total: 1}}}}}},
		{"of a summary", Facts{Summary: &Summary{Week: 12, Decisions: []SummaryAnswer{{ID: 3, Ref: "2027-7.2", Kind: AnswerNewDate, On: DateOf(2027, 3, 1)}}, DecisionCount: 1}}},
		{"of a sign-in", Facts{SignIn: &SignInFacts{ID: 17, Person: 5, Agent: "Firefox, Linux", Asked: at, Expires: at}}},
		{"of an answer, with the action that it is about", Facts{Answer: &Answer{ID: 9, ActionID: 42, Ref: "2027-7.2", Kind: AnswerHandOver, To: "bo@stad.example", At: at}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text, err := json.Marshal(tt.facts)
			if err != nil {
				t.Fatal(err)
			}
			var got Facts
			if err := json.Unmarshal(text, &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.facts) {
				t.Errorf("got %+v, want %+v, by %s", got, tt.facts, text)
			}
		})
	}
}

func TestFactsOfOneKindHoldNothingOfAnother(t *testing.T) {
	text, err := json.Marshal(Facts{SignIn: &SignInFacts{ID: 1}})
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"digest", "summary", "answer", "action_id", "items"} {
		if strings.Contains(string(text), other) {
			t.Errorf("got %s, with %q", text, other)
		}
	}
}
