package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// description is the OpenAPI document, with as much of JSON Schema as it uses: enough to hold every answer to it.
type description struct{ root map[string]any }

func readDescription(t *testing.T) *description {
	t.Helper()
	var d description
	if err := json.Unmarshal([]byte(openAPI), &d.root); err != nil {
		t.Fatalf("the description is no JSON: %v", err)
	}
	return &d
}

// follow returns what a value stands for: itself, or what it refers to.
func (d *description) follow(v any) map[string]any {
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	to, ok := m["$ref"].(string)
	if !ok {
		return m
	}
	var at any = d.root
	for part := range strings.SplitSeq(strings.TrimPrefix(to, "#/"), "/") {
		inner, _ := at.(map[string]any)
		at = inner[part]
	}
	return d.follow(at)
}

// operations returns every operation by method and path, with the parameters of its path among its own.
func (d *description) operations() map[string]map[string]any {
	all := map[string]map[string]any{}
	for path, item := range d.root["paths"].(map[string]any) {
		shared, _ := item.(map[string]any)["parameters"].([]any)
		for method, op := range item.(map[string]any) {
			if method != "parameters" {
				o := maps.Clone(op.(map[string]any))
				own, _ := o["parameters"].([]any)
				o["parameters"] = slices.Concat(shared, own)
				all[strings.ToUpper(method)+" "+path] = o
			}
		}
	}
	return all
}

// parameters returns the names of an operation's parameters of one kind: query, path, header.
func (d *description) parameters(op map[string]any, in string) []string {
	names := []string{}
	for _, p := range op["parameters"].([]any) {
		if m := d.follow(p); m["in"] == in {
			names = append(names, m["name"].(string))
		}
	}
	return names
}

// check returns where a value is not as a schema says. An answer may not have a field of which the schema does not speak.
func (d *description) check(schema any, v any, at string) []string {
	s := d.follow(schema)
	if s == nil {
		return []string{at + ": there is no schema"}
	}
	wrong := d.checkWords(s, at)
	complain := func(format string, args ...any) { wrong = append(wrong, at+": "+fmt.Sprintf(format, args...)) }
	if words, ok := s["enum"].([]any); ok && !slices.Contains(words, v) {
		complain("%v is none of %v", v, words)
	}
	switch s["type"] {
	case "object":
		object, ok := v.(map[string]any)
		if !ok {
			complain("%T is no object", v)
			return wrong
		}
		wrong = append(wrong, d.checkObject(s, object, at)...)
	case "array":
		list, ok := v.([]any)
		if !ok {
			complain("%v is no list", v)
		}
		if most, ok := s["maxItems"].(float64); ok && len(list) > int(most) {
			complain("%d entries", len(list))
		}
		if least, ok := s["minItems"].(float64); ok && len(list) < int(least) {
			complain("%d entries", len(list))
		}
		for i, x := range list {
			wrong = append(wrong, d.check(s["items"], x, fmt.Sprintf("%s/%d", at, i))...)
		}
	case "string":
		text, ok := v.(string)
		if !ok {
			complain("%v is no text", v)
		}
		if pattern, ok := s["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(text) {
			complain("%q is not as %s", text, pattern)
		}
		n := float64(utf8.RuneCountInString(text))
		if most, ok := s["maxLength"].(float64); ok && n > most {
			complain("has %v characters", n)
		}
		if least, ok := s["minLength"].(float64); ok && n < least {
			complain("has %v characters", n)
		}
	case "integer":
		n, ok := v.(float64)
		if !ok || n != float64(int64(n)) {
			complain("%v is no whole number", v)
		}
		if most, ok := s["maximum"].(float64); ok && n > most {
			complain("%v is too much", n)
		}
		if least, ok := s["minimum"].(float64); ok && n < least {
			complain("%v is too little", n)
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			complain("%v is neither true nor false", v)
		}
	default:
		complain("of the type %v nothing is known here", s["type"])
	}
	return wrong
}

// checkWords wants no word in a schema that check passes over.
func (d *description) checkWords(s map[string]any, at string) (wrong []string) {
	known := []string{"type", "description", "enum", "required", "properties", "additionalProperties", "minProperties", "items", "minItems", "maxItems",
		"pattern", "minLength", "maxLength", "minimum", "maximum", "default"}
	for word := range s {
		if !slices.Contains(known, word) {
			wrong = append(wrong, at+": the test does not know "+word)
		}
	}
	return wrong
}

func (d *description) checkObject(s, object map[string]any, at string) (wrong []string) {
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, ok := object[name.(string)]; !ok {
			wrong = append(wrong, fmt.Sprintf("%s/%s: is missing", at, name))
		}
	}
	if least, ok := s["minProperties"].(float64); ok && len(object) < int(least) {
		wrong = append(wrong, at+": has too few fields")
	}
	properties, _ := s["properties"].(map[string]any)
	for name, v := range object {
		if schema, ok := properties[name]; ok {
			wrong = append(wrong, d.check(schema, v, at+"/"+name)...)
		} else if s["additionalProperties"] != true {
			wrong = append(wrong, fmt.Sprintf("%s/%s: is not described", at, name))
		}
	}
	return wrong
}

