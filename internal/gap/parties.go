package gap

import (
	"regexp"
	"slices"
	"strings"

	"tertial/internal/tertial"
)

var (
	// followsUp is "Objektägare - ISAM följer upp" and its like.
	followsUp = regexp.MustCompile(`(?i)^(.*?)[\s,;]*(?:[-–—,;(]|\boch\b|\band\b|^)\s*([^-–—,;()]+?) (?:följer upp|ansvarar för uppföljning(?:en)?|uppföljning|follows? up|to follow up|following up)\)?\.?$`)
	// followedUpBy is "Objektägare, följs upp av ISAM".
	followedUpBy = regexp.MustCompile(`(?i)^(.*?)[\s,;]*(?:[-–—,;(]\s*)?(?:följs upp av|uppföljning av|uppföljning:|followed up by|follow-up by|follow-up:)\s+([^()]+?)\)?\.?$`)
	// together is what stands between the responsible and those who contribute.
	together = regexp.MustCompile(`(?i)(?:\bi (?:nära )?(?:samverkan|samråd|samarbete|dialog) med|\btillsammans med|\bmed stöd (?:av|från)|\bmed hjälp av|\bgemensamt med|\bin (?:close )?(?:cooperation|co-operation|collaboration|consultation) with|\btogether with|\bjointly with|\bsupported by|\bwith support from|\balong with|\((?:stöd|support):)\s+`)
	// listed parts names in a list; "och" is looked at apart.
	listed = regexp.MustCompile(`\s*[;,/]\s+|\s*;\s*|\s+[/&+]\s+|\s*,\s*`)
	// and joins two names, or stands inside one.
	and = regexp.MustCompile(`(?i)\s+(?:och|samt|and|&)\s+`)
)

// Parties reads an owner cell: who is responsible, who contributes and who
// follows up. Names stay as written; nobody is named twice.
func Parties(owner string) (responsible, contributors, followUp []string) {
	return partiesBy(Clean(owner), &lexicon{})
}

func partiesBy(owner string, l *lexicon) (responsible, contributors, followUp []string) {
	owner = strings.TrimRight(owner, " .,;")
	if isOneName(owner) {
		return []string{owner}, nil, nil
	}
	if low := strings.ToLower(owner); strings.Contains(low, "upp") || strings.Contains(low, "follow") {
		if m := followedUpBy.FindStringSubmatch(owner); m != nil {
			followUp, owner = l.names(m[2]), m[1]
		} else if m := followsUp.FindStringSubmatch(owner); m != nil {
			followUp, owner = l.names(m[2]), m[1]
		}
	}
	parts := []string{owner}
	if low := strings.ToLower(owner); strings.Contains(low, "med") || strings.Contains(low, "with") || strings.Contains(low, "support") || strings.Contains(low, "stöd") {
		parts = together.Split(owner, -1)
	}
	responsible = l.names(parts[0])
	for _, p := range parts[1:] {
		contributors = append(contributors, l.names(p)...)
	}
	if len(responsible) == 0 && len(contributors) > 0 {
		responsible, contributors = unique(contributors), nil
	}
	contributors = without(unique(contributors), responsible)
	followUp = without(unique(followUp), nil)
	return responsible, contributors, followUp
}

// joints are the words by which an owner cell holds more than one name.
var joints = wordSet("och samt and med with upp uppföljning up up) follows following av by")

// isOneName reports an owner without a sign or word that could part it: the common case.
func isOneName(owner string) bool {
	if owner == "" || strings.ContainsAny(owner, "-–—,;:/&+()?.") {
		return false
	}
	for w := range strings.FieldsSeq(owner) {
		if joints[strings.ToLower(w)] {
			return false
		}
	}
	return true
}

// names parts a list of roles; nothing but signs is nobody.
func (l *lexicon) names(list string) []string {
	var out []string
	listItems := []string{list}
	if strings.ContainsAny(list, ",;/&+") {
		listItems = listed.Split(list, -1)
	}
	for _, item := range listItems {
		for _, name := range l.splitAnd(strings.TrimSpace(item)) {
			if name = strings.Trim(name, " .,;:-–—?()"); name != "" {
				out = append(out, name)
			}
		}
	}
	return unique(out)
}

// splitAnd parts "A och B", unless the word stands inside a role's name: after
// "för", "of" and the like what follows belongs to the name, if it is in lower
// case or is no role by itself ("Avdelningschef för verksamhetsstöd och stadsmiljö").
func (l *lexicon) splitAnd(s string) []string {
	var out []string
	start := 0
	for _, m := range and.FindAllStringIndex(s, -1) {
		left, right := s[start:m[0]], s[m[1]:]
		if left == "" || right == "" || l.inside(left, right) {
			continue
		}
		out = append(out, left)
		start = m[1]
	}
	return append(out, s[start:])
}

// inside reports whether the "och" between left and right is part of one name.
func (l *lexicon) inside(left, right string) bool {
	next := right
	if m := and.FindStringIndex(right); m != nil {
		next = right[:m[0]]
	}
	if strings.HasSuffix(left, "-") { // "HR- och IT-chef"
		return true
	}
	words := strings.Fields(left)
	scope := ""
	for i, w := range words[:max(0, len(words)-1)] {
		if i > 0 && roleInner[strings.ToLower(w)] {
			scope = words[i+1]
		}
	}
	first, _, _ := strings.Cut(next, " ")
	switch {
	case scope != "" && fields[strings.ToLower(next)]: // "Head of Service and Operations", but "Chef för drift och HR"
		return startsUpper(scope) == startsUpper(next)
	case l.learnt[tertial.RoleKey(next)] > 0 || knownRoles[strings.ToLower(next)] && startsUpper(next):
		return false
	case isRoleWord(first) && !strings.HasSuffix(strings.ToLower(first), "ledning"), l.rate(next) >= roleAcronym:
		return false
	case scope != "":
		return true
	}
	// "Chef digitalisering och innovation": one role word, then fields in lower case.
	return len(words) > 1 && isRoleWord(words[0]) && !startsUpper(first)
}

func unique(names []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, n := range names {
		if k := tertial.RoleKey(n); !seen[k] {
			seen[k] = true
			out = append(out, n)
		}
	}
	return out
}

func without(names, others []string) []string {
	return slices.DeleteFunc(names, func(n string) bool {
		return slices.ContainsFunc(others, func(o string) bool { return tertial.RoleKey(o) == tertial.RoleKey(n) })
	})
}
