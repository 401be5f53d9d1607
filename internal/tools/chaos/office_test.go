//go:build linux

package chaos

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/lib/pq"
	_ "modernc.org/sqlite"

	"tertial/internal/tertial"
	"tertial/internal/tools/smtptest"
)

// The days of an office. Everything is taken in on the first; mail goes on the second from half past seven.
const (
	takenIn = "2026-11-16T12:00"
	mailDay = "2026-11-17"
	sendAt  = mailDay + "T07:30"
)

// later is the instant some minutes after mail begins to go.
func later(minutes int) string {
	at := time.Date(2026, 11, 17, 7, 30, 0, 0, time.UTC).Add(time.Duration(minutes) * time.Minute)
	return at.Format("2006-01-02T15:04")
}

// office is an instance of the program with its people.
type office struct {
	t        *testing.T
	folder   string
	database string
	env      []string
	people   int

	hidden  bool                // only the program can open the database
	blamed  map[string]bool     // whose mail has failed, because too many workers died while they had it
	through []string            // a command line before the program's
	who     *syscall.Credential // who runs the program, nil for the test's own user
}

// command is the program with a command line, not yet started.
func (o *office) command(args ...string) *exec.Cmd {
	c := command(o.folder, o.env, append(slices.Concat(o.through, []string{program}), args...)...)
	c.SysProcAttr.Credential = o.who
	return c
}

// newOffice takes people and their actions in. Mail goes to address.
func newOffice(t *testing.T, database string, people int, address string, env ...string) *office {
	t.Helper()
	o := bare(t, database, people, address, env...)
	o.takesIn()
	return o
}

// takesIn has the analysis and the people taken in.
func (o *office) takesIn() {
	o.t.Helper()
	o.verb("import", o.file("gap.csv", o.gap()), "--plan-year", "2027", "--as-of", takenIn, "--apply")
	o.verb("person", "import", o.file("people.csv", o.staff()), "--as-of", takenIn)
}

// bare is an office in which nothing has been done yet.
func bare(t *testing.T, database string, people int, address string, env ...string) *office {
	t.Helper()
	o := &office{t: t, folder: t.TempDir(), database: database, people: people}
	o.env = append([]string{"TERTIAL_DATABASE=" + database, "TERTIAL_MAIL_SMTP_TLS=none", "TERTIAL_MAIL_FROM=tertial@stad.example",
		"TERTIAL_LISTEN=127.0.0.1:0", "HOME=" + o.folder}, mailTo(t, address)...)
	o.env = append(o.env, env...)
	return o
}

// mailTo are the variables that have mail go to an address.
func mailTo(t *testing.T, address string) []string {
	t.Helper()
	host, port := split(t, address)
	return []string{"TERTIAL_MAIL_SMTP_HOST=" + host, "TERTIAL_MAIL_SMTP_PORT=" + port}
}

// file puts a file into the office's folder and returns its path.
func (o *office) file(name, content string) string {
	o.t.Helper()
	path := filepath.Join(o.folder, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		o.t.Fatal(err)
	}
	return path
}

func address(i int) string { return fmt.Sprintf("p%05d@stad.example", i) }

// clause is a clause of each person's own.
func clause(n int) string { return fmt.Sprintf("A.%d.%d.%d", 5+n/9801, 1+n/99%99, 1+n%99) }

// gap is an analysis with an action for each person.
func (o *office) gap() string {
	var b strings.Builder
	b.WriteString("clause,requirement,conformity,observation,proposal,owner,priority,timing\n")
	for n := 1; n <= o.people; n++ {
		fmt.Fprintf(&b, "%s,\"Krav %d.\",Nej,\"Saknas.\",\"Gör sak nummer %d.\",Roll %05d,Ingen,2027-06-30\n", clause(n), n, n, n)
	}
	return b.String()
}

func (o *office) staff() string {
	var b strings.Builder
	b.WriteString("name,email,roles,language,frequency,manager,deputy,away_from,away_to,roles_from\n")
	for n := 1; n <= o.people; n++ {
		fmt.Fprintf(&b, "Person %d,%s,Roll %05d,sv,daily,,,,,\n", n, address(n), n)
	}
	return b.String()
}

