package gap

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"tertial/internal/tertial"
	"tertial/internal/timing"
)

// Draft makes the action that a finding asks for: one for every gap that has a
// proposal. The Ref is that of the clause's first action in the plan year.
func Draft(f tertial.Finding, o Options) (tertial.Action, bool) {
	if o.complete() != nil {
		return tertial.Action{}, false
	}
	return draft(f, o, &lexicon{}, timing.NewReader(o.Wheel))
}

func draft(f tertial.Finding, o Options, l *lexicon, times *timing.Reader) (tertial.Action, bool) {
	if !f.Conformity.IsGap() || !hasLetters(f.Proposal) {
		return tertial.Action{}, false
	}
	a := tertial.Action{
		Ref:         ref(o.PlanYear, f.Clause, 0),
		Clauses:     []string{f.Clause},
		Title:       title(f.Proposal),
		Description: f.Proposal,
		Status:      tertial.Open,
		Priority:    f.Priority,
		Steps:       steps(f.Proposal),
		Timing:      times.Parse(f.Timing, o.PlanYear, o.Dated),
		PlanYear:    o.PlanYear,
		Dated:       o.Dated,
	}
	a.Responsible, a.Contributors, a.FollowUp = partiesBy(f.Owner, l)
	a.AskOfParties()
	a.AskOfTiming(o.AsOf)
	if declines(f.Proposal) {
		a.Ask(tertial.Declined)
	}
	a.Normalise()
	return a, true
}

// drafts drafts every action of the document, each with a ref of its own.
func (d *document) drafts(o Options) []tertial.Action {
	out := []tertial.Action{}
	seen := map[string]int{}
	times := timing.NewReader(o.Wheel)
	for _, f := range d.findings {
		a, ok := draft(f, o, &d.lex, times)
		if !ok {
			continue
		}
		a.Ref = ref(o.PlanYear, f.Clause, seen[f.Clause])
		seen[f.Clause]++
		out = append(out, a)
	}
	return out
}

// ref names the n-th action (from 0) of a clause: 2024-7.2, 2024-7.2b, … z, aa, ab.
func ref(year int, clause string, n int) string {
	letters := ""
	for n++; n > 1 || letters != "" && n > 0; n = (n - 1) / 26 {
		letters = string(rune('a'+(n-1)%26)) + letters
	}
	return strconv.Itoa(year) + "-" + clause + letters
}

const maxTitle = 80

// announces begins the sentence that says what is to be done.
var announces = regexp.MustCompile(`(?i)^(?:förslag(?:et)?(?: till (?:handlingsplan|åtgärd(?:er)?|lösning|förbättring))?(?: är)?(?: att\b|:)|åtgärdsförslag:?|föreslagen åtgärd|handlingsplan(?:en)? är att|(?:det |vi |härmed )?föreslås?\b|vi föreslår|rekommendation(?:en)?\b|(?:it is|we) (?:proposed?|recommend(?:ed)?|suggest(?:ed)?)|(?:the )?(?:proposal|proposed action|recommendation|suggestion|suggested action)(?: is)?(?: to\b|:| is\b))`)

// title is the sentence that announces the act, else the first, cut to 80 characters.
func title(proposal string) string {
	all := sentences(proposal)
	if len(all) == 0 {
		return ""
	}
	chosen := all[0]
	for _, s := range all {
		if announces.MatchString(s) {
			chosen = s
			break
		}
	}
	if at := listStarts(chosen); len(at) >= 2 && at[0].from > 0 {
		chosen = strings.TrimRight(chosen[:at[0].from], " :")
	}
	if words := strings.Fields(chosen); len(words) > 1 && isMark(words[0]) {
		chosen = strings.Join(words[1:], " ")
	}
	return cut(strings.TrimRight(chosen, " .:;"), maxTitle)
}

// sentences parts a text where sentences end.
func sentences(s string) []string {
	var out []string
	words := strings.Fields(s)
	from := 0
	for i, w := range words {
		next := i + 1
		if next < len(words) && (!endsSentence(w) || !startsCell(words[next])) {
			continue
		}
		out = append(out, strings.Join(words[from:next], " "))
		from = next
	}
	return out
}

