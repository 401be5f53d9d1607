//go:build linux

package chaos

import (
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tertial/internal/tertial"
	"tertial/internal/tools/smtptest"
)

// recovery is within what time a daemon must be at work after its database is back. On a machine so slow that this
// is not enough, nobody is promised anything either.
const recovery = 60 * time.Second

// A daemon survives its database, whatever becomes of that in the middle of a delivery: it is at work again within a minute, without being
// started anew, says meanwhile that it is not ready, and what it sent without being able to write it down is at most doubtful. Proves F26, F27, F28, F30, P30.
func TestTheDatabaseGoesAwayInMidDelivery(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		trips bool // the daemon must have noticed
		away  func(c *cluster)
		back  func(c *cluster)
	}{
		{"F26 P30 a backend is killed", false,
			func(c *cluster) {
				for _, pid := range c.backends() {
					_ = syscall.Kill(pid, syscall.SIGKILL) // which ends all others as well
				}
			}, func(*cluster) {}},
		{"F27 P30 the server is killed and started again", true,
			func(c *cluster) { c.ends(syscall.SIGKILL) }, func(c *cluster) { c.start() }},
		{"F28 P30 the server is stopped for a while", true,
			func(c *cluster) { c.ends(syscall.SIGINT) }, func(c *cluster) { c.start() }},
		{"F30 P30 the server becomes read-only for a while", false,
			func(c *cluster) {
				c.exec(`ALTER DATABASE office SET default_transaction_read_only = on`)
				c.exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tertial'`)
			}, func(c *cluster) {
				c.exec(`ALTER DATABASE office RESET default_transaction_read_only`)
				c.exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tertial'`)
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t)
			relay := newPost(t)
			o := newOffice(t, c.make("office"), 150, relay.Addr())
			var dots atomic.Int32
			reached, resumed := newGate(t), newGate(t)
			relay.does(func(turn smtptest.Turn) smtptest.Move {
				if turn.Phase == smtptest.Dot && dots.Add(1) > 20 { // in the middle
					reached.reach.Do(func() { close(reached.reached) })
					<-resumed.open
				}
				return smtptest.Move{}
			})
			d := o.serve(sendAt)
			eventually(t, "mail goes", reached.isReached)
			tt.away(c)
			if tt.trips {
				eventually(t, "it says that it is not ready", func() bool {
					code, a := d.ready()
					return code == http.StatusServiceUnavailable && a.Database == "unreachable"
				})
			}
			resumed.let() // the relay goes on taking what is at its dot
			tt.back(c)
			within(t, recovery, "it is ready again", func() bool { code, a := d.ready(); return code == http.StatusOK && a.Database == "ok" })
			begun := time.Now()
			within(t, recovery, "it is at work again", func() bool { n := o.states(); return n[tertial.MessageQueued] == 0 || n[tertial.MessageSent] > 40 })
			t.Logf("at work again %v after the database was back", time.Since(begun).Round(time.Millisecond))
			eventually(t, "the rest is sent or in doubt", func() bool {
				n := o.states()
				return n[tertial.MessageSent]+n[tertial.MessageUnknown] == o.people || o.leasesLeft()
			})
			d.stops()
			o.leasesEnd()
			allowed := map[string]int{}
			for to := range copies(t, relay) {
				allowed[to] = 1
			}
			for _, to := range o.sent() {
				allowed[to] = 0
			}
			t.Logf("%d mails are in doubt", tooManyAllowed(allowed))
			o.comesBack(20)
			o.settled(allowed, relay)
		})
	}
}

func tooManyAllowed(allowed map[string]int) (n int) {
	for _, a := range allowed {
		n += a
	}
	return n
}

// leasesLeft reports whether all that is left are claims that nobody can give back before their leases end.
func (o *office) leasesLeft() bool {
	n := o.states()
	return n[tertial.MessageQueued] == 0 && n[tertial.MessageSending] > 0
}

// Where no connection is to be had for a while, daemons ask again at growing distances: never for more than they may
// have, and no storm of them. They need no rights beyond those of their database's owner. Proves F29 and P30.
func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	t.Run("F29 P30 no connection is to be had for a while", func(t *testing.T) {
		c := newCluster(t)
		c.exec(`CREATE ROLE clerk LOGIN`)
		c.exec(`CREATE DATABASE office OWNER clerk`)
		c.exec(`ALTER SYSTEM SET log_connections = on`)
		c.exec(`SELECT pg_reload_conf()`)
		relay, gate := newPost(t), newGate(t)
		o := newOffice(t, strings.Replace(c.url("office"), "user=tertial", "user=clerk", 1), 150, relay.Addr())
		o.verb("run", "remind", "--as-of", sendAt)
		var dots atomic.Int32
		relay.does(func(turn smtptest.Turn) smtptest.Move {
			if turn.Phase == smtptest.Dot && dots.Add(1) > 20 {
				gate.hold()
			}
			return smtptest.Move{}
		})
		replicas := []*daemon{o.serve(sendAt), o.serve(sendAt)}
		for _, d := range replicas {
			d.says("msg=serving")
		}
		eventually(t, "mail goes", gate.isReached)
		if n := len(c.backends()); n > 2*10 {
			t.Errorf("two replicas have %d connections", n)
		}

		c.exec(`ALTER ROLE clerk CONNECTION LIMIT 0`)
		before, begun := c.connections(), time.Now()
		c.exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tertial'`)
		gate.let()
		time.Sleep(10 * time.Second) // of want
		asked, most := c.connections()-before, len(replicas)*(10+2*int(time.Since(begun).Seconds()))
		if t.Logf("asked for %d connections in %v", asked, time.Since(begun).Round(time.Second)); asked > most {
			t.Errorf("%d connections were asked for, at most %d may be", asked, most)
		}
		c.exec(`ALTER ROLE clerk CONNECTION LIMIT -1`)
		for _, d := range replicas {
			within(t, recovery, "it is ready again", func() bool { code, _ := d.ready(); return code == http.StatusOK })
		}
		within(t, recovery, "everything is sent", func() bool { return len(o.sent()) == o.people })
		for _, d := range replicas {
			d.stops()
		}
		o.settled(nil, relay)
	})
}

// Asked to stop while its database is away, a daemon does not wait for it for ever. What it could not write down is in doubt.
func TestAskedToStopWithoutADatabase(t *testing.T) {
	t.Parallel()
	t.Run("F16 F28 asked to stop while the database is away", func(t *testing.T) {
		c := newCluster(t)
		relay, gate := newPost(t), newGate(t)
		o := newOffice(t, c.make("office"), 3, relay.Addr())
		relay.once(smtptest.Dot, 1, func() smtptest.Move { gate.hold(); return smtptest.Move{} })
		d := o.serve(sendAt)
		eventually(t, "mail goes", gate.isReached)
		c.ends(syscall.SIGKILL)
		gate.let()
		eventually(t, "the relay has a mail", func() bool { return len(relay.Mails()) > 0 })
		d.signal(syscall.SIGTERM)
		d.ends()
		c.start()
		o.leasesEnd()
		o.comesBack(20)
		allowed := map[string]int{}
		for to := range copies(t, relay) {
			allowed[to] = 1
		}
		o.settled(allowed, relay)
	})
}
