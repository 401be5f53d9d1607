package gap

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tertial/internal/tertial"
)

// knownRoles are roles that any administration may name, in lower case.
var knownRoles = wordSet(`isam ciso hr hr-avdelningen it it-avdelningen it-enheten cio cso cto ceo cfo coo dpo dso ledningen ledningsgruppen ledningsgrupp förvaltningsledningen
	förvaltningsledning direktionen nämnden styrelsen verksamheten verksamheterna linjechefer chefer chef dataskyddsombud dataskyddsombudet registrator arkivarie arkivet
	kommunikatör kommunikation juridik jurist juristerna upphandling inköp ekonomi controller kanslichef kansliet stab staben vd rektor rektorer säkerhetsenheten digitalisering fastighet
	management procurement legal facilities finance everyone board leadership operations communications pm3-införare infosäk infosäk-gruppen supporten driften`)

// fields are roles of one word that name a field of work, too: one may head several.
var fields = wordSet(`hr it ekonomi juridik upphandling inköp kommunikation fastighet digitalisering säkerhet procurement legal facilities finance operations communications security`)

// roleEnds are the ends of Swedish words that name a role or a body.
var roleEnds = strings.Fields(`chef chefen chefer cheferna samordnare samordnaren ägare ägaren ägarna ansvarig ansvarige ansvariga ledare ledaren ledarna strateg strategen strateger
	direktör direktören handläggare handläggaren förvaltare förvaltaren ombud ombudet införare utvecklare utvecklaren jurist juristen arkivarie arkivarien registrator sekreterare sekreteraren
	controller kommunikatör kommunikatören kommunikatörer upphandlare inköpare tekniker arkitekt arkitekten administratör administratören specialist specialisten koordinator koordinatorn
	bibliotekarie utredare utredaren informatör lärare vaktmästare mästare sköterska läkare pedagog psykolog biträde verket arkivet bolaget driften förvaltningen förvaltning nämnder ordförande kommunstyrelsen kansler intendent curator kurator
	ingenjören chefsgrupp sekretariat sekretariatet revisor revisorn revisorer planerare expert rådgivare analytiker inspektör rektor ingenjör
	enhet enheten enheterna avdelning avdelningen avdelningarna grupp gruppen nämnd nämnden styrelse styrelsen stab staben ledning ledningen funktion funktionen kontoret team teamet forum forumet råd rådet byrå byrån sektion sektionen support kansli kansliet`)

// roleHeads are English words at the end or the beginning of a role's name.
var roleHeads = wordSet(`manager managers owner owners officer officers coordinator coordinators lead leads leader head director directors administrator administrators architect analyst engineer
	specialist team department board committee council ciso cio dpo secretary counsel lawyer auditor advisor adviser controller custodian steward
	chief executive supervisor unit office desk group president partner representative function desk`)

// roleModifiers may stand before a role's name in lower case or not.
var roleModifiers = wordSet(`respektive samtliga alla varje berörd berörda ansvarig ansvariga utsedd utsedda tf tf. vik. bitr bitr. biträdande lokal lokala närmaste närmsta all each every respective relevant
	responsible appointed local acting the deputy resp resp. central centrala`)

// roleInner may stand inside a role's name, in lower case.
var roleInner = wordSet(`för av vid på inom i of for the in at och and & hos till`)

// proseWords stand in sentences and in no role's name.
var proseWords = wordSet(`står ligger anses bedöms gäller görs sköts saknar fungerar att inte är ska skall bör kan behöver har som det den de detta dessa finns måste vara blir där när om men så eller ses görs görs tas ges sker sin sina sitt man
	skulle kunna få genomförs saknas ingår används följs framgår enligt utifrån genom mellan även också is are be should must shall will has have that this it not need needs to
	from by which who when if but was were been does do can could may would their its more`)

// linkWords do not end a cell: what follows belongs to it.
var linkWords = wordSet(`där när vilka vilket vilken så denna detta dessa vars where when while whose these this och eller samt att för med i av på till om vid som från hos genom enligt inom under mellan mot utan efter före inför utifrån kring den det en ett de vår våra dess sin sitt sina
	är ska bör kan ej inte har får via per of the and or to for with in on by at a an from as is are be should must shall that their its our which into over not via`)

// joining are words that begin the second half of an owner's cell, never the first.
var joining = wordSet(`tillsammans together jointly gemensamt supported along`)

// lexicon is what is known about roles: those above, and those that the
// document's owner cells have shown.
type lexicon struct{ learnt map[string]int }

