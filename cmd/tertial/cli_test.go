package main

import (
	"bytes"
	"strings"
	"syscall"
	"testing"

	"github.com/alecthomas/kong"
)

func leaves(t *testing.T) []*kong.Node {
	t.Helper()
	var g grammar
	parser, err := newParser(&g, &bytes.Buffer{}, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model.Leaves(false)
}

func TestEveryCommandHasWorkToDo(t *testing.T) {
	for _, n := range leaves(t) {
		if _, ok := n.Target.Addr().Interface().(verb); !ok {
			t.Errorf("%s does not run", verbName(n))
		}
		if n.Help == "" {
			t.Errorf("%s has no help", verbName(n))
		}
	}
}

func TestEveryCommandHasHelpWithExitZero(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, n := range leaves(t) {
		args := append(strings.Fields(verbName(n))[1:], "--help")
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, nil, strings.NewReader(""), &out, &errs); code != 0 || !strings.Contains(out.String(), "Usage: "+verbName(n)) || errs.Len() > 0 {
			t.Errorf("%v: got exit %d\n%s%s", args, code, out.String(), errs.String())
		}
		for _, line := range strings.Split(out.String(), "\n") {
			if len([]rune(line)) > tableWidth {
				t.Errorf("%v: a line of %d characters", args, len([]rune(line)))
			}
		}
	}
}

func TestEveryUsageErrorNamesTheHelpAndPrintsNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, n := range leaves(t) {
		args := append(strings.Fields(verbName(n))[1:], "--no-such-flag")
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, nil, strings.NewReader(""), &out, &errs); code != exitUsage || out.Len() > 0 || !strings.Contains(errs.String(), "--help") {
			t.Errorf("%v: got exit %d\n%s%s", args, code, out.String(), errs.String())
		}
	}
}

func TestAPipeIsNotWaitedFor(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Skip("this file system has no pipes")
	}
	for _, args := range [][]string{{"import", "pipe"}, {"person", "import", "pipe"}, {"action", "steps", "2027-1", "import", "pipe"}} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, nil, strings.NewReader(""), &out, &errs); code != exitUsage || !strings.Contains(errs.String(), "no plain file") {
			t.Errorf("%v: got exit %d: %s", args, code, errs.String())
		}
	}
}

func TestTheConfigurationFileIsTheOneNamedFirst(t *testing.T) {
	for _, tt := range []struct {
		name string
		flag string
		env  []string
		want string
	}{
		{"the flag wins", "a.yaml", []string{"TERTIAL_CONFIG=b.yaml"}, "a.yaml"},
		{"then the environment", "", []string{"X=1", "TERTIAL_CONFIG=b.yaml"}, "b.yaml"},
		{"the last of two variables counts", "", []string{"TERTIAL_CONFIG=b.yaml", "TERTIAL_CONFIG=c.yaml"}, "c.yaml"},
		{"an empty variable is none", "", []string{"TERTIAL_CONFIG="}, ""},
		{"then there is none", "", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			p := &program{env: tt.env, globals: globals{ConfigFile: tt.flag}}
			if got := p.configFile(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
