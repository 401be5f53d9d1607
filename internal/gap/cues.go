package gap

import "strings"

var (
	// wishes are verbs of what should be.
	wishes = wordSet(`bör ska skall behöver måste föreslås föreslår förslag rekommenderas rekommenderar önskvärt lämpligt planeras should must shall needs need recommend recommended propose proposed suggest suggested`)
	// introduces are what follows "förslag" where it introduces one.
	introduces = wordSet(`till på är att om`)
	// acts begin a proposal: imperatives, infinitives and nouns of doing.
	acts = wordSet(`ta tag inför införa upprätta uppdatera se säkerställ säkerställa skapa utbilda utse genomför genomföra följ följa dokumentera komplettera besluta fastställ fastställa
		ordna arbeta fram förtydliga förbättra förankra kartlägg kartlägga planera informera kommunicera integrera utveckla öva testa granska lägg lägga sätt sätta definiera definiera beskriv beskriva
		klassa inventera identifiera hantera anpassa revidera påbörja starta anta samordna stärk stärka tydliggör tydliggöra publicera bilda tillsätt tillsätta avsätt avsätta beställ beställa
		utred utreda implementera aktivera begränsa ersätt ersätta gör göra håll hålla ge lyft lyfta samla bygg bygga skriv skriva rutin rutiner utbildning utbildningar översyn framtagande uppdatering komplettering ökad ökat förbättrad förbättrat förtydligande förtydligad tydligare
		förtydligat utökad utökat införande revidering upprättande genomförande kartläggning inventering samordning
		develop establish update create define document implement introduce review appoint train ensure extend complete add assign plan set publish carry agree decide draw write
		prepare include adopt describe clarify improve conduct perform map identify make start begin provide strengthen schedule maintain produce approve collect use build hold bring revise educate inform inventory classify
		utöka fördela bjud anmäl anmäla rensa rapportera redovisa prova pröva öppna flytta teckna mät mäta räkna klargör bestäm bestämma välj välja anlita bemanna byt byta stäng stänga sprid sprida återkoppla formulera koppla påminn
		kräv upphandla anslut bedöm bedöma fråga lista ändra minska öka ersätt skydda spara kontrollera förenkla undersök undersöka säkra avsluta inrätta
		assess repeat compile renegotiate delete track split redefine evaluate consult contact ask negotiate encrypt disable enable enforce restrict remove rewrite harden segregate centralise centralize install
		improved better clearer increased training updated run give keep let arrange order replace limit test exercise link integrate formalise formalize communicate record report monitor measure invite enter put move`)
	// states are verbs of what is.
	states = wordSet(`ges blir gör sällan ibland ofta oftast aldrig ännu seldom rarely often never still yet inte ej ingen inga inget saknar men dock utan few nobody not no none but without saknas finns har är görs sker används pågår ingår fungerar följs hanteras framgår hade var gäller omfattar brister genomförs togs antogs visar beskrivs is are was were exists exist missing lacks lack has have had
		works covers follows uses existing done`)
)

// suggests says how far the sentence that begins ws reads as a proposal (above 0)
// or as what was observed (below).
func suggests(ws []word) float64 {
	e, wish, state, passive := 0.0, false, false, false
	for i, w := range ws[:min(len(ws), 40)] {
		low := w.low
		switch {
		case i == 0 && acts[low] && !(len(ws) > 1 && states[ws[1].low]) && (low != "se" || len(ws) > 1 && (ws[1].low == "över" || ws[1].low == "till")):
			e += 1.6
		case low == "förslag" && i+1 < len(ws) && !introduces[ws[i+1].low] && !strings.HasSuffix(w.text, ":"):
		case wishes[low]:
			wish = true
		case states[low], len(low) > 6 && strings.HasSuffix(low, "des"): // "provades"
			state = true
		case len(low) > 6 && strings.HasSuffix(low, "as"): // "uppdateras"
			passive = true
		}
		if w.stop {
			break
		}
	}
	switch {
	case wish:
		e += 1.3
	case state:
		e -= 1.2
	case passive:
		e += 0.6
	}
	return max(-1.5, min(2, e))
}

// hint is what a sentence suggests, and where it ends.
type hint struct {
	value float64
	end   int
}

// suggests is what the sentence that begins at from suggests, as far as it lies before to.
func (s *splitter) suggests(ws []word, from, to int) float64 {
	h, ok := s.hints[from]
	if !ok {
		h.end = from
		for h.end < len(ws)-1 && !ws[h.end].stop {
			h.end++
		}
		h.end++
		h.value = suggests(ws[from:h.end])
		s.hints[from] = h
	}
	if h.end > to {
		return suggests(ws[from:to])
	}
	return h.value
}

// leaning adds up what the sentences of words from..to suggest.
func (s *splitter) leaning(ws []word, from, to int) float64 {
	e := 0.0
	for from < to {
		e += s.suggests(ws, from, to)
		from = s.hints[from].end
	}
	return e
}

// declinesFirst reports a proposal that begins by saying what is thought of the requirement.
func declinesFirst(ws []word) bool {
	return len(ws) > 0 && strings.EqualFold(ws[0].text, "bedöms")
}
