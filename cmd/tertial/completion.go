package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// completionVerb prints what a shell needs to complete command lines.
type completionVerb struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"${enum}."`
}

// Run prints the script: eval "$(tertial completion bash)".
func (v *completionVerb) Run(_ context.Context, p *program) error {
	var g grammar
	parser, err := newParser(&g, io.Discard, io.Discard)
	if err != nil {
		return err
	}
	words := completions(parser.Model.Node)
	switch v.Shell {
	case "fish":
		p.printf("%s", fishScript(words))
	case "zsh":
		p.printf("autoload -U +X bashcompinit && bashcompinit\n%s", bashScript(words))
	default:
		p.printf("%s", bashScript(words))
	}
	return nil
}

// completable is a command line as far as it has been typed, and the words that can follow.
type completable struct {
	typed string // "action edit", "" for the program alone
	words []string
}

// completions lists every command with what can follow it: its commands, the values of its arguments, its flags.
func completions(n *kong.Node) []completable {
	var all []completable
	var visit func(n *kong.Node, typed string)
	visit = func(n *kong.Node, typed string) {
		c := completable{typed: typed}
		for _, child := range n.Children {
			if child.Type == kong.CommandNode && !child.Hidden {
				c.words = append(c.words, child.Name)
			}
		}
		for _, a := range n.Positional {
			c.words = append(c.words, a.EnumSlice()...)
		}
		for _, flags := range n.AllFlags(true) {
			for _, f := range flags {
				c.words = append(c.words, "--"+f.Name)
			}
		}
		slices.Sort(c.words)
		c.words = slices.DeleteFunc(slices.Compact(c.words), func(w string) bool { return w == "" })
		all = append(all, c)
		for _, child := range n.Children {
			if child.Type == kong.CommandNode && !child.Hidden {
				visit(child, strings.TrimSpace(typed+" "+child.Name))
			}
		}
	}
	visit(n, "")
	return all
}

// bashScript finds the longest command that the line begins with, its flags left out, and offers what follows it; else files.
func bashScript(all []completable) string {
	var cases strings.Builder
	for _, c := range all {
		fmt.Fprintf(&cases, "\t\t%q) words=%q ;;\n", c.typed, strings.Join(c.words, " "))
	}
	return `_tertial() {
	local word typed="" words="" i
	_tertial_words() {
		case "$1" in
` + cases.String() + `		*) return 1 ;;
		esac
	}
	_tertial_words ""
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		[[ $word == -* ]] && continue
		_tertial_words "${typed:+$typed }$word" && typed="${typed:+$typed }$word"
	done
	COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _tertial tertial
`
}

func fishScript(all []completable) string {
	var b strings.Builder
	b.WriteString("function __tertial_at\n\tset -l typed (commandline -opc | string match -v -- '-*')\n\tset -e typed[1]\n\ttest \"$typed\" = \"$argv\"\nend\ncomplete -c tertial -e\n")
	for _, c := range all {
		for _, w := range c.words {
			how := "-f -a " + w
			if flag, ok := strings.CutPrefix(w, "--"); ok {
				how = "-l " + flag
			}
			fmt.Fprintf(&b, "complete -c tertial -n '__tertial_at %s' %s\n", c.typed, how)
		}
	}
	return b.String()
}
