package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"tertial/internal/tertial"
)

// grammar is the whole command line: global flags, then verbs.
type grammar struct {
	globals

	Demo    demoVerb    `cmd:"" help:"A throw-away instance with a sample analysis, people and their mail."`
	Serve   serveVerb   `cmd:"" help:"The daemon: reminds and delivers until it is stopped."`
	Import  importVerb  `cmd:"" help:"Read a gap analysis; show what it would do, or do it."`
	Timing  timingVerb  `cmd:"" help:"What a timing phrase means, and why."`
	Action  actionVerb  `cmd:"" help:"The actions that close the gaps."`
	Person  personVerb  `cmd:"" help:"The people who hold the roles."`
	Wheel   wheelVerb   `cmd:"" help:"The annual wheel: reports, plans and reviews with their dates."`
	Plan    planVerb    `cmd:"" help:"Every mail that will go out, to whom and about what."`
	RunJobs runVerb     `cmd:"" name:"run" help:"Run jobs once, in the order given."`
	Mail    mailVerb    `cmd:"" help:"The outbox: what was sent, what waits, what failed."`
	Log     logVerb     `cmd:"" help:"The append-only log of every change and every mail."`
	Config  configVerb  `cmd:"" help:"The configuration as it is in effect."`
	Migrate migrateVerb `cmd:"" help:"The database schema."`
	Backup  backupVerb  `cmd:"" help:"Write everything to a new file, while the daemon goes on."`
	Restore restoreVerb `cmd:"" help:"Make the database of a backup; nothing is sent from it before you say so."`
	Doctor  doctorVerb  `cmd:"" help:"Examine the instance: what works, what does not, and what to do."`
	Version versionVerb `cmd:"" help:"The version of this program."`

	Completion completionVerb `cmd:"" help:"A script that has a shell complete verbs and flags."`
}

// globals are the flags that every verb takes, before or after the verb.
type globals struct {
	ConfigFile string   `name:"config" short:"c" placeholder:"FILE" help:"Configuration file (default: $$TERTIAL_CONFIG, else tertial.yaml in this folder if it is there)."`
	Output     format   `short:"o" enum:"table,json,csv" default:"table" help:"Form of the data on standard output: ${enum}."`
	Yes        bool     `help:"Answer every question with yes."`
	Help       helpFlag `short:"h" help:"Show this help."`
}

// A verb does the work of one command.
type verb interface {
	Run(ctx context.Context, p *program) error
}

// A verb with forms can print its data in these forms besides a table.
type formatted interface {
	forms() []format
}

// program is one invocation: its streams and environment, and what every verb shares.
type program struct {
	globals
	in       io.Reader
	out, err io.Writer
	env      []string
	name     string           // of the verb: "action confirm"
	clock    func() time.Time // the real one
}

// errHelp says that help was asked for and printed.
var errHelp = errors.New("help was printed")

// helpFlag prints the help of the verb it stands with, in place of running it.
type helpFlag bool

// BeforeReset is called by kong before anything is checked.
func (helpFlag) BeforeReset(c *kong.Context) error {
	if err := c.PrintUsage(false); err != nil {
		return err
	}
	return errHelp
}

// run is the program without its process: it returns the exit code.
func run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out := newFlusher(stdout)
	p := &program{in: stdin, out: out, err: stderr, env: env, clock: time.Now}
	err := p.dispatch(ctx, args)
	if ferr := out.Flush(); err == nil {
		err = ferr
	}
	return p.report(err)
}

// dispatch finds the verb that args name, and runs it.
func (p *program) dispatch(ctx context.Context, args []string) error {
	var g grammar
	parser, err := newParser(&g, p.out, p.err)
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(asVerbs(args))
	if errors.Is(err, errHelp) {
		return nil
	}
	if err != nil {
		return p.misused(parser, err)
	}
	p.globals = g.globals
	p.name = strings.TrimPrefix(verbName(parsed.Selected()), "tertial ")
	if err := onlyOnce(parsed); err != nil {
		return usageError("%s", err)
	}
	v, ok := parsed.Selected().Target.Addr().Interface().(verb)
	if !ok {
		return fmt.Errorf("%s has no work to do", p.name)
	}
	if err := p.checkForm(v); err != nil {
		return err
	}
	return v.Run(ctx, p)
}

