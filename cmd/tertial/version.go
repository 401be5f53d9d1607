package main

import (
	"context"
	"runtime/debug"
)

// versionVerb tells which build this is.
type versionVerb struct{}

func (versionVerb) forms() []format { return []format{asJSON} }

// build is what the Go tool recorded of the program.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision"`
	Go       string `json:"go"`
}

// Run prints the version.
func (versionVerb) Run(_ context.Context, p *program) error {
	b := thisBuild()
	if p.Output == asJSON {
		return p.json(b)
	}
	p.printf("tertial %s", b.Version)
	if b.Revision != "" {
		p.printf(" (%s)", b.Revision[:min(12, len(b.Revision))])
	}
	p.printf(", %s\n", b.Go)
	return nil
}

func thisBuild() build {
	b := build{Version: "devel"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Go = info.GoVersion
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Revision = s.Value
		}
	}
	return b
}
