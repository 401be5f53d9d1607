package config

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"tertial/internal/calendar"
)

const exampleFile = "../../config.example.yaml"

func TestExampleIsTheDefaults(t *testing.T) {
	got, err := Load(exampleFile, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	if got.Fingerprint() != want.Fingerprint() {
		t.Error("the example's rules, calendar or wheel are not those of the defaults")
	}
	got.Events = nil // compared below
	got.Days.Closed = want.Days.Closed
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestExampleShowsEveryEventWhole(t *testing.T) {
	got, err := Load(exampleFile, nil)
	if err != nil {
		t.Fatal(err)
	}
	alone, want := calendar.Overlay(nil, got.Events), calendar.BuiltIn()
	if len(alone) != len(want) {
		t.Fatalf("got %d events, want %d", len(alone), len(want))
	}
	for i := range want {
		if !reflect.DeepEqual(alone[i], want[i]) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", want[i].Key, alone[i], want[i])
		}
	}
}

func TestExampleAndManualNameEveryKey(t *testing.T) {
	example, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	manual, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	given := keysOf(t, string(example))
	walk(reflect.TypeFor[Config](), "", func(key string, _ reflect.Type) {
		if !given[key] {
			t.Errorf("config.example.yaml lacks %s", key)
		}
		if !strings.Contains(string(manual), "`"+key+"`") && !strings.Contains(string(manual), "`"+parent(key)+".*`") {
			t.Errorf("docs/configuration.md lacks %s", key)
		}
	})
}