// listItem is the place of one item of a list: its mark and its text.
type listItem struct{ from, text int }

var (
	bullets  = regexp.MustCompile(`(?:^|\s)(?:[•▪◦·‣●○■*]|\x{f0b7}|\x{f0a7})\s+`)
	dashes   = regexp.MustCompile(`(?:^|\s)[-–—]\s+`)
	numbered = regexp.MustCompile(`(?:^|\s)\(?(\d{1,2}|[a-z])[.)]\s+`)
)

// listStarts finds the items of a list inside a text whose lines are joined. Two
// dashes are a list only where the first stands at the start or after a full
// stop or colon: elsewhere they may set off words.
func listStarts(s string) []listItem {
	if !strings.ContainsAny(s, "0123456789)•▪◦·‣●○■*–—\uf0b7\uf0a7") && !strings.Contains(s, "- ") {
		return nil
	}
	if at := bullets.FindAllStringIndex(s, -1); len(at) >= 2 {
		return items(at)
	}
	if at := dashes.FindAllStringIndex(s, -1); len(at) >= 2 {
		before := strings.TrimSpace(s[:at[0][0]])
		if before == "" || strings.HasSuffix(before, ":") || endsSentence(before) {
			return items(at)
		}
	}
	var at [][]int
	for _, m := range numbered.FindAllStringSubmatchIndex(s, -1) {
		mark := s[m[2]:m[3]]
		if mark == strconv.Itoa(len(at)+1) || mark == string(rune('a'+len(at)%26)) {
			at = append(at, m[:2])
		}
	}
	if len(at) >= 2 {
		return items(at)
	}
	return nil
}

func items(at [][]int) []listItem {
	out := make([]listItem, len(at))
	for i, m := range at {
		out[i] = listItem{from: m[0], text: m[1]}
	}
	return out
}

// steps reads the list items of a proposal.
func steps(proposal string) []tertial.Step {
	at := listStarts(proposal)
	var out []tertial.Step
	for i, item := range at {
		end := len(proposal)
		if i+1 < len(at) {
			end = at[i+1].from
		}
		if t := strings.Trim(proposal[item.text:end], " ,;."); t != "" {
			out = append(out, tertial.Step{Title: t})
		}
	}
	return out
}

var (
	// notOurs says that something is not for us.
	notOurs = regexp.MustCompile(`(?i)\b(?:inte|ej|icke|inget|inte något|not|no|isn't)\s+(?:(?:vara|ett|en|some|a|an|as|som|längre|för|currently|considered|deemed|helt|är|be)\s+){0,3}(aktuell|tillämp|relevan|gälla|applicable|apply|relevant|required|a requirement|krävs)`)
	excepts = regexp.MustCompile(`(?i)(?:omfattas|gäller|berörs?|omfattar|träffar)\s+(?:verksamheten\s+|förvaltningen\s+|oss\s+)?(?:inte|ej)\b|(?:do|does) not (?:apply|concern|affect)|outside (?:of )?(?:the |our )?scope|out of scope|utanför (?:vår )?(?:omfattning|tillämpning)|undantas från kravet|avstås? från kravet`)
	// whose says what is not for us, or for whom.
	whose = regexp.MustCompile(`(?i)krav|klausul|kontroll|åtgärd|för oss|förvaltning|verksamhet|organisation|bolag|kommun|myndighet|nämnd|requirement|clause|control|for us|to us|department|unit|company|authority|municipality|entity|agency|office`)
	// conditional begins a clause about what may not apply, not a verdict.
	conditional = regexp.MustCompile(`(?i)\b(?:vilka|vilket|vilken|när|där|huruvida|ifall|varför|om|which|whether|if|when|where|why|what|those|controls that|kontroller som|krav som|de som)\b`)
)

// declines reports a proposal that says that the requirement is not for us.
func declines(proposal string) bool {
	for _, s := range sentences(proposal) {
		at := notOurs.FindStringIndex(s)
		if at == nil {
			at = excepts.FindStringIndex(s)
		}
		if at == nil || conditional.MatchString(s[:at[0]]) {
			continue
		}
		if whose.MatchString(s) || len(strings.Fields(s)) <= 6 {
			return true
		}
	}
	return false
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
