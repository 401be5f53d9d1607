package gap

import (
	"strings"

	"tertial/internal/tertial"
)

// conformities are the phrases of the conformity column, in lower case.
var conformities = phrases(map[tertial.Conformity][]string{
	tertial.Conforming: {
		"ja", "uppfyllt", "uppfylld", "uppfyllda", "uppfylls", "helt uppfyllt", "uppfyllt helt", "fullt uppfyllt", "i sin helhet", "helt",
		"införd", "infört", "genomfört", "yes", "met", "fully met", "fulfilled", "fully fulfilled", "fully", "compliant", "fully compliant",
		"conforming", "conforms", "conformant", "implemented", "fully implemented", "in place", "satisfied",
	},
	tertial.Partial: {
		"delvis", "delvis uppfyllt", "delvis uppfylld", "delvis uppfyllda", "uppfyllt delvis", "uppfylls delvis", "delvis ja", "ja delvis", "ja, delvis",
		"till viss del", "till stor del", "i viss mån", "delvis infört", "delvis införd", "delvis genomfört", "partly", "partial", "partially", "partly met", "partially met",
		"partly fulfilled", "partially fulfilled", "partially compliant", "partly compliant", "partly implemented", "partially implemented",
		"partially satisfied", "partly conforming", "partially conforming", "in part", "to some extent", "yes, partly", "yes partly",
	},
	tertial.Nonconforming: {
		"nej", "ej uppfyllt", "ej uppfylld", "ej uppfyllda", "inte uppfyllt", "inte uppfylld", "icke uppfyllt", "uppfylls ej", "uppfylls inte", "ej infört", "ej införd", "inte infört", "inte införd",
		"ej genomfört", "inte alls", "avvikelse", "no", "not met", "not fulfilled", "unfulfilled", "not compliant", "non-compliant", "noncompliant", "not implemented",
		"not in place", "not conforming", "nonconforming", "non-conforming", "nonconformity", "non-conformity", "not satisfied", "unmet",
	},
	tertial.NotApplicable: {
		"ej tillämpligt", "ej tillämplig", "ej tillämpliga", "ej tillämpbart", "ej tillämpbar", "inte tillämpligt", "inte tillämplig", "icke tillämpligt", "ej aktuellt", "inte aktuellt", "ej relevant",
		"e/t", "n/a", "n.a.", "na", "not applicable", "not relevant", "out of scope",
	},
})

// priorities are the phrases of the priority column, in lower case.
var priorities = phrases(map[tertial.Priority][]string{
	tertial.High:   {"hög", "högt", "mycket hög", "hög prioritet", "hög prio", "high", "very high", "high priority", "critical", "kritisk"},
	tertial.Medium: {"medel", "medelhög", "mellan", "medel prioritet", "medel prio", "medium", "medium priority", "moderate", "måttlig"},
	tertial.Low:    {"låg", "lågt", "mycket låg", "låg prioritet", "låg prio", "low", "very low", "low priority"},
	tertial.None:   {"ingen", "none", "ingen prioritet", "no priority", "–", "-"},
})

// phrases turns a list by meaning into one by phrase.
func phrases[M ~string](by map[M][]string) map[string]M {
	out := map[string]M{}
	for meaning, list := range by {
		for _, p := range list {
			out[p] = meaning
		}
	}
	return out
}

// longestPhrase is how many words the longest phrase of the lists above has.
const longestPhrase = 3

// fold brings a cell or word to the form in which it is looked up.
func fold(s string) string { return strings.ToLower(strings.Trim(s, " .,;:!")) }

// readConformity reads a whole cell.
func readConformity(cell string) (tertial.Conformity, bool) {
	c, ok := conformities[fold(cell)]
	if !ok {
		c, ok = conformities[strings.ToLower(strings.TrimSpace(cell))] // "n.a."
	}
	return c, ok
}

// readPriority reads a whole cell; an empty one is none.
func readPriority(cell string) (tertial.Priority, bool) {
	if strings.TrimSpace(cell) == "" {
		return tertial.None, true
	}
	p, ok := priorities[fold(cell)]
	return p, ok
}

// columns are the eight columns of a table in order; each has its names, the
// English and the Swedish one first.
var columns = [...][]string{
	{"clause", "klausul", "avsnitt", "paragraf"},
	{"requirement", "krav", "requirements", "kravtext"},
	{"conformity", "uppfyllnad", "uppfyllt", "uppfyllelse", "compliance", "conformance"},
	{"observation", "nuläge", "iakttagelse", "observations", "current state", "nulägesbeskrivning"},
	{"proposal", "åtgärd", "förslag", "åtgärdsförslag", "förslag till åtgärd", "förslag på åtgärd", "åtgärder", "action", "proposed action", "recommendation"},
	{"owner", "ansvarig", "ansvar", "responsible", "ägare"},
	{"priority", "prioritet", "prio", "prioritering"},
	{"timing", "tid", "tidplan", "tidpunkt", "när", "when", "deadline", "timeline", "klart senast"},
}

// The places of the columns.
const (
	colClause = iota
	colRequirement
	colConformity
	colObservation
	colProposal
	colOwner
	colPriority
	colTiming
)

// headWords are the words that a text form's column heads may hold beside the
// names of columns.
var headWords = wordSet(`av avsnitt befintlig bedömning behov beskrivning brister clause current due date datum enligt finding findings
	för förbättring förslag gap gapanalys handlingsplan iakttagelser i iso iso/iec 27001 klausul klausuler kap kapitel kommentar kommentarer krav kravet
	kraven kravuppfyllnad level med no nr nuläge nulägesanalys nuvarande och of om or och/eller on planerad på prio prioritering ref referens required requirement requirements resultat
	roll slutdatum standard standarden standardens state status steg the till tid tidplan tidsplan tidsram tidsatt tidpunkt time timing to uppfylls uppfyllnadsgrad uppfyllnad
	utförare vem åtgärd åtgärder åtgärdsägare ägare owner responsible role action actions proposed proposal observation observations conformity compliance priority target when who
	ansvarig ansvariga ansvar uppfyllt uppfylld uppfyllelse iakttagelse förslag/åtgärd nulägesbeskrivning klart senast deadline suggested suggestion recommendation recommendations plan planned`)

func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}
