package templates

import (
	"maps"
	"slices"
	"testing"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"pgregory.net/rapid"
)

// Texts are said as go-i18n says them.
func TestTextsAreSaidAsGoI18nSaysThem(t *testing.T) {
	files, err := readAll(embedded)
	if err != nil {
		t.Fatal(err)
	}
	s := load(t, "")
	for _, lang := range Languages() {
		entries, err := readTexts("texts/"+lang+".json", files["texts/"+lang+".json"])
		if err != nil {
			t.Fatal(err)
		}
		bundle := i18n.NewBundle(language.Swedish)
		for id, e := range entries {
			if err := bundle.AddMessages(language.Make(lang), &i18n.Message{ID: id, One: e.One, Other: e.Other}); err != nil {
				t.Fatal(err)
			}
		}
		localizer, texts, ids := i18n.NewLocalizer(bundle, lang), s.Texts(lang), slices.Sorted(maps.Keys(entries))
		rapid.Check(t, func(rt *rapid.T) {
			id := rapid.SampledFrom(ids).Draw(rt, "id")
			e, args := entries[id], Args{}
			for _, p := range e.placeholders() {
				args[p] = rapid.OneOf(words().AsAny(), rapid.Int().AsAny(), rapid.Int64().AsAny(), rapid.Float64().AsAny(), rapid.Bool().AsAny()).Draw(rt, p)
			}
			cfg := &i18n.LocalizeConfig{MessageID: id, TemplateData: args}
			if args["N"] != nil {
				args["N"] = rapid.OneOf(rapid.IntRange(-3, 200), rapid.Int()).Draw(rt, "count")
				cfg.PluralCount = args["N"]
			}
			for range 2 { // the second time it is known
				if got, want := texts.T(id, args), localizer.MustLocalize(cfg); got != want {
					rt.Errorf("%s %s of %v: got %q, want %q", lang, id, args, got, want)
				}
			}
		})
	}
}

func TestForms(t *testing.T) {
	args := Args{"Ref": "7.2", "N": 3, "Share": 0.5}
	for text, want := range map[string]string{
		"":                        "",
		"Hej":                     "Hej",
		"}} {":                    "}} {",
		"{{.Ref}}":                "7.2",
		"a {{ .Ref }}{{.N}} b":    "a 7.23 b",
		"{{.Share}}":              "0.5",
		"{{.Missing}}!":           "<no value>!",
		"{{.Ref":                  "error",
		"{{Ref}}":                 "error",
		"{{.}}":                   "error",
		"{{.Ref.X}}":              "error",
		"{{- .Ref}}":              "error",
		"{{/* .Ref */}}":          "error",
		"{{range .Ref}}{{end}}":   "error",
		"{{.R\u00e5}}":            "error",
		"{{template \"x\" .Ref}}": "error",
	} {
		got := "error"
		if f, ok := readForm(text); ok {
			got = f.say(args)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func BenchmarkT(b *testing.B) {
	sv := load(b, "").Texts(Swedish)
	b.ReportAllocs()
	for b.Loop() {
		sv.T("date.and.days", Args{"Date": sv.T("days.today", nil), "Days": sv.T("days.left", Args{"N": 7})})
	}
}