// checkAnswer returns where an answer is not as an operation says: its status, headers, media type and body.
func (d *description) checkAnswer(op map[string]any, answer *httptest.ResponseRecorder, head bool) (wrong []string) {
	described := d.follow(op["responses"].(map[string]any)[fmt.Sprint(answer.Code)])
	if described == nil {
		return []string{fmt.Sprintf("the status %d is not described", answer.Code)}
	}
	headers, _ := described["headers"].(map[string]any)
	for name := range headers {
		if answer.Header().Get(name) == "" {
			wrong = append(wrong, "the header "+name+" is missing")
		}
	}
	content, _ := described["content"].(map[string]any)
	if content == nil || head {
		if answer.Body.Len() > 0 && !head {
			wrong = append(wrong, "a body is not described")
		}
		return wrong
	}
	media, _ := content[answer.Header().Get("Content-Type")].(map[string]any)
	if media == nil {
		return append(wrong, "the media type "+answer.Header().Get("Content-Type")+" is not described")
	}
	var body any
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
		return append(wrong, "the body is no JSON: "+err.Error())
	}
	return append(wrong, d.check(media["schema"], body, "")...)
}

func TestEveryRouteIsDescribedAndNothingElse(t *testing.T) {
	d := readDescription(t)
	operations := d.operations()
	if _, ok := operations["GET /api/v1/openapi.json"]; !ok {
		t.Error("the description does not tell of itself")
	}
	delete(operations, "GET /api/v1/openapi.json")
	for _, route := range apiRoutes() {
		name := route.method + " " + apiPrefix + route.path
		op, ok := operations[name]
		if !ok {
			t.Errorf("%s is not described", name)
			continue
		}
		delete(operations, name)
		if got, want := scopesOf(op), []string{route.scope}; !slices.Equal(got, want) {
			t.Errorf("%s: the scopes described are %v, want %v", name, got, want)
		}
		got, want := d.parameters(op, "query"), slices.Clone(route.parameters)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: the parameters described are %v, want %v", name, got, want)
		}
		var inPath []string
		for _, m := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(route.path, -1) {
			inPath = append(inPath, m[1])
		}
		if got := d.parameters(op, "path"); !slices.Equal(got, inPath) {
			t.Errorf("%s: the parameters of the path described are %v, want %v", name, got, inPath)
		}
		if _, brings := op["requestBody"]; brings != (route.method != http.MethodGet) {
			t.Errorf("%s: a body is described: %v", name, brings)
		}
	}
	for name := range operations {
		t.Errorf("%s is described, and is no route", name)
	}
}

func scopesOf(op map[string]any) (scopes []string) {
	for _, way := range op["security"].([]any) {
		for _, scope := range way.(map[string]any)["token"].([]any) {
			scopes = append(scopes, scope.(string))
		}
	}
	return scopes
}

func TestEveryScopeIsWantedByARouteAndDescribed(t *testing.T) {
	d := readDescription(t)
	text := d.root["components"].(map[string]any)["securitySchemes"].(map[string]any)["token"].(map[string]any)["description"].(string)
	for _, scope := range apiScopes() {
		if !slices.ContainsFunc(apiRoutes(), func(r apiRoute) bool { return r.scope == scope }) {
			t.Errorf("no route wants %s", scope)
		}
		if !strings.Contains(text, scope) {
			t.Errorf("%s is not described", scope)
		}
	}
	for _, r := range apiRoutes() {
		if !slices.Contains(apiScopes(), r.scope) {
			t.Errorf("%s %s wants %q, which is no scope", r.method, r.path, r.scope)
		}
	}
}

func TestDescriptionHoldsTogether(t *testing.T) {
	d := readDescription(t)
	used := map[string]bool{}
	var walk func(v any, at string)
	walk = func(v any, at string) {
		switch v := v.(type) {
		case map[string]any:
			if to, ok := v["$ref"].(string); ok {
				used[to] = true
				if d.follow(v) == nil {
					t.Errorf("%s: %s leads nowhere", at, to)
				}
				if len(v) > 1 {
					t.Errorf("%s: something stands beside $ref", at)
				}
			}
			for k, x := range v {
				walk(x, at+"/"+k)
			}
		case []any:
			for i, x := range v {
				walk(x, fmt.Sprintf("%s/%d", at, i))
			}
		}
	}
	walk(d.root, "#")
	components := d.root["components"].(map[string]any)
	for _, kind := range []string{"schemas", "parameters", "responses"} {
		for name, v := range components[kind].(map[string]any) {
			if !used["#/components/"+kind+"/"+name] {
				t.Errorf("nobody uses %s/%s", kind, name)
			}
			if kind == "schemas" {
				for _, w := range d.checkWords(v.(map[string]any), name) {
					t.Error(w)
				}
			}
		}
	}
	ids := map[string]bool{}
	for name, op := range d.operations() {
		id, _ := op["operationId"].(string)
		if id == "" || ids[id] {
			t.Errorf("%s: operationId %q is empty or taken", name, id)
		}
		ids[id] = true
	}
}

// What the description says of If-Match is what is done: where it must be given, its absence is told.
func TestWhoMustSayTheVersionIsTold(t *testing.T) {
	d := readDescription(t)
	for name, op := range d.operations() {
		required := slices.ContainsFunc(op["parameters"].([]any), func(p any) bool {
			m := d.follow(p)
			return m["name"] == "If-Match" && m["required"] == true
		})
		_, told := op["responses"].(map[string]any)["428"]
		if required != told {
			t.Errorf("%s: If-Match must be given: %v, and 428 is described: %v", name, required, told)
		}
	}
}