// asVerbs has the command lines that people try in any program mean what they mean elsewhere.
func asVerbs(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "help":
		return append(slices.Clone(args[1:]), "--help")
	case args[0] == "--version":
		return append([]string{"version"}, args[1:]...)
	}
	return args
}

func newParser(g *grammar, out, errs io.Writer) (*kong.Kong, error) {
	return kong.New(g,
		kong.Name("tertial"),
		kong.Description("Keeps the actions of a gap analysis, and sees to it that they get done."),
		kong.Writers(out, errs),
		kong.NoDefaultHelp(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 100}),
		kong.TypeMapper(reflect.TypeFor[tertial.Date](), kong.MapperFunc(decodeDate)),
		kong.TypeMapper(reflect.TypeFor[instant](), kong.MapperFunc(decodeInstant)),
		kong.TypeMapper(reflect.TypeFor[tertial.Priority](), kong.MapperFunc(decodePriority)),
	)
}

// misused turns what kong says about args into a usage error that names the verb.
func (p *program) misused(parser *kong.Kong, err error) error {
	node := parser.Model.Node
	if parsed := (*kong.ParseError)(nil); errors.As(err, &parsed) && parsed.Context != nil {
		if n := parsed.Context.Selected(); n != nil {
			node = n
		}
	}
	name := verbName(node)
	p.name = strings.TrimPrefix(strings.TrimPrefix(name, "tertial"), " ")
	return &failure{code: exitUsage, err: errors.New(plainly(err.Error())), hint: "see " + name + " --help"}
}

// plainly rewords the parser's few terse messages.
func plainly(s string) string {
	if rest, ok := strings.CutPrefix(s, "expected one of "); ok {
		return "say which: one of " + strings.ReplaceAll(rest, `"`, "")
	}
	if rest, ok := strings.CutPrefix(s, "expected "); ok {
		return "missing: " + strings.ReplaceAll(rest, `"`, "")
	}
	if m := flagUnfilled.FindStringSubmatch(s); m != nil {
		return wanted(m[1], m[2], m[3])
	}
	return cut(strings.NewReplacer("a valid 64 bit int", "a whole number", "int value", "a whole number").Replace(s), 300)
}

// flagUnfilled is what the parser says of a flag whose value is not there, or looks like a flag.
var flagUnfilled = regexp.MustCompile(`^(--[a-z-]+): (?:missing value, .*|expected (.+) value but got "(.*)" \((?:<EOL>|(?:short|long) flag)\).*)$`)

// wanted says what a flag wants that stands before the end of the line, or before something with a dash.
func wanted(flag, kind, next string) string {
	switch _, err := strconv.Atoi(next); {
	case next == "" || next == "EOL":
		return flag + " wants a value"
	case kind == "int" && err == nil:
		return flag + " wants a whole number that is not negative"
	}
	return fmt.Sprintf("%s wants a value; one that begins with a dash is written %s=%s", flag, flag, cut(next, 80))
}

// verbName returns "tertial action confirm" for the command's node, without its arguments.
func verbName(n *kong.Node) string {
	if n == nil {
		return "tertial"
	}
	name := n.Name
	for p := n.Parent; p != nil; p = p.Parent {
		name = p.Name + " " + name
	}
	return name
}

// onlyOnce refuses a flag that takes one value and is given twice: neither is what was meant for sure.
func onlyOnce(c *kong.Context) error {
	seen := map[*kong.Flag]bool{}
	for _, at := range c.Path {
		f := at.Flag
		if f == nil || f.IsSlice() || f.IsMap() {
			continue
		}
		if seen[f] {
			return fmt.Errorf("--%s is given twice", f.Name)
		}
		seen[f] = true
	}
	return nil
}