// verb runs a verb that must succeed, and returns what it prints.
func (o *office) verb(args ...string) string {
	o.t.Helper()
	r := runs(o.t, o.command(args...))
	if r.code != 0 {
		o.t.Fatalf("tertial %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.errs)
	}
	return r.out
}

// fails runs a verb that must fail with a code, and returns what it says of it.
func (o *office) fails(code int, args ...string) string {
	o.t.Helper()
	r := runs(o.t, o.command(args...))
	if r.code != code {
		o.t.Fatalf("tertial %s: exit %d, want %d\n%s%s", strings.Join(args, " "), r.code, code, r.out, r.errs)
	}
	return r.errs
}

// reads has a verb print JSON.
func (o *office) reads(v any, args ...string) {
	o.t.Helper()
	if err := json.Unmarshal([]byte(o.verb(append(args, "-o", "json")...)), v); err != nil {
		o.t.Fatal(err)
	}
}

// serve starts a daemon whose clock begins at an instant.
func (o *office) serve(asOf string, env ...string) *daemon {
	o.t.Helper()
	c := o.command("serve", "--as-of", asOf)
	c.Env = append(slices.Clone(c.Env), env...)
	return background(o.t, c)
}

// list is every message as the program lists them.
func (o *office) list() []tertial.Message {
	o.t.Helper()
	var list struct{ Messages []tertial.Message }
	o.reads(&list, "mail", "list")
	return list.Messages
}

// states counts the messages by state, as the program shows them.
func (o *office) states() map[tertial.MessageState]int {
	o.t.Helper()
	n := map[tertial.MessageState]int{}
	if o.hidden {
		for _, m := range o.list() {
			n[m.State]++
		}
		return n
	}
	for _, state := range o.texts(`SELECT CASE state WHEN 'composing' THEN 'queued' ELSE state END FROM messages`) {
		n[tertial.MessageState(state)]++
	}
	return n
}

// open opens the office's database beside the program.
func (o *office) open() *sql.DB {
	o.t.Helper()
	driver, dsn := "sqlite", "file:"+o.database+"?_pragma=busy_timeout(20000)"
	if o.isPostgres() {
		driver, dsn = "postgres", o.database
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		o.t.Fatal(err)
	}
	return db
}

func (o *office) isPostgres() bool { return strings.HasPrefix(o.database, "postgres") }

// texts reads a column of text from the database.
func (o *office) texts(query string) []string {
	o.t.Helper()
	db := o.open()
	defer db.Close()
	rows, err := db.QueryContext(context.WithoutCancel(o.t.Context()), query)
	if err != nil {
		o.t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			o.t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		o.t.Fatal(err)
	}
	return all
}

// change runs a statement on the database.
func (o *office) change(statement string) {
	o.t.Helper()
	db := o.open()
	defer db.Close()
	if _, err := db.ExecContext(context.WithoutCancel(o.t.Context()), statement); err != nil {
		o.t.Fatalf("%s: %v", statement, err)
	}
}

// leasesEnd lets the half minute pass for which PostgreSQL waits for a worker that does not answer.
func (o *office) leasesEnd() {
	o.t.Helper()
	if o.isPostgres() {
		o.change(`UPDATE messages SET lease_until = 1 WHERE state = 'sending'`)
	}
}

// sent are the addresses of the mails of which the program knows that a server has them.
func (o *office) sent() []string {
	o.t.Helper()
	return o.in(tertial.MessageSent)
}

// in are the addresses of the mails in some states, by a quicker way than the list where there is one.
func (o *office) in(states ...tertial.MessageState) (all []string) {
	o.t.Helper()
	if !o.hidden {
		var quoted []string
		for _, s := range states {
			quoted = append(quoted, "'"+string(s)+"'")
		}
		return o.texts(`SELECT address FROM messages WHERE state IN (` + strings.Join(quoted, ", ") + `)`)
	}
	for _, m := range o.list() {
		if slices.Contains(states, m.State) {
			all = append(all, m.To)
		}
	}
	return all
}

// settled holds what must be true of an office in which everything has come to its end: each person was told of the
// action, by one mail; more copies than one, of the same bytes under the same Message-ID, have those alone who are
// allowed them, and no more than that; every mail at the servers is known, and every mail that is called sent is there; the log is whole
// and has each mail's end once; nobody holds a claim.
func (o *office) settled(allowed map[string]int, posts ...*post) {
	o.t.Helper()
	got := copies(o.t, posts...)
	told := map[string]int{}
	for _, m := range o.list() {
		told[m.To]++
		switch {
		case o.blamed[m.To] && m.State == tertial.MessageFailed:
		case m.State != tertial.MessageSent:
			o.t.Errorf("P4: message %d to %s ended as %s: %s", m.ID, m.To, m.State, m.Error)
		case len(m.Items) != 1 || m.Day.String() != mailDay:
			o.t.Errorf("message %d to %s is of %s and tells %v", m.ID, m.To, m.Day, m.Items)
		case len(got[m.To]) == 0:
			o.t.Errorf("message %d to %s is called sent, and no server has it", m.ID, m.To)
		case header(got[m.To][0], "Message-ID") != m.MessageID:
			o.t.Errorf("%s has %s, and it is listed as %s", m.To, header(got[m.To][0], "Message-ID"), m.MessageID)
		}
		sameBytes(o.t, got[m.To])
		if extra := len(got[m.To]) - 1; extra > allowed[m.To] {
			o.t.Errorf("P5: %s got %d copies too many, at most %d may be", m.To, extra, allowed[m.To])
		}
	}
	for n := 1; n <= o.people; n++ {
		if told[address(n)] != 1 {
			o.t.Errorf("P3: %s is told by %d mails, want 1", address(n), told[address(n)])
		}
	}
	for to := range got {
		if told[to] == 0 {
			o.t.Errorf("the mail to %s is nobody's", to)
		}
	}
	o.logged()
}

// sameBytes holds copies of one mail against each other.
func sameBytes(t *testing.T, all []smtptest.Mail) {
	t.Helper()
	for _, m := range all[min(1, len(all)):] {
		if string(m.Raw) != string(all[0].Raw) {
			t.Errorf("P6: the copies for %s differ:\n%s\n%s", m.To, all[0].Raw, m.Raw)
		}
	}
}

// logged holds the log: it is whole, and says of each sent message once that it was.
func (o *office) logged() {
	o.t.Helper()
	var proof struct{ Whole bool }
	if o.reads(&proof, "log", "verify"); !proof.Whole {
		o.t.Error("the log is not whole")
	}
	var log struct{ Entries []tertial.Entry }
	o.reads(&log, "log")
	said := map[string]int{}
	for _, e := range log.Entries {
		if e.Verb == string(tertial.MessageSent) {
			said[e.Subject]++
		}
	}
	for _, m := range o.list() {
		if n := said[fmt.Sprintf("message %d", m.ID)]; m.State == tertial.MessageSent && n != 1 {
			o.t.Errorf("P2: the log says %d times that message %d was sent", n, m.ID)
		}
	}
}
