package main

import "context"

// configVerb looks at the configuration; it needs no database.
type configVerb struct {
	Check configCheck `cmd:"" help:"Read the configuration and say what is wrong with it."`
	Show  configShow  `cmd:"" help:"Print the configuration in effect as YAML, without secrets."`
}

type configCheck struct{}

// Run says that the configuration is in order, or fails with every complaint.
func (configCheck) Run(_ context.Context, p *program) error {
	s, err := p.settings(asOf{})
	if err != nil {
		return err
	}
	if err := s.checkSecret(); err != nil {
		return err
	}
	for _, w := range s.cfg.Warnings() {
		p.tell("warning: %s", w)
	}
	name := p.configFile()
	if name == "" {
		name = "no file, so the defaults and the environment"
	}
	p.printf("in order: %s\n", name)
	return nil
}

type configShow struct{}

// Run prints every key with its value.
func (configShow) Run(_ context.Context, p *program) error {
	s, err := p.settings(asOf{})
	if err != nil {
		return err
	}
	return s.cfg.Show(p.out)
}
