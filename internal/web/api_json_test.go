package web

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestBodyThatTwoReadersCouldUnderstandDifferentlyIsRefused(t *testing.T) {
	for _, c := range []struct{ name, body, pointer, says string }{
		{"nothing", "", "#", "is empty"},
		{"blanks", " \n", "#", "is empty"},
		{"a byte order mark", "\ufeff{}", "#", "byte order mark"},
		{"Latin-1", "{\"title\":\"M\xfcller\"}", "#", "not UTF-8"},
		{"an overlong slash", "{\"title\":\"\xc0\xaf\"}", "#", "not UTF-8"},
		{"UTF-16", "\xff\xfe{\x00}\x00", "#", "not UTF-8"},
		{"a name twice", `{"title":"a","title":"b"}`, "#/title", "twice"},
		{"a name twice in another spelling", `{"title":"a","t\u0069tle":"b"}`, "#/title", "twice"},
		{"a name twice further in", `{"timing":{"due":"","due":""}}`, "#/timing/due", "twice"},
		{"another object behind", `{"title":"a"}{"title":"b"}`, "#", "follows"},
		{"a word behind", `{"title":"a"} x`, "#", "follows"},
		{"a blank behind that is none in JSON", "{}\v", "#", "follows"},
		{"a comma behind", `{"title":"a"},`, "#", "follows"},
		{"a comma too many", `{"title":"a",}`, "#", "no JSON"},
		{"a comma too few", `{"title":"a" "clauses":[]}`, "#", "no JSON"},
		{"a remark", `{"title":"a" /* b */}`, "#", "no JSON"},
		{"apostrophes", `{'title':'a'}`, "#", "no JSON"},
		{"a bare name", `{title:"a"}`, "#", "no JSON"},
		{"a line break in a text", "{\"title\":\"a\nb\"}", "#", "no JSON"},
		{"not a number", `{"plan_year":NaN}`, "#", "no JSON"},
		{"a number with a zero in front", `{"plan_year":02027}`, "#", "no JSON"},
		{"half an object", `{"title":"a"`, "#", "ends in the middle"},
		{"half a list", `{"clauses":["7.2"`, "#", "ends in the middle"},
		{"half a text", `{"title":"a`, "#", "ends in the middle"},
		{"a list", `["title"]`, "#", "a list"},
		{"a text", `"title"`, "#", "text"},
		{"null", `null`, "#", "null"},
		{"half a surrogate pair", `{"title":"\ud83d"}`, "#/title", "surrogate"},
		{"the other half", `{"title":"\ude00"}`, "#/title", "surrogate"},
		{"both the wrong way round", `{"title":"\ude00\ud83d"}`, "#/title", "surrogate"},
		{"half a pair and a letter", `{"title":"\ud83dA"}`, "#/title", "surrogate"},
		{"half a pair in a name", `{"\ud83d":1}`, "#", "surrogate"},
		{"half a pair in a list", `{"clauses":["7.2","\uDC00"]}`, "#/clauses/1", "surrogate"},
		{"ten thousand lists", strings.Repeat("[", 10_000), "#" + strings.Repeat("/0", 16), "deeper"},
		{"ten thousand objects", strings.Repeat(`{"a":`, 10_000), "#" + strings.Repeat("/a", 16), "deeper"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProgram(t)
			told := read[apiProblem](t, p.want(400, "POST", "/actions", c.body, "Content-Type: application/json"))
			if len(told.Errors) != 1 || told.Errors[0].Pointer != c.pointer || !strings.Contains(told.Errors[0].Detail, c.says) {
				t.Errorf("told %+v, want %s at %s", told.Errors, c.says, c.pointer)
			}
			if len(p.house.stamps) > 0 {
				t.Error("something was changed")
			}
		})
	}
}

