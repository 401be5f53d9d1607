//go:build linux

package chaos

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"tertial/internal/tertial"
	"tertial/internal/tools/pgtest"
	"tertial/migrations"
)

// old makes a database as the first schema had it, with what the office has, and mails in every state that there was:
// 1 and those from 6 queued, 2 being sent, 3 being sent and marked, 4 in doubt, 5 sent. It is the office's database afterwards.
func (o *office) old(database string) {
	o.t.Helper()
	source := o.open()
	defer source.Close()
	o.database = database
	o.env = append(o.env, "TERTIAL_DATABASE="+database)
	db := o.open()
	defer db.Close()
	dialect, name := goose.DialectSQLite3, "sqlite"
	if o.isPostgres() {
		dialect, name = goose.DialectPostgres, "postgres"
	}
	files, err := migrations.For(name)
	if err != nil {
		o.t.Fatal(err)
	}
	p, err := goose.NewProvider(dialect, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		o.t.Fatal(err)
	}
	if _, err := p.UpTo(o.t.Context(), 1); err != nil {
		o.t.Fatal(err)
	}
	for table, columns := range firstSchema(o.t, files) {
		o.copyTable(source, db, table, columns)
	}
	at := time.Date(2026, 11, 17, 6, 30, 0, 0, time.UTC).UnixMilli()
	for _, statement := range []string{
		`DELETE FROM meta WHERE key = 'home'`, // it is set anew, as that of a database that was made here
		fmt.Sprintf(`UPDATE messages SET state = 'sending', fence = 1, attempts = 1, worker = 'old/1', lease_until = %s WHERE id IN (2, 3)`, map[bool]string{true: "1", false: "NULL"}[o.isPostgres()]),
		fmt.Sprintf(`UPDATE messages SET state = 'unknown', fence = 1, attempts = 1, worker = 'old/1', next_try = %d WHERE id = 4`, at+900_000),
		fmt.Sprintf(`UPDATE messages SET state = 'sent', fence = 1, attempts = 1, worker = 'old/1', next_try = NULL, sent_at = %[1]d, ended_at = %[1]d WHERE id = 5`, at),
		`UPDATE notices SET state = 'told' WHERE message_id = 5`,
		fmt.Sprintf(`INSERT INTO attempts (message_id, fence, worker, claimed_at, marked_at, ended_at, verdict) VALUES
			(2, 1, 'old/1', %[1]d, NULL, NULL, ''), (3, 1, 'old/1', %[1]d, %[1]d, NULL, ''),
			(4, 1, 'old/1', %[1]d, %[1]d, %[1]d, 'unknown'), (5, 1, 'old/1', %[1]d, %[1]d, %[1]d, 'accepted')`, at),
	} {
		o.change(statement)
	}
	if !o.isPostgres() {
		o.change(`PRAGMA application_id = 0x74657274`)
		o.change(`PRAGMA journal_mode = WAL`)
	}
}