func (l *lexicon) learn(roles ...string) {
	for _, r := range roles {
		l.learnt[tertial.RoleKey(r)]++
	}
}

// How sure a name is a role; the weights of the splitter's evidence.
const (
	roleKnown    = 5.0
	roleLike     = 4.0
	roleField    = 2.5
	roleAcronym  = 2.5
	roleCapital  = 0.5
	roleUnlikely = -4.0
)

// rate says how much a name reads as a role.
func (l *lexicon) rate(name string) float64 {
	words := strings.Fields(name)
	if len(words) == 0 {
		return roleUnlikely
	}
	if l.learnt[tertial.RoleKey(name)] > 0 || knownRoles[strings.ToLower(name)] {
		return roleKnown
	}
	for len(words) > 1 && roleModifiers[strings.ToLower(words[0])] && !roleInner[strings.ToLower(words[1])] {
		words = words[1:]
	}
	rest := strings.Join(words, " ")
	if l.learnt[tertial.RoleKey(rest)] > 0 || knownRoles[strings.ToLower(rest)] {
		return roleKnown
	}
	for _, w := range words {
		if isProse(w) || endsSentence(w) {
			return roleUnlikely
		}
	}
	return l.rateShape(words)
}

// rateShape rates a name that is not known by the look of its words.
func (l *lexicon) rateShape(words []string) float64 {
	first, last := words[0], words[len(words)-1]
	switch {
	case len(words) > 1 && acts[strings.ToLower(first)] && !isRoleWord(first):
		return roleUnlikely // "Utse en ansvarig"
	case isRoleWord(first) && startsUpper(first) && (len(words) == 1 || nominal(words[1:])):
		return roleLike
	case isRoleWord(last) && startsUpper(first) && nominal(words[1:len(words)-1]):
		return roleLike
	case isRoleWord(first) && startsUpper(first) && isField(words[1:]):
		return roleField
	case len(words) == 1 && isRoleWord(first):
		return roleLike - 2.5 // in lower case
	case len(words) == 1 && isAcronym(first):
		return roleAcronym
	case len(words) <= 4 && startsUpper(first) && nominal(words[1:]):
		return roleCapital
	}
	return roleUnlikely
}

// nominal reports whether the words after a role's first are those of a name:
// capitalised, or joined to it by a preposition.
func nominal(words []string) bool {
	joined := false
	for _, w := range words {
		low := strings.ToLower(w)
		switch {
		case roleInner[low]:
			joined = true
		case startsUpper(w), isRoleWord(w), joined:
		case !strings.ContainsFunc(w, unicode.IsLetter):
		default:
			return false
		}
	}
	return len(words) == 0 || !roleInner[strings.ToLower(words[len(words)-1])]
}

// isField reports whether the words after a role's first may be the field of its work,
// in lower case: "Enhetschef kart och mät". A verb with its object is none.
func isField(words []string) bool {
	if len(words) > 4 || roleInner[strings.ToLower(words[len(words)-1])] {
		return false
	}
	for i, w := range words {
		joint := w == "och" || w == "and" || w == "&"
		switch {
		case joint && i > 0:
		case joint, linkWords[w], strings.ContainsAny(w, "0123456789:;,."):
			return false
		case i < len(words)-1 && (strings.HasSuffix(w, "ar") || strings.HasSuffix(w, "er")), strings.HasSuffix(w, "as"):
			return false
		}
	}
	return true
}

// isRoleWord reports whether one word names a role or a body by its form.
func isRoleWord(w string) bool {
	low := strings.ToLower(strings.Trim(w, ",;()"))
	if roleHeads[low] || knownRoles[low] {
		return true
	}
	for _, end := range roleEnds {
		if strings.HasSuffix(low, end) && (len(low) == len(end) || utf8.RuneCountInString(low)-utf8.RuneCountInString(end) >= 2) {
			return true
		}
	}
	return false
}

// isProse reports a word of sentences: IT is none.
func isProse(w string) bool { return proseWords[strings.ToLower(w)] && !isAcronym(w) }

func isAcronym(w string) bool {
	n := 0
	for _, r := range w {
		switch {
		case unicode.IsUpper(r):
			n++
		case unicode.IsDigit(r), r == '-', r == '&', r == '/':
		default:
			return false
		}
	}
	return n >= 2 && n <= 6
}

func startsUpper(w string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(w, "\"“”'’(«»"))
	return unicode.IsUpper(r)
}
