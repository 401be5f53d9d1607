package gap

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode/utf8"

	"tertial/internal/tertial"
)

// A generated document is random findings, written in one of the shapes in which
// a table comes out of a PDF, with what should be read back.

// language is the stock of one language's sentences; none is from a real analysis.
type language struct {
	subjects, duties, facts, wishes, openings, roles, timings []string
	and, with, follows                                        string
	conformity                                                [][]string // ways to say yes, partly, no, not applicable
	priority                                                  []string
	header                                                    string
	heads                                                     []string
}

var swedish = language{
	subjects: []string{"Organisationen", "Högsta ledningen", "Verksamheten", "Kommunen"},
	duties: []string{"fastställer vilka behov som finns av skydd", "ser till att ansvar är fördelat och känt", "tillämpar en process för att hantera risker",
		"planerar förändringar i förväg och följer upp dem", "bevarar dokumenterad information om resultatet", "utvärderar hur väl arbetet fungerar och rättar brister",
		"säkerställer att leverantörer uppfyller avtalade krav på säkerhet", "skyddar utrustning mot stöld, brand och elavbrott", "begränsar åtkomst till information utifrån behov"},
	facts: []string{"Rutin finns men är inte känd i alla enheter.", "Arbetet sker i dag utan gemensam mall.", "Behörigheter rensas inte när någon slutar.", "Avtalen saknar bilaga om säkerhet.",
		"Det finns en process, dock utan utpekad ägare.", "Loggar sparas men ingen läser dem.", "Hög personalomsättning gör att kunskapen försvinner.", "Ingen övning har hållits sedan 2021.",
		"Riktlinjen antogs av nämnden förra året.", "Uppgiften sköts av IT och fungerar väl.", "Registret är till hälften ifyllt", "Delar av arbetet görs redan av HR."},
	wishes: []string{"En gemensam mall bör tas fram och användas i alla enheter.", "Rutinen behöver kompletteras med vem som godkänner.", "Ta fram en checklista för avslut av anställning.",
		"Inför årlig genomgång av behörigheter i verksamhetssystemen.", "Ägare ska utses för varje process.", "Avtalsmallen uppdateras med krav på rapportering av incidenter.",
		"Utbildning för nya chefer läggs in i introduktionen.", "Förslag är att samla anvisningarna på en sida.", "Öva larmkedjan tillsammans med räddningstjänsten.", "Loggarna bör gås igenom varje vecka av driften."},
	openings: []string{"Tydligare rutin för hur leverantörer följs upp", "Framtagande av plan för reservdrift", "Översyn av vilka som har nyckel till serverrummet"},
	roles: []string{"ISAM", "HR", "IT", "CISO", "Säkerhetschef", "Enhetschef", "Kvalitetsutvecklare", "Systemförvaltare", "Nämndsekreterare", "Digitaliseringschef", "IT-chef", "Upphandlare", "Informationsägare",
		"Avdelningschef för service och drift", "Enhetschef för arkiv och registratur", "Dataskyddsombud", "Kanslichef", "Objektledare", "Beredskapssamordnare", "Förvaltningsdirektör", "Kommunjurist", "Miljöinspektör"},
	timings: []string{"Mars", "Q2", "Q3 2025", "Under 2024", "Hösten 2024", "Senast 30 juni", "Inför nästa VOR", "Löpande", "Klart till årsskiftet", "v. 40", "2024, i VP", "Tas med i nästkommande verksamhetsplan.",
		"Första halvåret 2025", "T2", "April–maj", "Snarast", "2025-03-15", "Påbörjas i september, klart i december 2025."},
	and: "och", with: "i samverkan med", follows: "%s - %s följer upp",
	conformity: [][]string{{"Ja", "JA", "Uppfyllt"}, {"Delvis", "Delvis uppfyllt"}, {"Nej", "Ej uppfyllt"}, {"Ej tillämpligt"}},
	priority:   []string{"Hög", "Medel", "Låg", "Ingen"},
	header:     "Gapanalys informationssäkerhet Tekniska nämnden",
	heads:      []string{"Klausul", "Krav", "Uppfyllt", "Nuläge", "Förslag till åtgärd", "Ansvarig", "Prioritet", "Tid"},
}