var (
	tablePattern  = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \(\n(.*?)\n\)`)
	columnPattern = regexp.MustCompile(`(?m)^    ([a-z]\w*) +[A-Z]`)
)

// firstSchema reads the first migration: its tables with their columns.
func firstSchema(t *testing.T, files fs.FS) map[string][]string {
	t.Helper()
	names, err := fs.Glob(files, "00001_*.sql")
	if err != nil || len(names) != 1 {
		t.Fatalf("the first migration: %v %v", names, err)
	}
	text, err := fs.ReadFile(files, names[0])
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string][]string{}
	for _, table := range tablePattern.FindAllStringSubmatch(string(text), -1) {
		for _, column := range columnPattern.FindAllStringSubmatch(table[2], -1) {
			tables[table[1]] = append(tables[table[1]], column[1])
		}
	}
	if len(tables) < 15 {
		t.Fatalf("read %d tables; the pattern no longer fits the file", len(tables))
	}
	return tables
}

// copyTable copies the rows of a table, as far as the old one has columns for them.
func (o *office) copyTable(from, to *sql.DB, table string, columns []string) {
	o.t.Helper()
	list := strings.Join(columns, ", ")
	rows, err := from.QueryContext(o.t.Context(), `SELECT `+list+` FROM `+table)
	if err != nil {
		o.t.Fatalf("%s: %v", table, err)
	}
	defer rows.Close()
	err = o.alone(to, func(ctx context.Context, conn *sql.Conn) error {
		if _, err := conn.ExecContext(ctx, `DELETE FROM `+table); err != nil {
			return err
		}
		for rows.Next() {
			values, places, targets := make([]any, len(columns)), make([]string, len(columns)), make([]any, len(columns))
			for i := range values {
				targets[i], places[i] = &values[i], fmt.Sprintf("$%d", i+1)
			}
			if err := rows.Scan(targets...); err != nil {
				return err
			}
			if _, err := conn.ExecContext(ctx, `INSERT INTO `+table+` (`+list+`) VALUES (`+strings.Join(places, ", ")+`)`, values...); err != nil {
				return err
			}
		}
		if o.isPostgres() && columns[0] == "id" && table != "log_head" {
			if _, err := conn.ExecContext(ctx, `SELECT setval(pg_get_serial_sequence('`+table+`', 'id'), (SELECT COALESCE(MAX(id), 0) + 1 FROM `+table+`), false)`); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err != nil {
		o.t.Fatalf("%s: %v", table, err)
	}
}

// alone works in one transaction in which no reference is checked.
func (o *office) alone(db *sql.DB, work func(context.Context, *sql.Conn) error) error {
	ctx := o.t.Context()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	begin := []string{`PRAGMA foreign_keys = OFF`, `BEGIN`}
	if o.isPostgres() {
		begin = []string{`BEGIN`, `SET LOCAL session_replication_role = replica`}
	}
	for _, statement := range begin {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	if err := work(ctx, conn); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, `COMMIT`)
	return err
}

// newest is the schema that the program knows.
func newest(t *testing.T) int64 {
	t.Helper()
	n, err := migrations.Newest("sqlite")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// schema is the number of the last migration that the program says was applied.
func (o *office) schema() (version int64) {
	o.t.Helper()
	var list struct {
		Migrations []struct {
			Version int64
			Applied bool
		}
	}
	o.reads(&list, "migrate", "status")
	for _, m := range list.Migrations {
		if m.Applied {
			version = max(version, m.Version)
		}
	}
	return version
}

// onOld runs a test on a database of the first schema, of both kinds.
func onOld(t *testing.T, people int, test func(t *testing.T, o *office, relay *post)) {
	t.Helper()
	onBoth(t, func(t *testing.T, database string) {
		relay := newPost(t)
		o := newOffice(t, database, people, relay.Addr())
		o.verb("run", "remind", "--as-of", sendAt)
		if o.isPostgres() {
			o.old(pgtest.URL(t))
		} else {
			o.old(filepath.Join(t.TempDir(), "old.db"))
		}
		if v := o.schema(); v != 1 {
			t.Fatalf("the old database has schema %d", v)
		}
		test(t, o, relay)
	})
}

// sends has the mails of an old database sent by the program of today, and looks at what becomes of each.
func (o *office) sends(relay *post) {
	o.t.Helper()
	o.comesBack(20)
	got := copies(o.t, relay)
	for _, m := range o.list() {
		want := 1
		if m.ID == 5 {
			want = 0
		}
		if n := len(got[m.To]); n != want || m.State != tertial.MessageSent {
			o.t.Errorf("message %d is %s and came %d times, want %d", m.ID, m.State, n, want)
		}
	}
	var log struct{ Entries []tertial.Entry }
	o.reads(&log, "log")
	if !slices.ContainsFunc(log.Entries, func(e tertial.Entry) bool { return e.Subject == "message 3" && e.Verb == "unknown" }) {
		o.t.Error("the mail that was marked when the old program ended was not taken to be in doubt")
	}
	var proof struct{ Whole bool }
	if o.reads(&proof, "log", "verify"); !proof.Whole {
		o.t.Error("the log is not whole")
	}
}

// A database that an older program made is brought up, by however many processes at once, and everything goes on. Proves F44 and P32, as far as
// one version of the program can.
func TestAnOldDatabaseIsBroughtUp(t *testing.T) {
	t.Parallel()
	t.Run("F44 P32 a daemon brings it up and sends", func(t *testing.T) {
		onOld(t, 8, func(t *testing.T, o *office, relay *post) { o.sends(relay) })
	})
	t.Run("F44 four processes at once", func(t *testing.T) {
		onOld(t, 60, func(t *testing.T, o *office, relay *post) {
			var all []*daemon
			for range 4 {
				all = append(all, background(t, o.command("migrate", "up")))
			}
			for _, d := range all {
				if code := d.ends(); code != 0 {
					t.Errorf("migrate up: exit %d: %s", code, d.said())
				}
			}
			if v := o.schema(); v != newest(t) {
				t.Errorf("got schema %d", v)
			}
			o.sends(relay)
		})
	})
	t.Run("F44 a newer schema is refused", func(t *testing.T) {
		onBoth(t, func(t *testing.T, database string) {
			o := newOffice(t, database, 2, "127.0.0.1:1")
			o.change(fmt.Sprintf(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, TRUE)`, newest(t)+1))
			for _, line := range []string{"serve", "run remind deliver", "action list", "mail list", "migrate up", "log verify"} {
				if said := o.fails(5, strings.Fields(line)...); !strings.Contains(said, "newer program") {
					t.Errorf("%s: got %s", line, said)
				}
			}
		})
	})
}

