package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tertial/internal/tertial"
)

// settingsPage shows what the instance goes by, and the tokens of programs. Nothing secret is on it, but for a token's
// secret, once, when it has been made.
type settingsPage struct {
	Facts    []settingGroup
	Tokens   []tokenRow
	Scopes   []string
	Days     []int
	Asked    []string // scopes that were ticked in a form that must be corrected
	Made     string   // the secret of a new token
	MadeName string
}

// settingGroup is a heading with what belongs to it.
type settingGroup struct {
	Title string
	Facts []setting
}

type setting struct{ Name, Value string }

// Ticked reports whether a scope was ticked in the form that must be corrected.
func (p *settingsPage) Ticked(scope string) bool { return slices.Contains(p.Asked, scope) }

// tokenRow is a token as a list shows it.
type tokenRow struct {
	tertial.APIToken
	Ended bool
}

// tokenDays are the times for which a token can be made.
func tokenDays() []int { return []int{30, 90, 365} }

const maxTokenName = 80

// showSettings shows them.
func (s *Server) showSettings(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, err := s.settingsPage(r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, v, http.StatusOK, "settings", page)
}

func (s *Server) settingsPage(r *http.Request, v *visit) (*settingsPage, error) {
	page := &settingsPage{Facts: s.settings(v), Scopes: apiScopes(), Days: tokenDays()}
	tokens, err := s.o.House.APITokens(r.Context())
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		page.Tokens = append(page.Tokens, tokenRow{t, !t.Revoked.IsZero() || !t.Expires.IsZero() && !t.Expires.After(v.Now)})
	}
	return page, nil
}

// settings says in words what people should know of the configuration.
func (s *Server) settings(v *visit) []settingGroup {
	r := &s.o.Rules
	group := func(title string, pairs ...string) settingGroup {
		g := settingGroup{Title: v.T("settings." + title)}
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i+1] != "" {
				g.Facts = append(g.Facts, setting{v.T("settings." + pairs[i]), pairs[i+1]})
			}
		}
		return g
	}
	leads := group("leads")
	for _, p := range tertial.Priorities() {
		after := v.T("settings.never")
		if days, ok := r.EscalateAfter[p]; ok {
			after = v.T("settings.days", "N", days)
		}
		leads.Facts = append(leads.Facts, setting{v.T("priority." + string(p)),
			v.T("settings.ladder", "Days", leadWords(r.LeadDays[p]), "After", after)})
	}
	post := v.T("settings.mail.sends")
	if s.o.House.Captures() {
		post = v.T("settings.mail.captures")
	}
	signIn := v.T("settings.signin.mail")
	if s.o.OIDC.Issuer != "" {
		signIn = v.T("settings.signin.oidc", "Issuer", s.o.OIDC.Issuer)
	}
	return []settingGroup{
		group("instance", "organisation", s.o.Organisation, "address", s.o.BaseURL, "version", s.o.Version,
			"zone", r.Zone.String(), "language", v.T("settings.language."+oneOf(r.Language, "sv", "en"))),
		group("roles", "coordinator", s.o.Coordinator, "coordinator.email", r.CoordinatorEmail,
			"management", s.o.ManagementRole, "auditor", s.o.AuditorRole),
		group("mail", "mail.state", post, "mail.hours", r.SendAt.String()+"–"+r.SendUntil.String(),
			"every", v.T("settings.days", "N", r.EveryDays), "checkpoints", leadWords(r.CheckpointLeads)),
		leads,
		group("signin", "signin.how", signIn),
	}
}

// leadWords writes days before a date, the most first: "30, 14, 7, 0".
func leadWords(days []int) string {
	days = slices.Clone(days)
	slices.Sort(days)
	slices.Reverse(days)
	words := make([]string, len(days))
	for i, d := range days {
		words[i] = strconv.Itoa(d)
	}
	return strings.Join(words, ", ")
}

// makeToken makes a token. Its secret is on the page that answers, and never again: hence a page and no redirect.
func (s *Server) makeToken(w http.ResponseWriter, r *http.Request, v *visit) error {
	form, err := readForm(r, 0)
	if err != nil {
		return err
	}
	days := form.pick("days", "30", "90", "365")
	t := tertial.APIToken{Name: form.need("name", maxTokenName), Created: tertial.Instant{Time: v.Now}}
	for _, scope := range apiScopes() {
		if slices.Contains(form.list("scope"), scope) {
			t.Scopes = append(t.Scopes, scope)
		}
	}
	if len(t.Scopes) == 0 || len(t.Scopes) != len(form.list("scope")) {
		form.complain("scope", "settings.wrong.scope")
	}
	secret, hash := newToken()
	if form.ok() {
		n, _ := strconv.Atoi(days)
		t.Expires = tertial.Instant{Time: v.Now.Add(time.Duration(n) * 24 * time.Hour)}
		if t, err = s.o.House.NewAPIToken(r.Context(), v.stamp("settings"), t, hash); err != nil && !form.reject(err) {
			return err
		}
	}
	status := http.StatusCreated
	if !form.ok() {
		v.complain(form)
		status = http.StatusUnprocessableEntity
	}
	page, err := s.settingsPage(r, v)
	if err != nil {
		return err
	}
	if form.ok() {
		page.Made, page.MadeName = secret, t.Name
	} else {
		page.Asked = form.list("scope")
	}
	return s.show(w, r, v, status, "settings", page)
}

// revokeToken ends a token at once.
func (s *Server) revokeToken(w http.ResponseWriter, r *http.Request, v *visit) error {
	id, err := pathNumber(r, "id")
	if err != nil {
		return err
	}
	if err := s.o.House.RevokeAPIToken(r.Context(), v.stamp("settings"), id); err != nil {
		return fmt.Errorf("ending token %d: %w", id, err)
	}
	return s.sent(w, r, v, "/settings", "settings.token.revoked")
}
