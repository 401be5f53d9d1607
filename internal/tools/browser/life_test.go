//go:build linux

package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// instance is a house of its own, with the daemon as of any instant.
type instance struct {
	t      *testing.T
	folder string
	site   string
	out    *output
	stop   func()
}

func newInstance(t *testing.T, language string) *instance {
	t.Helper()
	address := freeAddress(t)
	i := &instance{t: t, folder: t.TempDir(), site: "http://" + address, out: &output{}}
	i.file("tertial.yaml", fmt.Sprintf("database: %s/t.db\nlisten: %s\nlanguage: %s\norganisation: Förvaltningen\nwheel:\n  - {key: T1, dates: {2027: 2027-05-10}}\n", i.folder, address, language))
	return i
}

func (i *instance) file(name, content string) string {
	i.t.Helper()
	path := filepath.Join(i.folder, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		i.t.Fatal(err)
	}
	return path
}

// verb runs a verb beside the daemon.
func (i *instance) verb(args ...string) string {
	i.t.Helper()
	cmd := exec.Command(program, append([]string{"-c", filepath.Join(i.folder, "tertial.yaml")}, args...)...)
	cmd.Env = environment()
	out, err := cmd.Output()
	if err != nil {
		i.t.Fatalf("tertial %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// serve starts the daemon as of an instant, in the place of the one before.
func (i *instance) serve(asOf string) {
	i.t.Helper()
	if i.stop != nil {
		i.stop()
	}
	cmd := exec.Command(program, "-c", filepath.Join(i.folder, "tertial.yaml"), "serve", "--as-of", asOf)
	cmd.Env = environment()
	cmd.Stdout, cmd.Stderr = i.out, i.out
	if err := cmd.Start(); err != nil {
		i.t.Fatal(err)
	}
	i.stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
	i.t.Cleanup(i.stop)
	i.until("the daemon serves as of "+asOf, func() bool { return strings.Count(i.out.String(), "msg=serving") > 0 && answers(i.site) })
}

func (i *instance) until(what string, holds func() bool) {
	i.t.Helper()
	for begun := time.Now(); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Since(begun) > 2*slow {
			i.t.Fatalf("not in time: %s\n%s", what, i.out)
		}
	}
}

// The whole life of an action, in a browser: an analysis is imported, its date confirmed, the mail goes out, its owner answers by the
// link in it, the coordinator confirms, and the figures for management count it.
func TestTheLifeOfAnAction(t *testing.T) {
	needsBrowser(t)
	for _, l := range []look{desktop, phone.in("en-GB"), desktop.in("en-GB").withoutScript(), phone.withoutScript()} {
		t.Run(l.name()+map[bool]string{true: "-without-script"}[l.noScript], func(t *testing.T) { live(t, l) })
	}
}

func live(t *testing.T, l look) {
	i := newInstance(t, l.language[:2])
	i.serve("2027-02-01T12:00")
	first := regexp.MustCompile(regexp.QuoteMeta(i.site) + `/setup/\S+`).FindString(i.out.String())
	if first == "" {
		t.Fatalf("the first start prints no link:\n%s", i.out)
	}

	// The first person is let in, and coordinates.
	b := newTab(t, i.site, l)
	b.open(first)
	b.fill("#name", "Saga Lindmark")
	b.fill("#email", "saga@stad.example")
	b.click(`form[action^="/setup/"] button`)
	if b.at() != "/overview" {
		t.Fatalf("the set-up leads to %s", b.at())
	}
	other := newTab(t, i.site, l)
	if status := other.open(first); status != 404 {
		t.Errorf("the link of the set-up answers %d a second time", status)
	}
	i.verb("person", "import", i.file("people.csv", "name,email,roles,language,frequency,manager,deputy,away_from,away_to,roles_from\n"+
		"Nils Ek,nils@stad.example,Säkerhetssamordnare,"+l.language[:2]+",daily,,,,,\nYlva Berg,ylva@stad.example,Ledning,sv,daily,,,,,\n"), "--as-of", "2027-02-01T12:00")

	// An analysis comes in: looked at first, then stored.
	analysis := i.file("gap.csv", "clause;requirement;conformity;observation;proposal;owner;priority;timing\n"+
		"7.2;Kompetens ska finnas.;Nej;Listan saknas.;Ta fram en lista över utbildningsbehov.;Säkerhetssamordnare;Hög;så småningom\n")
	b.open("/imports")
	b.do("choosing a file", chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{analysis}))
	b.fill("#plan_year", "2027")
	b.click(`form[action="/imports/preview"] button`)
	b.says("7.2", "Ta fram en lista över utbildningsbehov")
	b.picture("life-preview")
	if strings.Contains(i.verb("action", "list"), "2027-7.2") {
		t.Error("looking at a file has stored it")
	}
	b.click(`main form[action="/imports"] button`)
	b.says("gap.csv")

	// Its date is settled.
	b.open("/dates")
	b.says("så småningom")
	b.picture("life-dates")
	b.check(`input[name="answer"][value="date"]`)
	b.fill(`input[name="date"]`, "2027-03-31")
	b.click(`form[action="/dates"] button`)
	b.open("/actions/2027-7.2")
	b.says("2027-03-31")

	// The next morning the mail goes out.
	i.serve("2027-02-02T07:30")
	i.until("the mail is there", func() bool { return strings.Contains(i.verb("mail", "list"), "nils@stad.example") })
	i.until("the mail is kept", func() bool {
		return strings.Contains(i.verb("mail", "list", "--state", "captured"), "nils@stad.example")
	})
	b.open("/mail")
	b.says("nils@stad.example")
	b.follow(`//main//tr[contains(., "nils@stad.example")]//th//a`)
	b.picture("life-mail")
	link := regexp.MustCompile(regexp.QuoteMeta(i.site) + `/a/[\w-]+\?svar=done`).FindString(b.text())
	if link == "" {
		t.Fatalf("the mail has no link to answer by:\n%s", b.text())
	}

	// The owner answers. To look changes nothing, and to send without a choice neither.
	owner := newTab(t, i.site, l)
	for range 3 {
		owner.open(link)
	}
	owner.says("Ta fram en lista")
	owner.picture("life-answer")
	if got := i.action("2027-7.2"); got.Status != "open" {
		t.Errorf("looking at the page has made it %s", got.Status)
	}
	owner.click(`main form button`)
	if got := i.action("2027-7.2"); got.Status != "open" {
		t.Errorf("an answer without a choice has made it %s", got.Status)
	}
	owner.check(`input[name="kind"][value="done"]`)
	owner.fill(`textarea[name="text.done"]`, "Listan är beslutad.")
	owner.click(`main form button`)
	owner.picture("life-receipt")
	if got := i.action("2027-7.2"); got.Status != "reported_done" {
		t.Fatalf("the owner said done, and it is %s", got.Status)
	}
	owner.open("/overview")
	if !strings.HasPrefix(owner.at(), "/signin") {
		t.Errorf("a link has let somebody in: %s", owner.at())
	}

	// The coordinator sees it, and confirms.
	b.open("/actions/2027-7.2")
	b.says("Listan är beslutad.")
	b.fill(`#done-note`, "Sedd och godkänd.")
	b.click(`form[action="/actions/2027-7.2/done"] button`)
	b.picture("life-done")
	if got := i.action("2027-7.2"); got.Status != "done" {
		t.Fatalf("the coordinator has confirmed, and it is %s", got.Status)
	}

	// The figures count it.
	b.open("/overview")
	b.picture("life-overview")
	i.verb("run", "digest", "--as-of", "2027-05-17T08:00")
	if d := i.digest(); d.Total.Done != 1 || d.Total.Total != 1 {
		t.Errorf("the digest counts %+v, want one of one done", d.Total)
	}
}

// shownAction is what the command line tells of an action.
type shownAction struct {
	Status string `json:"status"`
}

func (i *instance) action(ref string) (a shownAction) {
	i.t.Helper()
	if err := json.Unmarshal([]byte(i.verb("action", "show", ref, "-o", "json")), &a); err != nil {
		i.t.Fatal(err)
	}
	return a
}

// shownDigest is what the command line tells of a digest.
type shownDigest struct {
	Total struct {
		Done  int `json:"done"`
		Total int `json:"total"`
	} `json:"total"`
}

func (i *instance) digest() shownDigest {
	i.t.Helper()
	var list struct {
		Messages []struct {
			Kind   string       `json:"kind"`
			Digest *shownDigest `json:"digest"`
		} `json:"messages"`
	}
	if err := json.Unmarshal([]byte(i.verb("mail", "list", "-o", "json")), &list); err != nil {
		i.t.Fatal(err)
	}
	for _, m := range list.Messages {
		if m.Kind == "digest" && m.Digest != nil {
			return *m.Digest
		}
	}
	i.t.Fatal("there is no digest")
	return shownDigest{}
}
