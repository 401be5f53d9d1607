package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tertial/internal/store"
)

// backupVerb writes a copy of the database that can be restored.
type backupVerb struct {
	File string `arg:"" help:"The new file."`
}

func (backupVerb) forms() []format { return []format{asJSON} }

// Run writes it, while the daemon goes on.
func (v *backupVerb) Run(ctx context.Context, p *program) error {
	return p.house(ctx, asOf{}, func(h *house) error {
		c, err := h.store.Backup(ctx, v.File)
		if err != nil {
			return err
		}
		if p.Output == asJSON {
			return p.json(c)
		}
		p.printf("written and checked: %s\n%s\n", v.File, contents(&c))
		if kept := h.cfg.KeyFile(); kept != "" {
			p.tell("the secret in %s is not in it: without that file the links in mails that have gone are dead after a restore", kept)
		}
		return nil
	})
}

// contents says what a backup holds.
func contents(c *store.Contents) string {
	return fmt.Sprintf("actions: %d, people: %d, messages: %d, entries of the log: %d\nlast entry of the log: %s",
		c.Actions, c.People, c.Messages, c.Entries, c.Head)
}

// restoreVerb makes the database of a backup.
type restoreVerb struct {
	File string `arg:"" help:"The backup."`
	asOf
}

func (restoreVerb) forms() []format { return []format{asJSON} }

// Run restores into the configured database, which must not be there yet, and says what then waits.
func (v *restoreVerb) Run(ctx context.Context, p *program) error {
	s, err := p.settings(v.asOf)
	if err != nil {
		return err
	}
	o := store.Options{Database: s.cfg.Database, Zone: s.rules.Zone, Coordinator: s.rules.Coordinator}
	c, err := store.Restore(ctx, s.rules.Stamp("cli", p.name, s.now), o, v.File)
	if err != nil {
		return unopened(err)
	}
	if p.Output == asJSON {
		return p.json(c)
	}
	p.printf("restored: %s\nNothing is sent before you say so: tertial mail queue lists what waits, tertial mail release lets it go.\n", contents(&c))
	if kept := s.cfg.KeyFile(); kept != "" {
		if _, err := os.Stat(kept); errors.Is(err, os.ErrNotExist) {
			p.tell("there is no %s: if the old one is lost, links in mails that have gone are dead", filepath.Base(kept))
		}
	}
	return nil
}