// A migration that is killed leaves the schema before it or the one after it, and goes through when it is run again.
func TestAMigrationIsKilled(t *testing.T) {
	t.Parallel()
	onOld(t, 600, func(t *testing.T, o *office, relay *post) {
		t.Run("F44 migrate up is killed half-way", func(t *testing.T) {
			o.t = t
			random, restore := chance(t), o.pristine()
			begun := time.Now()
			o.verb("migrate", "up")
			whole := time.Since(begun)
			killed := 0
			for range rounds(12) {
				restore()
				if o.upTo(random, whole) {
					killed++
				}
				if v := o.schema(); v < 1 || v > newest(t) {
					t.Fatalf("got schema %d", v)
				}
				o.verb("migrate", "up")
				if v := o.schema(); v != newest(t) {
					t.Fatalf("got schema %d after it was run again", v)
				}
			}
			t.Logf("%d of %d were killed before they had ended; a whole one takes %v", killed, rounds(12), whole.Round(time.Millisecond))
			o.sends(relay)
		})
	})
}

// upTo begins to bring the schema up and kills that at some moment; it reports whether that came before its end.
func (o *office) upTo(random *rand.Rand, whole time.Duration) bool {
	o.t.Helper()
	d := background(o.t, o.command("migrate", "up"))
	time.Sleep(time.Duration(random.Int64N(int64(whole))))
	d.kill()
	return !d.cmd.ProcessState.Success()
}

// pristine keeps the office's database as it is, and returns what puts it back.
func (o *office) pristine() (restore func()) {
	o.t.Helper()
	if !o.isPostgres() {
		o.change(`PRAGMA wal_checkpoint(TRUNCATE)`)
		kept, err := os.ReadFile(o.database)
		if err != nil {
			o.t.Fatal(err)
		}
		return func() {
			for _, end := range []string{"-wal", "-shm"} {
				_ = os.Remove(o.database + end) // it need not be there
			}
			if err := os.WriteFile(o.database, kept, 0o600); err != nil {
				o.t.Fatal(err)
			}
		}
	}
	source, err := url.Parse(o.database)
	if err != nil {
		o.t.Fatal(err)
	}
	name := strings.TrimPrefix(source.Path, "/")
	admin := *source
	admin.Path = "/postgres"
	keeper := &office{t: o.t, database: admin.String()}
	keeper.change("CREATE DATABASE " + name + "_kept TEMPLATE " + name)
	o.t.Cleanup(func() {
		keeper.change("DROP DATABASE " + name + "_kept WITH (FORCE)")
	})
	return func() {
		keeper.change("DROP DATABASE " + name + " WITH (FORCE)")
		keeper.change("CREATE DATABASE " + name + " TEMPLATE " + name + "_kept")
	}
}
