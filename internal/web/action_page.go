package web

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"tertial/internal/tertial"
)

// actionPageRoutes are those of one action.
func (s *Server) actionPageRoutes() []route {
	return []route{
		{pattern: "GET /actions/new", may: coordinates, serve: s.newAction},
		{pattern: "POST /actions/new", may: coordinates, serve: s.addAction},
		{pattern: "GET /actions/{ref}", may: signedIn, serve: s.showAction},
		{pattern: "GET /actions/{ref}/edit", may: coordinates, serve: s.editForm},
		{pattern: "POST /actions/{ref}/edit", may: coordinates, serve: s.editAction},
		{pattern: "POST /actions/{ref}/confirm", may: coordinates, serve: s.confirmAction},
		{pattern: "POST /actions/{ref}/status", may: coordinates, serve: s.reportStatus},
		{pattern: "POST /actions/{ref}/start", may: coordinates, serve: s.startAction},
		{pattern: "POST /actions/{ref}/done", may: coordinates, serve: s.finishAction},
		{pattern: "POST /actions/{ref}/back", may: coordinates, serve: s.sendBack},
		{pattern: "POST /actions/{ref}/cancel", may: coordinates, serve: s.cancelAction},
		{pattern: "POST /actions/{ref}/reopen", may: coordinates, serve: s.reopenAction},
		{pattern: "POST /actions/{ref}/merge", may: coordinates, serve: s.mergeAction},
		{pattern: "POST /actions/{ref}/steps", may: signedIn, serve: s.changeSteps, many: []string{"done"}},
		{pattern: "POST /actions/{ref}/steps/add", may: coordinates, serve: s.addStep},
		{pattern: "POST /actions/{ref}/evidence", may: signedIn, serve: s.addEvidence, body: tertial.EvidenceFiles*tertial.EvidenceSize + formBytes},
		{pattern: "GET /actions/{ref}/evidence/{id}", may: signedIn, serve: s.downloadEvidence},
	}
}

const (
	// historyShown is how many entries of the log an action's page has.
	historyShown = 40
	// mailsShown is how many mails it has.
	mailsShown = 25
	// answersShown is how many answers it has.
	answersShown = 30
)

// actionPage is all that a page knows about one action.
type actionPage struct {
	tertial.Action
	Late     bool
	LateDays int
	LeftDays int // to the due date
	Findings []tertial.Finding
	Parties  []partyLine
	Answers  []tertial.Answer
	// MoreAnswers counts the older ones that are not listed.
	MoreAnswers int
	Evidence    []tertial.Evidence
	Mails       []mailLine
	History     []historyLine
	MoreLog     bool
	Events      []string // names of the linked events
	Reads       bool     // the viewer sees everything
	Edits       bool     // the viewer coordinates
	Ticks       bool     // the viewer may tick steps and add evidence
	Conflict    bool     // somebody changed it while the viewer wrote
	LastWrite   *historyLine
	Types       string // file types for the file field
}

// AsksDate reports whether a person has to answer for the date.
func (p *actionPage) AsksDate() bool {
	return !p.Status.Closed() && slices.ContainsFunc(p.Review, func(q tertial.Question) bool {
		return q == tertial.TimingUnconfirmed || q == tertial.DuePast || q == tertial.Declined
	})
}

// AsksOwner reports whether somebody has to be made responsible.
func (p *actionPage) AsksOwner() bool {
	return !p.Status.Closed() && slices.Contains(p.Review, tertial.NoResponsible)
}

// ConformityClass and ConformitySign are how a judgement is marked.
func (p *actionPage) ConformityClass(c tertial.Conformity) string { return conformityMark(c).Class }

// ConformitySign is the sign beside the judgement's word.
func (p *actionPage) ConformitySign(c tertial.Conformity) string { return conformityMark(c).Sign }

// Size writes how large a file is.
func (p *actionPage) Size(bytes int64) string { return sizeText(bytes) }

// partyLine is a role's part in an action, with who holds it today.
type partyLine struct {
	Part   tertial.Part
	Role   string
	People []tertial.Person
}

// mailLine is a mail about an action with its fate.
type mailLine struct {
	tertial.Message
	About tertial.Kind // what it said about the action
}

// actionAccess is what a viewer may do with one action.
type actionAccess struct {
	reads, edits, ticks bool
}

// openAction loads the action of the address, if the viewer may see it. Whoever may not is told that there is none.
func (s *Server) openAction(r *http.Request, v *visit) (tertial.Action, []tertial.RoleHolders, actionAccess, error) {
	ctx, ref := r.Context(), r.PathValue("ref")
	may := actionAccess{reads: v.Viewer.Reads(), edits: v.Viewer.Coordinator, ticks: v.Viewer.Coordinator}
	a, err := s.o.House.Action(ctx, ref)
	if err != nil {
		return a, nil, may, err
	}
	holders, err := s.o.House.ActionPeople(ctx, ref, v.Today)
	if err != nil {
		return a, nil, may, err
	}
	if !may.ticks {
		if may.ticks, err = s.o.House.MayAnswer(ctx, ref, v.Viewer.Person.ID, v.Today); err != nil {
			return a, nil, may, err
		}
	}
	if !may.reads && !may.ticks && !holds(holders, v.Viewer.Person.ID) {
		return tertial.Action{}, nil, may, errNoPage
	}
	return a, holders, may, nil
}

