package web

import (
	"net/http"

	"tertial/internal/tertial"
)

// empty reads a request that brings nothing but which version it is about.
func (c *apiCall) empty() (*apiMatch, error) {
	match, err := c.ifMatch()
	if err != nil || c.r.ContentLength == 0 {
		return match, err
	}
	f, err := readAPIBody(c.w, c.r)
	if err != nil {
		return nil, err
	}
	return match, f.done()
}

// startAction says that work has begun.
func (c *apiCall) startAction() error {
	match, err := c.empty()
	if err != nil {
		return err
	}
	return c.edit("start", match, (*tertial.Action).Start)
}

// reopenAction takes a closed action up again.
func (c *apiCall) reopenAction() error {
	match, err := c.empty()
	if err != nil {
		return err
	}
	return c.edit("reopen", match, (*tertial.Action).Reopen)
}

// finishAction closes an action as done.
func (c *apiCall) finishAction() error {
	f, match, err := c.body()
	if err != nil {
		return err
	}
	f.need("note")
	note := f.filled("note", apiNote)
	if err := f.done(); err != nil {
		return err
	}
	return c.edit("done", match, func(a *tertial.Action) error { return a.Close(tertial.Done, *note) })
}

// cancelAction closes an action that will not be done.
func (c *apiCall) cancelAction() error {
	f, match, err := c.body()
	if err != nil {
		return err
	}
	f.need("reason")
	why, inapplicable := f.filled("reason", apiNote), f.flag("not_applicable")
	if err := f.done(); err != nil {
		return err
	}
	as := tertial.Cancelled
	if inapplicable != nil && *inapplicable {
		as = tertial.Inapplicable
	}
	return c.edit("cancel", match, func(a *tertial.Action) error { return a.Close(as, *why) })
}

// confirmAction answers for an action's timing: as it was read, or with a date, or that there is none.
func (c *apiCall) confirmAction() error {
	f, match, err := c.body()
	if err != nil {
		return err
	}
	due, undated := f.date("due"), f.flag("undated")
	none := undated != nil && *undated
	if due != nil && due.IsZero() {
		f.broken("due", "must not be empty; say undated where there is no date")
	}
	if due != nil && none {
		f.broken("due", "give a date, or say undated, not both")
	}
	if err := f.done(); err != nil {
		return err
	}
	return c.edit("confirm", match, func(a *tertial.Action) error {
		var day tertial.Date
		set(&day, due)
		if t := &a.Timing; day.IsZero() && !none && t.Certainty == tertial.Unconfirmed && t.Due.IsZero() && !a.Status.Closed() {
			p := problemf(http.StatusUnprocessableEntity, "invalid", "%s has no date to confirm; give one, or say that it has none", a.Ref)
			p.Errors = []apiFault{{Pointer: "#/due", Detail: p.Detail}}
			return p
		}
		return a.Confirm(day, none)
	})
}

// reportAction records how it goes.
func (c *apiCall) reportAction() error {
	f, match, err := c.body()
	if err != nil {
		return err
	}
	f.need("progress")
	progress, note := apiWord(f, "progress", tertial.OnTrack, tertial.Deviates, tertial.Blocked), f.text("note", apiNote)
	if err := f.done(); err != nil {
		return err
	}
	words := ""
	set(&words, note)
	return c.edit("status", match, func(a *tertial.Action) error { return a.Report(*progress, words, tertial.Instant{Time: c.now}) })
}