func TestFieldsOfAnotherFormAreNamed(t *testing.T) {
	for _, c := range []struct {
		name, body string
		status     int
		pointers   []string
	}{
		{"an unknown field", `{"title":"a","clauses":["7.2"],"role":"isam","verified":true}`, 400, []string{"#/role", "#/verified"}},
		{"what only we say", `{"title":"a","clauses":["7.2"],"version":9,"status":"done","review":[]}`, 400, []string{"#/review", "#/status", "#/version"}},
		{"an unknown field further in", `{"title":"a","clauses":["7.2"],"steps":[{"title":"x"},{"title":"y","ready":true}]}`, 400, []string{"#/steps/1/ready"}},
		{"a field in another case", `{"Title":"a","title":"b","clauses":["7.2"]}`, 400, []string{"#/Title"}},
		{"a name with slashes", `{"a/b~c":1,"title":"b","clauses":["7.2"]}`, 400, []string{"#/a~1b~0c"}},
		{"a number for a text", `{"title":7,"clauses":["7.2"]}`, 400, []string{"#/title"}},
		{"null for a text", `{"title":null,"clauses":["7.2"]}`, 400, []string{"#/title"}},
		{"a text for a list", `{"title":"a","clauses":"7.2"}`, 400, []string{"#/clauses"}},
		{"a list in a list", `{"title":"a","clauses":[["7.2"]]}`, 400, []string{"#/clauses/0"}},
		{"a list for an object", `{"title":"a","clauses":["7.2"],"timing":[]}`, 400, []string{"#/timing"}},
		{"a text for an object in a list", `{"title":"a","clauses":["7.2"],"steps":["x"]}`, 400, []string{"#/steps/0"}},
		{"a number beyond all numbers", `{"title":"a","clauses":["7.2"],"plan_year":1e400}`, 400, []string{"#/plan_year"}},
		{"half a year", `{"title":"a","clauses":["7.2"],"plan_year":2027.5}`, 400, []string{"#/plan_year"}},
		{"a year as text", `{"title":"a","clauses":["7.2"],"plan_year":"2027"}`, 400, []string{"#/plan_year"}},
		{"text for yes or no", `{"title":"a","clauses":["7.2"],"steps":[{"title":"x","done":"true"}]}`, 400, []string{"#/steps/0/done"}},
		{"a day that there is not", `{"title":"a","clauses":["7.2"],"timing":{"due":"2027-02-29"}}`, 400, []string{"#/timing/due"}},
		{"a day written otherwise", `{"title":"a","clauses":["7.2"],"timing":{"due":"28.2.2027"}}`, 400, []string{"#/timing/due"}},
		{"a day as a number", `{"title":"a","clauses":["7.2"],"timing":{"due":20270228}}`, 400, []string{"#/timing/due"}},
		{"several things at once", `{"clauses":[7],"priority":1,"x":2}`, 400, []string{"#/clauses/0", "#/priority", "#/x"}},
		{"nothing that must be given", `{}`, 422, []string{"#/title", "#/clauses"}},
		{"no title but blanks", `{"title":" \u200b ","clauses":["7.2"]}`, 422, []string{"#/title"}},
		{"a title too long", `{"title":"` + strings.Repeat("å", 201) + `","clauses":["7.2"]}`, 422, []string{"#/title"}},
		{"no clauses", `{"title":"a","clauses":[]}`, 422, []string{"#/clauses"}},
		{"what is no clause", `{"title":"a","clauses":["7.2","kapitel 7"]}`, 422, []string{"#/clauses/1"}},
		{"clauses without end", `{"title":"a","clauses":[` + strings.Repeat(`"7.2",`, 50) + `"7.2"]}`, 422, []string{"#/clauses"}},
		{"a priority that there is not", `{"title":"a","clauses":["7.2"],"priority":"urgent"}`, 422, []string{"#/priority"}},
		{"roles that cannot be told apart", `{"title":"a","clauses":["7.2"],"responsible":["ISAM","HR;IT"]}`, 422, []string{"#/responsible/1"}},
		{"a year for which nobody plans", `{"title":"a","clauses":["7.2"],"plan_year":1999}`, 422, []string{"#/plan_year"}},
		{"a day in such a year", `{"title":"a","clauses":["7.2"],"timing":{"due":"9999-12-31"}}`, 422, []string{"#/timing/due"}},
		{"a phrase and a day", `{"title":"a","clauses":["7.2"],"timing":{"text":"våren","due":"2027-03-31"}}`, 422, []string{"#/timing/due"}},
		{"a start after the end", `{"title":"a","clauses":["7.2"],"timing":{"start":"2027-04-01","due":"2027-03-31"}}`, 422, []string{"#/timing/start"}},
		{"a reference with a path", `{"title":"a","clauses":["7.2"],"ref":"../x"}`, 422, []string{"#/ref"}},
		{"a step without a title", `{"title":"a","clauses":["7.2"],"steps":[{"done":true}]}`, 422, []string{"#/steps/0/title"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProgram(t)
			told := read[apiProblem](t, p.want(c.status, "POST", "/actions", c.body))
			var got []string
			for _, fault := range told.Errors {
				got = append(got, fault.Pointer)
			}
			if !slices.Equal(got, c.pointers) {
				t.Errorf("told of %v, want %v: %s", got, c.pointers, told.Detail)
			}
			if len(p.house.stamps) > 0 {
				t.Error("something was changed")
			}
		})
	}
}

