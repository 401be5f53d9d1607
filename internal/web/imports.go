package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"tertial/internal/gap"
	"tertial/internal/tertial"
)

const (
	draftsShown    = 100
	findingsShown  = 60
	importsShown   = 50
	unitLength     = 200
	earliestImport = 2000
	latestImport   = 2100
)

// importsPage lists what has been imported, and has the form for more.
type importsPage struct {
	Assessments []tertial.Assessment
	More        int
	Year        int
	Today       tertial.Date
}

// showImports shows them, the newest first.
func (s *Server) showImports(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.importsAgain(w, r, v, http.StatusOK)
}

func (s *Server) importsAgain(w http.ResponseWriter, r *http.Request, v *visit, status int) error {
	list, err := s.o.House.Assessments(r.Context())
	if err != nil {
		return err
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b tertial.Assessment) int { return int(b.ID - a.ID) })
	shown := min(len(list), importsShown)
	return s.show(w, r, v, status, "imports", importsPage{Assessments: list[:shown], More: len(list) - shown, Year: v.Today.Year(), Today: v.Today})
}

// importPreviewPage is what an import would do.
type importPreviewPage struct {
	File       carried
	Assessment tertial.Assessment
	PlanYear   string // as typed
	Dated      string
	Unit       string
	Counts     []conformityCount
	Findings   int
	Actions    []tertial.Action
	Drafts     int
	Questions  int
	More       int
	Problems   []tertial.Problem
	Hidden     int
	Errors     bool
	Twins      [][2]string
}

type conformityCount struct {
	Conformity tertial.Conformity
	N          int
}

// previewImport reads a gap analysis and shows what it would become. It stores nothing.
func (s *Server) previewImport(w http.ResponseWriter, r *http.Request, v *visit) error {
	form, err := readForm(r, 0)
	if err != nil {
		return err
	}
	upload := oneFile(form, "file")
	o := importOptions(form, v)
	if form.ok() {
		o.Source = upload.Name
		preview, err := s.readImport(r, upload.Content, o)
		if err == nil {
			return s.showImportPreview(w, r, v, form, preview, upload)
		}
		if !rejectFile(form, err) {
			return err
		}
	}
	v.complain(form)
	return s.importsAgain(w, r, v, http.StatusUnprocessableEntity)
}

// importOptions reads what the document does not say.
func importOptions(form form, v *visit) gap.Options {
	o := gap.Options{Format: "auto", AsOf: v.Today, Dated: form.date("dated"), Unit: form.text("unit", unitLength)}
	if o.Dated.IsZero() {
		o.Dated = v.Today
	}
	if strings.TrimSpace(form.raw("plan_year")) == "" {
		o.PlanYear = v.Today.Year()
	} else {
		o.PlanYear = form.number("plan_year", earliestImport, latestImport)
	}
	return o
}

func (s *Server) readImport(r *http.Request, content []byte, o gap.Options) (*tertial.Preview, error) {
	wheel, err := s.o.House.Wheel(r.Context())
	if err != nil {
		return nil, err
	}
	o.Wheel = wheel
	return s.o.House.Preview(r.Context(), content, o)
}

func (s *Server) showImportPreview(w http.ResponseWriter, r *http.Request, v *visit, form form, p *tertial.Preview, upload tertial.Upload) error {
	page := importPreviewPage{
		Assessment: p.Assessment, PlanYear: fmt.Sprint(p.Assessment.PlanYear), Dated: p.Assessment.Dated.String(), Unit: form.text("unit", unitLength),
		Counts: countConformities(p.Findings), Findings: len(p.Findings), Drafts: len(p.Actions), Errors: p.HasErrors(), Twins: p.Twins,
	}
	var err error
	if page.File, err = carry(upload.Name, upload.Content); err != nil {
		return err
	}
	for i := range p.Actions {
		if len(p.Actions[i].Review) > 0 {
			page.Questions++
		}
	}
	page.Actions = p.Actions[:min(len(p.Actions), draftsShown)]
	page.More = len(p.Actions) - len(page.Actions)
	problems := slices.Clone(p.Problems)
	slices.SortStableFunc(problems, func(a, b tertial.Problem) int { return severityOrder(a.Severity) - severityOrder(b.Severity) })
	page.Problems = problems[:min(len(problems), drawnWrong)]
	page.Hidden = len(problems) - len(page.Problems)
	return s.show(w, r, v, http.StatusOK, "import_preview", page)
}

