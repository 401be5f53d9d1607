package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"tertial/internal/gap"
	"tertial/internal/tertial"
)

// apiPeople is a part of the list of people.
type apiPeople struct {
	People []tertial.Person `json:"people"`
	Next   string           `json:"next"`
}

func (c *apiCall) listPeople() error {
	offset, limit := c.query.number("offset", 0, apiOffset, 0), c.query.number("limit", 1, apiPageMost, apiPage)
	if err := c.query.done(); err != nil {
		return err
	}
	list, n := apiPeople{}, 0
	for p, err := range c.house.People(c.r.Context()) {
		if err != nil {
			return err
		}
		if n++; n <= offset {
			continue
		}
		if len(list.People) == limit {
			list.Next = apiFollowing(c.r, c.query, "offset", int64(offset+limit))
			break
		}
		list.People = append(list.People, p)
	}
	return c.write(http.StatusOK, list)
}

// email returns the address in the path. What cannot be one is not looked for.
func (c *apiCall) email() (string, error) {
	given := c.r.PathValue("email")
	email, err := gap.Address(given)
	if err != nil || len(given) > 320 {
		return "", nobody(given)
	}
	return email, nil
}

func nobody(email string) *apiProblem {
	return problemf(http.StatusNotFound, "not_found", "nobody has the address %s", apiEcho(email))
}

func (c *apiCall) getPerson() error {
	email, err := c.email()
	if err != nil {
		return err
	}
	p, err := c.house.Person(c.r.Context(), email)
	if errors.Is(err, tertial.ErrNotFound) {
		return nobody(email)
	}
	if err != nil {
		return err
	}
	return c.showPerson(http.StatusOK, &p)
}

func (c *apiCall) showPerson(status int, p *tertial.Person) error {
	return c.shown(status, personTag(p), p)
}

// personTag is the entity tag of a person: people have no versions, so it is made from what they are.
func personTag(p *tertial.Person) string {
	person := *p
	person.Holdings = append([]tertial.Holding{}, p.Holdings...) // none is none, whichever way it is kept
	text, err := json.Marshal(person)
	if err != nil { // texts and dates only
		return `""`
	}
	sum := sha256.Sum256(text)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// putPerson makes a person what is given, or adds one: who keeps a register of people elsewhere sends each as they are. What is
// not given is empty.
func (c *apiCall) putPerson() error {
	email, err := c.email()
	if err != nil {
		p := problemf(http.StatusUnprocessableEntity, "invalid", "%s is no mail address that can be used", apiEcho(c.r.PathValue("email")))
		p.Errors = []apiFault{{Parameter: "email", Detail: p.Detail}}
		return p
	}
	var match *apiMatch
	if c.r.Header.Get("If-Match") != "" {
		if match, err = c.ifMatch(); err != nil {
			return err
		}
	}
	f, err := readAPIBody(c.w, c.r)
	if err != nil {
		return err
	}
	fresh, err := readPerson(f, email)
	if err != nil {
		return err
	}
	ctx := c.r.Context()
	if _, err = c.house.Person(ctx, email); errors.Is(err, tertial.ErrNotFound) {
		return c.addPerson(fresh, match)
	}
	if err != nil {
		return err
	}
	if c.r.Header.Get("If-None-Match") == "*" {
		return problemf(http.StatusPreconditionFailed, "version_conflict", "somebody has this address already").atHeader("If-None-Match")
	}
	p, err := c.house.EditPerson(ctx, c.stamp("person put"), email, func(p *tertial.Person) error {
		if err := match.holds(personTag(p)); err != nil {
			return err
		}
		p.Name, p.Language, p.Frequency, p.Manager, p.Deputy = fresh.Name, fresh.Language, fresh.Frequency, fresh.Manager, fresh.Deputy
		p.AwayFrom, p.AwayTo, p.Holdings = fresh.AwayFrom, fresh.AwayTo, fresh.Holdings
		return nil
	})
	if err != nil {
		return err
	}
	return c.showPerson(http.StatusOK, &p)
}

func (c *apiCall) addPerson(fresh tertial.Person, match *apiMatch) error {
	if match != nil {
		return problemf(http.StatusPreconditionFailed, "version_conflict", "there is nobody to change").atHeader("If-Match")
	}
	ctx := c.r.Context()
	if _, _, err := c.house.SavePeople(ctx, c.stamp("person put"), []tertial.Person{fresh}); err != nil {
		return err
	}
	p, err := c.house.Person(ctx, fresh.Email)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", apiPrefix+"/people/"+url.PathEscape(p.Email))
	return c.showPerson(http.StatusCreated, &p)
}

// readPerson reads a person as sent, of the address in the path.
func readPerson(f *apiFields, email string) (tertial.Person, error) {
	p := tertial.Person{Email: email, Frequency: tertial.Daily}
	f.need("name")
	set(&p.Name, f.filled("name", apiName))
	if given := f.text("email", 320); given != nil && !strings.EqualFold(*given, email) {
		f.broken("email", "is another than the address in the path; an address is changed in the pages")
	}
	set(&p.Language, apiWord(f, "language", "", "sv", "en"))
	set(&p.Frequency, apiWord(f, "frequency", tertial.Daily, tertial.Weekly))
	p.Manager, p.Deputy = readAddress(f, "manager"), readAddress(f, "deputy")
	set(&p.AwayFrom, f.date("away_from"))
	set(&p.AwayTo, f.date("away_to"))
	if !p.AwayTo.IsZero() && (p.AwayFrom.IsZero() || p.AwayTo.Before(p.AwayFrom)) {
		f.broken("away_to", "wants an away_from before it")
	}
	p.Holdings = []tertial.Holding{}
	for _, inner := range f.objects("holdings", 4*apiList) {
		inner.need("role")
		var h tertial.Holding
		set(&h.Role, inner.filled("role", apiName))
		if strings.Contains(h.Role, ";") {
			inner.broken("role", "holds a ; which parts roles from each other in files")
		}
		set(&h.From, inner.date("from"))
		set(&h.To, inner.date("to"))
		if !h.To.IsZero() && h.To.Before(h.From) {
			inner.broken("to", "lies before from")
		}
		p.Holdings = append(p.Holdings, h)
	}
	return p, f.done()
}

// readAddress reads a mail address; the empty one is none.
func readAddress(f *apiFields, name string) string {
	given := f.text(name, 320)
	if given == nil || *given == "" {
		return ""
	}
	address, err := gap.Address(*given)
	if err != nil {
		f.broken(name, "%s", apiReason(err, tertial.ErrInvalid))
	}
	return address
}
