package web

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// Every example of the document does what it shows, in a house that has what it names.
func TestExamplesOfTheDocumentWork(t *testing.T) {
	examples := readExamples(t)
	if len(examples) < 10 {
		t.Fatalf("only %d examples were found", len(examples))
	}
	for _, words := range examples {
		t.Run(strings.Join(words[1:], " "), func(t *testing.T) {
			p := newProgram(t)
			method, address, body, headers := "GET", "", "", []string(nil)
			for i := 1; i < len(words); i++ {
				switch word := words[i]; word {
				case "-i":
				case "-X", "-H", "-d":
					i++
					switch {
					case i == len(words):
						t.Fatalf("nothing follows %s", word)
					case word == "-X":
						method = words[i]
					case word == "-d":
						body = words[i]
					case words[i] == "$A":
					default:
						headers = append(headers, words[i])
					}
				default:
					path, ok := strings.CutPrefix(word, "$T")
					if !ok || address != "" {
						t.Fatalf("%q is no address", word)
					}
					address = path
				}
			}
			if !slices.Contains(words, "$A") {
				t.Error("it brings no token")
			}
			typed := slices.Contains(headers, "Content-Type: application/json")
			if w := p.ask(method, address, body, headers...); w.Code/100 != 2 || typed != (body != "") {
				t.Errorf("the answer is %d: %s", w.Code, w.Body)
			}
		})
	}
}

// readExamples returns the calls of curl in the document, each as its words.
func readExamples(t *testing.T) [][]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	var examples [][]string
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		if line, ok := strings.CutPrefix(line, "    curl "); ok {
			examples = append(examples, append([]string{"curl"}, shellWords(line)...))
		}
	}
	return examples
}

// shellWords parts a line as a shell does, as far as the document goes: blanks and two kinds of quotes.
func shellWords(line string) (words []string) {
	word, quote, begun := "", rune(0), false
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, begun = r, true
		case quote == 0 && (r == ' ' || r == '\n'):
			if begun {
				words = append(words, word)
			}
			word, begun = "", false
		default:
			word, begun = word+string(r), true
		}
	}
	return words
}

// The document names every route, every scope and every code.
func TestDocumentIsComplete(t *testing.T) {
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	names := strings.NewReplacer("{ref}", "REF", "{number}", "N", "{email}", "ADDRESS", "{id}", "ID")
	for _, route := range apiRoutes() {
		path := names.Replace(route.path)
		last := path[strings.LastIndexByte(path, '/'):]
		if !strings.Contains(string(text), route.method) || !strings.Contains(string(text), path+"`") && !strings.Contains(string(text), "`"+last+"`") {
			t.Errorf("%s %s is not in the document", route.method, path)
		}
		for _, name := range route.parameters {
			if name != "offset" && !strings.Contains(string(text), "`"+name+"`") {
				t.Errorf("%s %s: the parameter %s is not in the document", route.method, path, name)
			}
		}
	}
	schemas := readDescription(t).root["components"].(map[string]any)["schemas"].(map[string]any)
	codes := schemas["Problem"].(map[string]any)["properties"].(map[string]any)["code"].(map[string]any)["enum"].([]any)
	for _, code := range codes {
		if !strings.Contains(string(text), "`"+code.(string)+"`") {
			t.Errorf("the code %s is not in the document", code)
		}
	}
	for _, scope := range apiScopes() {
		if !strings.Contains(string(text), "| `"+scope+"` |") {
			t.Errorf("the scope %s is not in the document", scope)
		}
	}
}