func holds(holders []tertial.RoleHolders, person int64) bool {
	return slices.ContainsFunc(holders, func(h tertial.RoleHolders) bool {
		return slices.ContainsFunc(h.People, func(p tertial.Person) bool { return p.ID == person })
	})
}

// showAction shows the page of an action.
func (s *Server) showAction(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.actionPage(w, r, v, http.StatusOK)
}

// actionPage shows the page of an action, also as the answer to a form that could not be taken.
func (s *Server) actionPage(w http.ResponseWriter, r *http.Request, v *visit, status int) error {
	a, holders, may, err := s.openAction(r, v)
	if err != nil {
		return err
	}
	page := actionPage{Action: a, Late: isLate(&a, v.Today), Reads: may.reads, Edits: may.edits, Ticks: may.ticks && !a.Status.Closed(),
		Parties: partiesOf(&a, holders), Conflict: status == http.StatusConflict, Types: evidenceTypes}
	if !a.Timing.Due.IsZero() {
		page.LateDays, page.LeftDays = v.Today.Sub(a.Timing.Due), a.Timing.Due.Sub(v.Today)
	}
	ctx := r.Context()
	if page.Findings, err = s.o.House.ActionFindings(ctx, a.Ref); err != nil {
		return err
	}
	if page.Answers, err = s.o.House.ActionAnswers(ctx, a.Ref); err != nil {
		return err
	}
	page.MoreAnswers = max(0, len(page.Answers)-answersShown)
	page.Answers = page.Answers[:min(len(page.Answers), answersShown)]
	if page.Evidence, err = s.o.House.ActionEvidence(ctx, a.Ref); err != nil {
		return err
	}
	wheel, err := s.o.House.Wheel(ctx)
	if err != nil {
		return err
	}
	for _, key := range a.Timing.Events {
		if e, ok := wheel.Event(key); ok && e.Name != "" {
			key = e.Name + " (" + key + ")"
		}
		page.Events = append(page.Events, key)
	}
	if may.reads {
		if err := s.fillRecord(ctx, v, &page); err != nil {
			return err
		}
	}
	return s.show(w, r, v, status, "action", &page)
}

// fillRecord adds mails and history: what those see who see everything.
func (s *Server) fillRecord(ctx context.Context, v *visit, page *actionPage) error {
	mails, err := s.o.House.ActionMessages(ctx, page.Ref, mailsShown)
	if err != nil {
		return err
	}
	for _, m := range mails {
		line := mailLine{Message: m}
		for _, item := range m.Items {
			if item.Ref == page.Ref {
				line.About = item.Kind
			}
		}
		page.Mails = append(page.Mails, line)
	}
	entries, err := s.o.House.LogPage(ctx, "action "+page.Ref, 0, historyShown)
	if err != nil {
		return err
	}
	if page.History, err = s.historyOf(ctx, v, entries); err != nil {
		return err
	}
	page.MoreLog = len(entries) == historyShown
	if page.Conflict && len(page.History) > 0 {
		page.LastWrite = &page.History[0]
	}
	return nil
}

// partiesOf lists the roles of an action in their order, each with who holds it.
func partiesOf(a *tertial.Action, holders []tertial.RoleHolders) []partyLine {
	var lines []partyLine
	for _, part := range []struct {
		of    tertial.Part
		roles []string
	}{{tertial.Responsible, a.Responsible}, {tertial.Contributor, a.Contributors}, {tertial.FollowUp, a.FollowUp}} {
		for _, role := range part.roles {
			line := partyLine{Part: part.of, Role: role}
			key := tertial.RoleKey(role)
			for _, h := range holders {
				if tertial.RoleKey(h.Role.Name) == key {
					line.People = h.People
				}
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// change edits the action of the address on behalf of a form on its page, and leads back to the page. A form that could not be taken is shown
// again with what was written in it; where somebody else was faster, the page shows what they did.
func (s *Server) change(w http.ResponseWriter, r *http.Request, v *visit, f form, done string, edit func(*tertial.Action) error) error {
	if !f.ok() {
		v.complain(f)
		return s.actionPage(w, r, v, http.StatusUnprocessableEntity)
	}
	ref := r.PathValue("ref")
	_, err := s.o.House.EditAction(r.Context(), v.stamp("web action"), ref, f.number("version", 0, maxVersion), edit)
	switch {
	case err == nil:
		return s.sent(w, r, v, actionPath(ref), done, "Ref", ref)
	case errors.Is(err, tertial.ErrConflict):
		v.complain(f)
		return s.actionPage(w, r, v, http.StatusConflict)
	case f.reject(err):
		v.complain(f)
		return s.actionPage(w, r, v, http.StatusUnprocessableEntity)
	}
	return err
}

// maxVersion is more than any action's.
const maxVersion = 1 << 30

func actionPath(ref string) string { return "/actions/" + ref }
