package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"tertial/internal/tertial"
	"tertial/jobs"
)

// runVerb runs jobs once, in the order given, all as of one instant.
type runVerb struct {
	Jobs []string `arg:"" name:"job" enum:"remind,deliver,digest,summary,tidy" help:"${enum}."`
	asOf
}

func (runVerb) forms() []format { return []format{asJSON} }

// ranJob is what one job did, as the command line tells it.
type ranJob struct {
	Job       string   `json:"job"`
	AsOf      string   `json:"as_of"`
	Looked    int      `json:"looked"`
	Composed  int      `json:"queued"`
	Voided    int      `json:"void"`
	Sent      int      `json:"sent"`
	Captured  int      `json:"captured"`
	Later     int      `json:"later"`
	Failed    int      `json:"failed"`
	Removed   int      `json:"removed"`
	Held      string   `json:"held"`
	RelayDown string   `json:"relay_down"`
	Faults    []string `json:"faults"`
}

func ranJobOf(name string, now time.Time, r *jobs.Result) ranJob {
	j := ranJob{
		Job: name, AsOf: now.UTC().Format(time.RFC3339), Looked: r.Looked, Composed: r.Composed, Voided: r.Voided, Sent: r.Sent,
		Captured: r.Captured, Later: r.Later, Failed: r.Failed, Removed: r.Removed, Held: r.Held, RelayDown: r.RelayDown, Faults: []string{},
	}
	for _, err := range r.Faults {
		j.Faults = append(j.Faults, unlabelled(err))
	}
	return j
}

// Run runs them; the first that fails as a whole ends it.
func (v *runVerb) Run(ctx context.Context, p *program) error {
	return p.house(ctx, v.asOf, func(h *house) error {
		if slices.Contains(v.Jobs, "deliver") {
			if err := h.checkSecret(); err != nil {
				return err
			}
		}
		ran, err := h.runJobs(ctx, p, v.Jobs)
		if p.Output == asJSON {
			if jerr := p.json(map[string][]ranJob{"jobs": ran}); err == nil {
				err = jerr
			}
		}
		if err != nil {
			return err
		}
		return outcome(ran)
	})
}

// runJobs runs the jobs as of the house's now, and says what each did.
func (h *house) runJobs(ctx context.Context, p *program, names []string) ([]ranJob, error) {
	ran := []ranJob{}
	b := h.bench()
	defer b.close()
	for _, name := range names {
		result, err := job{b, name}.Run(ctx, h.now)
		if err != nil && result.String() == (jobs.Result{}).String() {
			return ran, err
		}
		ran = append(ran, ranJobOf(name, h.now, &result))
		if p.Output != asJSON {
			p.printf("%-8s %s\n", name, result)
			_ = p.flush() // an error comes up again at the end
		}
		for _, fault := range result.Faults {
			p.tell("%s: %s", name, unlabelled(fault))
		}
		if err != nil {
			return ran, err
		}
	}
	return ran, nil
}

// outcome is the error of runs that went through, but did not do all there was to do.
func outcome(ran []ranJob) error {
	var failed, down, held bool
	for i := range ran {
		failed = failed || ran[i].Failed > 0 || len(ran[i].Faults) > 0
		down = down || ran[i].RelayDown != ""
		held = held || ran[i].Held != ""
	}
	switch {
	case down:
		return &failure{code: exitUnavailable, err: errors.New("the mail relay took nothing"), hint: "see mail.smtp in the configuration; what waits goes as soon as it answers"}
	case held:
		return &failure{code: exitRefused, err: tertial.ErrRefused, hint: "nothing is sent while mail is held: tertial mail queue, and tertial mail release"}
	case failed:
		return &failure{code: exitPartly, err: errors.New("not everything could be done"), hint: "tertial mail list --state failed shows what was not sent"}
	}
	return nil
}