func TestAThousandFaultsAreToldInPart(t *testing.T) {
	p := newProgram(t)
	told := read[apiProblem](t, p.want(400, "POST", "/actions", `{"steps":[`+strings.Repeat(`1,`, 999)+`1]}`))
	if len(told.Errors) != 50 {
		t.Errorf("%d faults are told, want 50", len(told.Errors))
	}
}

func TestMediaTypes(t *testing.T) {
	for _, c := range []struct {
		name    string
		headers []string
		status  int
	}{
		{"JSON", []string{"Content-Type: application/json"}, 200},
		{"JSON in capitals, with its characters", []string{"Content-Type: Application/JSON; charset=UTF-8"}, 200},
		{"a merge patch, in which null means something", []string{"Content-Type: application/merge-patch+json"}, 415},
		{"nothing", []string{"Content-Type: "}, 415},
		{"text", []string{"Content-Type: text/plain"}, 415},
		{"a form", []string{"Content-Type: application/x-www-form-urlencoded"}, 415},
		{"other characters", []string{"Content-Type: application/json; charset=utf-16"}, 415},
		{"what is none", []string{"Content-Type: application/json;;="}, 415},
		{"packed", []string{"Content-Encoding: gzip"}, 415},
		{"not packed, and said so", []string{"Content-Encoding: identity"}, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProgram(t)
			p.want(c.status, "PATCH", planAction, `{"title":"Ny"}`, append(c.headers, anyVersion)...)
			if changed := p.house.actions["2024-7.2"].Title == "Ny"; changed != (c.status == 200) {
				t.Errorf("it was changed: %v", changed)
			}
		})
	}
}

// What the strict reader takes it understands as encoding/json does, and what encoding/json refuses it refuses.
func TestStrictReaderAgreesWithTheLooseOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SampledFrom([]string{
			"{", "}", "[", "]", ",", ":", `"a"`, `"b"`, `"\u00e5"`, `"\ud83d\ude00"`, `"\ud83d"`, "1", "-0.5e3", "true", "false", "null", " ", "\n", "x", `"`, `\`, "01", "é",
			`{"a":1}`, `["b",{}]`, `"a":`,
		})
		body := []byte(strings.Join(rapid.SliceOfN(pieces, 1, 12).Draw(t, "body"), ""))
		got, err := parseAPI(body)
		if err != nil {
			return
		}
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		var want any
		if err := d.Decode(&want); err != nil || !json.Valid(body) {
			t.Fatalf("%q was taken: %v", body, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q was read as %#v, want %#v", body, got, want)
		}
	})
}

// What is well-formed, has no name twice and is not too deep is taken.
func TestOrdinaryObjectsAreTaken(t *testing.T) {
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		plain := rapid.OneOf(rapid.Map(rapid.String(), func(s string) any { return s }), rapid.Map(rapid.Bool(), func(b bool) any { return b }))
		if depth == 0 {
			return plain
		}
		return rapid.OneOf(plain,
			rapid.Map(rapid.SliceOfN(value(depth-1), 0, 3), func(l []any) any { return l }),
			rapid.Map(rapid.MapOfN(rapid.String(), value(depth-1), 0, 3), func(m map[string]any) any { return m }))
	}
	rapid.Check(t, func(t *rapid.T) {
		want := value(4).Draw(t, "value")
		body, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseAPI(body)
		if err != nil {
			t.Fatalf("%s is refused: %v", body, err)
		}
		again, err := json.Marshal(got)
		if err != nil || !bytes.Equal(again, body) {
			t.Fatalf("%s was read as %s", body, again)
		}
	})
}

func FuzzAPIBody(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,"\ud83d\ude00",null]}`, `{"a":1,"a":2}`, "\ufeff{}", `[[[[`, `{"a":"\ud800"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := parseAPI(body); err == nil && !json.Valid(body) {
			t.Errorf("%q was taken", body)
		}
	})
}