var english = language{
	subjects: []string{"The organisation", "Top management", "The agency"},
	duties: []string{"determines which parties have an interest in its security", "assigns and communicates responsibilities", "applies a process for treating risks",
		"plans changes and reviews their effects", "keeps documented information as evidence", "protects equipment against theft, fire and loss of power", "restricts access to information according to need"},
	facts: []string{"A procedure exists but few know it.", "The work is done without a common template.", "Accounts are not removed when people leave.", "Contracts lack a security annex.",
		"Logs are kept but nobody reads them.", "High staff turnover makes knowledge disappear.", "No exercise has been held since 2021.", "The policy was approved last year.", "The register is half complete"},
	wishes: []string{"A common template should be developed and used by all units.", "The procedure must say who approves.", "Develop a checklist for leavers.", "Introduce a yearly review of access rights.",
		"Owners should be appointed for every process.", "Update the contract template with incident reporting.", "Training for new managers needs to be part of their induction."},
	openings: []string{"Clearer rules for following up suppliers", "Improved plan for emergency operation"},
	roles: []string{"CISO", "HR", "IT", "Head of IT", "Security Officer", "Information Security Manager", "Facilities Manager", "Procurement Officer", "System owner", "Data Protection Officer", "Legal Counsel", "Quality Coordinator",
		"Head of Service and Operations"},
	timings: []string{"March", "Q2", "Q3 2025", "During 2024", "Autumn 2024", "By 30 June", "Ongoing", "Before the next management review.", "First half of 2025", "T2", "2025-03-15", "Start in September, done in December 2025."},
	and:     "and", with: "in cooperation with", follows: "%s - %s follows up",
	conformity: [][]string{{"Yes", "Fulfilled"}, {"Partly", "Partially"}, {"No", "Not fulfilled"}, {"Not applicable"}},
	priority:   []string{"High", "Medium", "Low", "None"},
	header:     "Gap analysis information security Transport agency",
	heads:      []string{"Clause", "Requirement", "Fulfilled", "Current state", "Proposed action", "Responsible", "Priority", "When"},
}

