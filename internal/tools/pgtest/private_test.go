package pgtest

import (
	"errors"
	"io/fs"
	"os"
	"testing"
)

func TestAClusterOfItsOwnIsStoppedKilledAndStarted(t *testing.T) {
	dir := ""
	t.Run("life", func(t *testing.T) {
		c := Start(t, "max_connections=7")
		dir = c.dir
		c.Exec(`CREATE TABLE t (n int)`)
		db := open(t, c.URL())
		var max string
		if err := db.QueryRow(`SHOW max_connections`).Scan(&max); err != nil || max != "7" {
			t.Errorf("max_connections: got %q, %v; want 7", max, err)
		}
		c.Stop()
		if err := c.exec(`SELECT 1`); err == nil {
			t.Error("it answers after a stop")
		}
		c.Start()
		c.Exec(`INSERT INTO t VALUES (1)`)
		c.Kill()
		c.Start()
		var n int
		if err := db.QueryRow(`SELECT n FROM t`).Scan(&n); err != nil || n != 1 {
			t.Errorf("after a kill: got %d, %v; want what was committed", n, err)
		}
		conn, err := c.Dial()
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	if dir == "" {
		t.Skip("not tested on a PostgreSQL of its own")
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its files are still there: %v", err)
	}
}