func severityOrder(s tertial.Severity) int {
	if s == tertial.SeverityError {
		return 0
	}
	return 1
}

// countConformities counts findings by what they found; what was not read comes last.
func countConformities(findings []tertial.Finding) []conformityCount {
	counts := []conformityCount{{tertial.Conforming, 0}, {tertial.Partial, 0}, {tertial.Nonconforming, 0}, {tertial.NotApplicable, 0}, {"", 0}}
	for i := range findings {
		for j := range counts {
			if counts[j].Conformity == findings[i].Conformity {
				counts[j].N++
			}
		}
	}
	return slices.DeleteFunc(counts, func(c conformityCount) bool { return c.N == 0 })
}

// applyImport stores an analysis that has been looked at: all of it, or nothing.
func (s *Server) applyImport(w http.ResponseWriter, r *http.Request, v *visit) error {
	form, err := readForm(r, 0)
	if err != nil {
		return err
	}
	upload := carriedFile(form)
	o := importOptions(form, v)
	o.Source = upload.Name
	if form.ok() {
		refs, stored, err := s.storeImport(r, v, upload.Content, o)
		switch {
		case err == nil && !stored:
			return s.sent(w, r, v, "/imports", "imports.same")
		case err == nil:
			return s.sent(w, r, v, "/imports", "imports.stored", "N", len(refs))
		case !rejectFile(form, err):
			return err
		}
	}
	v.complain(form)
	return s.importsAgain(w, r, v, http.StatusUnprocessableEntity)
}

func (s *Server) storeImport(r *http.Request, v *visit, content []byte, o gap.Options) (refs []string, stored bool, err error) {
	preview, err := s.readImport(r, content, o)
	if err != nil {
		return nil, false, err
	}
	if err := whole(preview); err != nil {
		return nil, false, err
	}
	return s.o.House.ApplyPreview(r.Context(), v.stamp("import"), preview)
}

// assessmentPage is one analysis with what it found.
type assessmentPage struct {
	Assessment  tertial.Assessment
	Counts      []conformityCount
	Findings    []tertial.Finding
	Total       int
	Page        int
	Later, Back int
}

// showAssessment shows it.
func (s *Server) showAssessment(w http.ResponseWriter, r *http.Request, v *visit) error {
	a, err := s.assessmentOf(r)
	if err != nil {
		return err
	}
	findings, err := s.o.House.Findings(r.Context(), a.ID)
	if err != nil {
		return err
	}
	page := assessmentPage{Assessment: a, Counts: countConformities(findings), Total: len(findings)}
	page.Page = pageNumber(r.URL.Query(), len(findings), findingsShown)
	first := min((page.Page-1)*findingsShown, len(findings))
	last := min(first+findingsShown, len(findings))
	page.Findings = findings[first:last]
	page.Back, page.Later = beside(page.Page, last < len(findings))
	return s.show(w, r, v, http.StatusOK, "assessment", page)
}

// assessmentOf finds the analysis that the address names.
func (s *Server) assessmentOf(r *http.Request) (tertial.Assessment, error) {
	id, err := pathNumber(r, "id")
	if err != nil {
		return tertial.Assessment{}, err
	}
	list, err := s.o.House.Assessments(r.Context())
	if err != nil {
		return tertial.Assessment{}, err
	}
	for _, a := range list {
		if a.ID == id {
			return a, nil
		}
	}
	return tertial.Assessment{}, fmt.Errorf("%w: there is no import %d", tertial.ErrNotFound, id)
}

// undoImport removes an analysis with its actions, as long as nothing has come of them.
func (s *Server) undoImport(w http.ResponseWriter, r *http.Request, v *visit) error {
	a, err := s.assessmentOf(r)
	if err != nil {
		return err
	}
	if err := s.o.House.UndoImport(r.Context(), v.stamp("import undo"), a.ID); err != nil {
		return err
	}
	return s.sent(w, r, v, "/imports", "imports.undone", "Source", a.Source)
}
