package web

import (
	"net/http"
	"slices"

	"tertial/internal/tertial"
)

// apiStepList is an action's checklist. Steps are numbered from 1, in its order.
type apiStepList struct {
	Steps []tertial.Step `json:"steps"`
}

func (c *apiCall) showSteps(status int, a *tertial.Action) error {
	return c.shown(status, actionTag(a), apiStepList{a.Steps})
}

func (c *apiCall) listSteps() error {
	a, err := c.action()
	if err != nil {
		return err
	}
	return c.showSteps(http.StatusOK, &a)
}

// addStep puts a step at the end.
func (c *apiCall) addStep() error {
	f, match, err := c.body()
	if err != nil {
		return err
	}
	step := readStep(f)
	if err := f.done(); err != nil {
		return err
	}
	return c.editSteps("step add", http.StatusCreated, match, func(steps []tertial.Step) ([]tertial.Step, error) {
		if len(steps) >= apiSteps {
			return nil, problemf(http.StatusUnprocessableEntity, "invalid", "there are %d steps, and no more can be added", len(steps))
		}
		return append(steps, step), nil
	})
}

// replaceSteps makes another list of it.
func (c *apiCall) replaceSteps() error {
	f, match, err := c.body()
	if err != nil {
		return err
	}
	f.need("steps")
	fresh := readSteps(f)
	if err := f.done(); err != nil {
		return err
	}
	return c.editSteps("steps", http.StatusOK, match, func([]tertial.Step) ([]tertial.Step, error) { return slices.Clone(fresh), nil })
}

// patchStep names a step otherwise, or ticks it.
func (c *apiCall) patchStep() error {
	f, match, err := c.body()
	if err != nil {
		return err
	}
	title, done := f.filled("title", apiName), f.flag("done")
	if len(f.values) == 0 {
		f.broken("", "say what to change")
	}
	if err := f.done(); err != nil {
		return err
	}
	return c.editStep("step edit", match, func(steps []tertial.Step, i int) []tertial.Step {
		set(&steps[i].Title, title)
		set(&steps[i].Done, done)
		return steps
	})
}

// removeStep takes a step out.
func (c *apiCall) removeStep() error {
	match, err := c.empty()
	if err != nil {
		return err
	}
	return c.editStep("step remove", match, func(steps []tertial.Step, i int) []tertial.Step { return slices.Delete(steps, i, i+1) })
}

// editStep changes the step that the address names by its number.
func (c *apiCall) editStep(verb string, match *apiMatch, change func(steps []tertial.Step, i int) []tertial.Step) error {
	number, ok := apiDigits(c.r.PathValue("number"))
	return c.editSteps(verb, http.StatusOK, match, func(steps []tertial.Step) ([]tertial.Step, error) {
		if !ok || number < 1 || number > int64(len(steps)) {
			return nil, problemf(http.StatusNotFound, "not_found", "there are %d steps, and none is number %s", len(steps), apiEcho(c.r.PathValue("number")))
		}
		return change(steps, int(number-1)), nil
	})
}

func (c *apiCall) editSteps(verb string, status int, match *apiMatch, change func([]tertial.Step) ([]tertial.Step, error)) error {
	a, err := c.store(verb, match, func(a *tertial.Action) error {
		steps, err := change(slices.Clone(a.Steps))
		if err != nil {
			return err
		}
		a.Steps = steps
		return nil
	})
	if err != nil {
		return err
	}
	return c.showSteps(status, &a)
}

// readSteps reads the steps of an action; nil is not given.
func readSteps(f *apiFields) []tertial.Step {
	given := f.objects("steps", apiSteps)
	if given == nil {
		return nil
	}
	steps := make([]tertial.Step, 0, len(given))
	for _, inner := range given {
		steps = append(steps, readStep(inner))
	}
	return steps
}

func readStep(f *apiFields) tertial.Step {
	f.need("title")
	var s tertial.Step
	set(&s.Title, f.filled("title", apiName))
	set(&s.Done, f.flag("done"))
	return s
}