// terse is Swedish as it is written in haste: sentences without verbs or full
// stops, names in the middle of them, roles and times that no list foresees.
var terse = language{
	subjects: swedish.subjects, duties: swedish.duties,
	facts: []string{"Bra rutiner på plats för personal.", "Kontinuitetsplan saknas för Lärportalen.", "Elever får låna datorer utan avtal", "Vi har börjat men inte kommit hela vägen",
		"Nej, inte dokumenterat.", "Medel har sökts hos länet.", "Se handlingsplan 2023.", "Brister i fysiskt skydd enligt revisionen 2022", "Låg mognad i verksamheten."},
	wishes: []string{"Avtal med Norra Vattens driftbolag ses över.", "Handlingsplan enligt bilaga 2", "Medarbetare ska känna till hur man rapporterar", "Kontakta leverantören och kräva loggar.",
		"Uppdatera instruktion för chefer", "Stödja skolor i klassning av system.", "Fler möten mellan IT och verksamhet.", "Se över hanteringen av nycklar.", "Checklista vid anställning."},
	openings: []string{"En gemensam struktur i Portalen."},
	roles: []string{"Bibliotekarie", "Trafikplanerare", "Näringslivsenheten", "Digital utveckling", "Ekonomi", "Förste arkivarie", "Ansvarig för drift", "Respektive chef", "Alla chefer", "Tf kanslichef", "IT-forum",
		"Kommunstyrelsen", "Stadsarkivet", "Verksamhetschef för vård och omsorg", "SÄK", "Leverantörsansvarig", "Ledningsgruppen", "Skolchef", "Brandingenjör", "Informationssäkerhetssamordnare"},
	timings: []string{"Kv 3", "Innan sommaren", "Efter upphandlingen", "Klart 31 mars 2025", "Tas i budget 2025", "Maj", "Pågår", "Startar under våren", "Beslutas i nämnden i juni", "Årligen", "När systemet är bytt",
		"I samband med RSA", "Senast VB", "15 april", "Enligt plan"},
	and: swedish.and, with: "tillsammans med", follows: swedish.follows,
	conformity: swedish.conformity, priority: swedish.priority, header: swedish.header, heads: swedish.heads,
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

// clauseLists are the documents' clauses.
var clauseLists = []string{
	"4.1 4.2 4.3 4.4 5.1 5.2 5.3 6.1.1 6.1.2 6.1.3 6.2 7.1 7.2 7.3 7.4 7.5.1 7.5.2 7.5.3 8.1 8.2 8.3 9.1 9.2 9.3 10.1 10.2",
	"4.1 4.2 4.3 4.4 5.1 5.2 5.3 6.1.1 6.1.2 6.1.3 6.2 6.3 7.1 7.2 7.3 7.4 7.5.1 7.5.2 7.5.3 8.1 8.2 8.3 9.1 9.2.1 9.2.2 9.3.1 9.3.2 9.3.3 10.1 10.2",
	"A.5.1 A.5.2 A.5.9 A.5.15 A.5.23 A.5.37 A.6.1 A.6.3 A.6.8 A.7.1 A.7.4 A.7.14 A.8.1 A.8.5 A.8.16 A.8.34",
	"A.5.1.1 A.6.1.2 A.7.2.2 A.8.1.1 A.9.2.3 A.9.4.1 A.11.1.1 A.12.4.1 A.12.6.1 A.13.2.3 A.15.1.1 A.16.1.5 A.18.2.3",
}

// randomFinding makes one row.
func randomFinding(r *rand.Rand, l *language, clause string) tertial.Finding {
	f := tertial.Finding{Clause: clause, Priority: tertial.None}
	f.Requirement = pick(r, l.subjects) + " " + pick(r, l.duties) + " " + l.and + " " + pick(r, l.duties)
	if chance(r, 85) {
		f.Requirement += "."
	}
	kinds := []tertial.Conformity{tertial.Conforming, tertial.Partial, tertial.Nonconforming, tertial.NotApplicable}
	f.Conformity = kinds[pick(r, []int{0, 0, 0, 1, 1, 1, 1, 2, 2, 3})]
	f.Observation = sentencesOf(r, l.facts, 1+r.IntN(3))
	if !f.Conformity.IsGap() {
		if chance(r, 20) {
			f.Observation = ""
		}
		if chance(r, 15) {
			f.Owner = pick(r, l.roles[:3])
		}
		return f
	}
	f.Proposal = sentencesOf(r, l.wishes, 1+r.IntN(3))
	if chance(r, 15) {
		f.Proposal = pick(r, l.openings)
	}
	f.Owner = randomOwner(r, l)
	f.Priority = []tertial.Priority{tertial.High, tertial.Medium, tertial.Low, tertial.None}[r.IntN(4)]
	f.Timing = pick(r, l.timings)
	switch r.IntN(12) {
	case 0:
		f.Owner = ""
	case 1:
		f.Timing = ""
	}
	return f
}

func sentencesOf(r *rand.Rand, from []string, n int) string {
	order := r.Perm(len(from))[:n]
	var out []string
	for i, k := range order {
		s := from[k]
		if i < n-1 && !endsSentence(s) {
			s += "."
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func randomOwner(r *rand.Rand, l *language) string {
	a, b := pick(r, l.roles), pick(r, l.roles)
	if a == b {
		return a
	}
	switch r.IntN(8) {
	case 0:
		return a + " " + l.and + " " + b
	case 1:
		return a + " " + l.with + " " + b
	case 2:
		return fmt.Sprintf(l.follows, a, b)
	}
	return a
}

// shape is how a document is written.
type shape struct {
	name        string
	widths      [8]int // of the columns in characters; 0 is no wrapping
	between     string // between two cells: "pdf", "blank", "line", "tab", "spaces", "flow"
	blanks      bool   // blank lines stand where the shape has them
	trailing    bool   // lines end in a space
	clauseAlone bool
	pages       int // lines a page; 0: no headers
	heads       bool
	least       float64 // share of the cells that must be read right
}

func shapes() []shape {
	wrapped := [8]int{8, 34, 14, 36, 30, 20, 10, 24}
	return []shape{
		{name: "as a PDF gives it", between: "pdf", widths: wrapped, blanks: true, trailing: true, clauseAlone: true, least: 0.98},
		{name: "with trailing spaces lost", between: "pdf", widths: wrapped, blanks: true, clauseAlone: true, least: 0.98},
		{name: "with page headers", between: "pdf", widths: wrapped, blanks: true, trailing: true, clauseAlone: true, pages: 45, heads: true, least: 0.98},
		{name: "with a blank line between all cells", between: "blank", widths: wrapped, blanks: true, clauseAlone: true, least: 0.98},
		{name: "with blank lines lost", between: "pdf", widths: wrapped, clauseAlone: true, least: 0.98},
		{name: "with a line end between all cells", between: "line", widths: wrapped, clauseAlone: true, least: 0.98},
		{name: "with a cell a line", between: "line", clauseAlone: true, least: 0.98},
		{name: "with a row a line and tabs", between: "tab", least: 0.98},
		{name: "with a row a line and spaces", between: "spaces", least: 0.98},
		{name: "with a row a line and a blank line between rows", between: "flow", blanks: true, least: 0.94},
		{name: "with rows flowing", between: "flow", widths: [8]int{0, 90}, blanks: true, clauseAlone: true, least: 0.94},
	}
}

// vary changes a shape's widths.
func (s shape) vary(r *rand.Rand) shape {
	for i, w := range s.widths {
		if w > 12 {
			s.widths[i] = w + r.IntN(w/2) - w/5
		}
	}
	return s
}

// write renders findings in the shape.
func (s shape) write(r *rand.Rand, l *language, findings []tertial.Finding) string {
	var lines []string
	for _, f := range findings {
		lines = append(lines, s.row(r, l, f)...)
		if s.blanks {
			lines = append(lines, "")
		}
	}
	if s.pages > 0 {
		lines = s.paginate(l, lines)
	}
	if s.trailing {
		for i, x := range lines {
			if x != "" {
				lines[i] = x + " "
			}
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

func (s shape) paginate(l *language, lines []string) []string {
	var out []string
	page := 0
	for i, x := range lines {
		if i%s.pages == 0 {
			if page > 0 {
				out = append(out, "", fmt.Sprintf("Sida %d av %d", page, len(lines)/s.pages+1), "")
			}
			page++
			out = append(out, l.header, "")
			if s.heads {
				out = append(out, strings.Join(l.heads, " "), "")
			}
		}
		out = append(out, x)
	}
	return out
}

func (s shape) cells(r *rand.Rand, l *language, f tertial.Finding) []string {
	at := map[tertial.Conformity]int{tertial.Conforming: 0, tertial.Partial: 1, tertial.Nonconforming: 2, tertial.NotApplicable: 3}[f.Conformity]
	priority := map[tertial.Priority]int{tertial.High: 0, tertial.Medium: 1, tertial.Low: 2, tertial.None: 3}[f.Priority]
	return []string{f.Clause, f.Requirement, pick(r, l.conformity[at]), f.Observation, f.Proposal, f.Owner, l.priority[priority], f.Timing}
}

func (s shape) row(r *rand.Rand, l *language, f tertial.Finding) []string {
	cells := s.cells(r, l, f)
	switch s.between {
	case "tab":
		return []string{strings.Join(cells, "\t")}
	case "spaces":
		return []string{strings.Join(cells, "   ")}
	case "flow":
		var filled []string
		for _, c := range cells[1:] {
			if c != "" {
				filled = append(filled, c)
			}
		}
		lines := wrap(strings.Join(filled, " "), s.widths[1])
		if s.clauseAlone {
			return append([]string{f.Clause}, lines...)
		}
		lines[0] = f.Clause + " " + lines[0]
		return lines
	}
	out := []string{cells[0]}
	if s.blanks {
		out = append(out, "")
	}
	for i, c := range cells[1:] {
		out = s.cell(out, c, i+1)
	}
	return out
}

// cell appends one cell's lines as the shape has them.
func (s shape) cell(out []string, c string, col int) []string {
	lines := wrap(c, s.widths[col])
	last := len(out) - 1
	switch {
	case s.between == "line":
		if c == "" {
			return out
		}
		return append(out, lines...)
	case s.between == "blank":
		if c == "" {
			return out
		}
		return append(append(out, lines...), "")
	case c == "":
		if s.trailing {
			out[last] += "  "
		}
		return out
	case len(lines) == 1 && col > 1 && out[last] != "":
		out[last] += " " + c
		return out
	case s.blanks && out[last] != "":
		out = append(out, "")
	}
	return append(out, lines...)
}

// wrap breaks a text into lines of at most width characters; 0 is one line. A
// word may break after a hyphen.
func wrap(s string, width int) []string {
	if width == 0 {
		return []string{s}
	}
	var lines []string
	line := ""
	for _, w := range strings.Fields(s) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(w) > width {
			if i := strings.Index(w, "-"); i > 1 && i < len(w)-1 && utf8.RuneCountInString(line)+2+i <= width {
				line += " " + w[:i+1]
				w = w[i+1:]
			}
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	return append(lines, line)
}

// randomDocument makes a document and the findings in it.
func randomDocument(r *rand.Rand, s shape) (string, []tertial.Finding) {
	l := pick(r, []*language{&swedish, &english, &terse})
	findings := randomFindings(r, l)
	return s.vary(r).write(r, l, findings), findings
}

func randomFindings(r *rand.Rand, l *language) []tertial.Finding {
	var findings []tertial.Finding
	for clause := range strings.FieldsSeq(pick(r, clauseLists)) {
		findings = append(findings, randomFinding(r, l, clause))
	}
	return findings
}
