//go:build linux

package chaos

import (
	"database/sql"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tertial/internal/tools/pgtest"
	"tertial/internal/tools/smtptest"
)

// clone makes the office's database once more, in a place of its own. The copy holds its mail until a person lets it go.
func (o *office) clone(t *testing.T) *office {
	t.Helper()
	target, err := url.Parse(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	source, err := url.Parse(o.database)
	if err != nil {
		t.Fatal(err)
	}
	admin := *target
	admin.Path = "/postgres"
	db, err := sql.Open("postgres", admin.String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	name := strings.TrimPrefix(target.Path, "/")
	for _, statement := range []string{"DROP DATABASE " + name, "CREATE DATABASE " + name + " TEMPLATE " + strings.TrimPrefix(source.Path, "/")} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	c := *o
	c.t, c.folder, c.database = t, t.TempDir(), target.String()
	c.env = append(slices.Clone(o.env), "TERTIAL_DATABASE="+c.database)
	if said := c.fails(5, "run", "deliver", "--as-of", sendAt); !strings.Contains(said, "held") {
		t.Errorf("F45: a copy does not say that it is held: %s", said)
	}
	c.verb("mail", "release", "--as-of", sendAt)
	return &c
}

// crew is an office's replicas, each with a mail server of its own.
type crew struct {
	*office
	posts   []*post
	daemons []*daemon
}

// newCrew starts replicas. None of them sends before each has work: their relays greet nobody until all have been called.
func newCrew(o *office, replicas int) *crew {
	c := &crew{office: o}
	var called sync.WaitGroup
	called.Add(replicas)
	for range replicas {
		p, once := newPost(o.t), &sync.Once{}
		p.does(func(turn smtptest.Turn) smtptest.Move {
			if turn.Phase == smtptest.Banner {
				once.Do(called.Done)
				called.Wait()
			}
			return smtptest.Move{}
		})
		o.t.Cleanup(func() { once.Do(called.Done) })
		c.posts = append(c.posts, p)
	}
	for i := range replicas {
		c.daemons = append(c.daemons, o.serve(sendAt, mailTo(o.t, c.posts[i].Addr())...))
	}
	return c
}

// One to five replicas send the same mails as one, each once, and all of them take part.
func TestReplicasSendWhatOneSends(t *testing.T) {
	t.Parallel()
	model := newOffice(t, pgtest.URL(t), 520, "127.0.0.1:1")
	model.verb("run", "remind", "--as-of", sendAt)
	var want []string
	for _, n := range []int{1, 2, 3, 5} {
		t.Run(fmt.Sprintf("P26 %d replicas", n), func(t *testing.T) {
			c := newCrew(model.clone(t), n)
			eventually(t, "everything is sent", func() bool { return len(c.sent()) == c.people })
			var ids []string
			for i, p := range c.posts {
				c.daemons[i].stops()
				for _, m := range p.Mails() {
					ids = append(ids, header(m, "Message-ID"))
				}
				if len(p.Mails()) == 0 {
					t.Errorf("replica %d sent nothing", i)
				}
			}
			slices.Sort(ids)
			if want == nil {
				want = ids
			}
			if !slices.Equal(ids, want) {
				t.Errorf("%d mails went, and not the %d that one replica sends", len(ids), len(want))
			}
			c.settled(nil, c.posts...)
		})
	}
}

// Replicas that all look at the same moment make out one notice and one mail for each person: nobody leads.
func TestReplicasThatPlanAtOnce(t *testing.T) {
	t.Parallel()
	t.Run("P3 P27 three replicas begin at once", func(t *testing.T) {
		relay := newPost(t)
		o := newOffice(t, pgtest.URL(t), 150, relay.Addr())
		var crew []*daemon
		for range 3 {
			crew = append(crew, o.serve(sendAt))
		}
		eventually(t, "everything is sent", func() bool { return len(o.sent()) == o.people })
		for _, d := range crew {
			d.says("msg=serving")
			d.stops()
		}
		o.settled(nil, relay)
		if n := o.texts(`SELECT CAST(COUNT(*) AS TEXT) FROM notices`); n[0] != strconv.Itoa(o.people) {
			t.Errorf("%s notices, want one for each of %d people", n[0], o.people)
		}
	})
}

// Whichever replica is killed, and however often, the same mails arrive; a kill makes a copy more only of what the killed
// replica had marked.
func TestReplicasAreKilled(t *testing.T) {
	t.Parallel()
	t.Run("P26 P27 P3 one of three is killed every two seconds", func(t *testing.T) {
		random := chance(t)
		model := newOffice(t, pgtest.URL(t), 600, "127.0.0.1:1")
		model.verb("run", "remind", "--as-of", sendAt)
		c := newCrew(model.clone(t), 3)
		for _, p := range c.posts {
			p.does(func(turn smtptest.Turn) smtptest.Move {
				if turn.Phase == smtptest.Dot {
					time.Sleep(100 * time.Millisecond)
				}
				return smtptest.Move{}
			})
		}
		allowed := map[string]int{}
		for kills := range rounds(10) {
			time.Sleep(2 * time.Second)
			i := random.IntN(len(c.daemons))
			c.daemons[i].kill()
			for _, to := range c.texts(fmt.Sprintf(`SELECT address FROM messages WHERE state = 'sending' AND (marked_at IS NOT NULL OR doubt_at IS NOT NULL)
				AND worker LIKE '%%/%d'`, c.daemons[i].cmd.Process.Pid)) {
				allowed[to]++
			}
			c.daemons[i] = c.serve(later(kills/4), mailTo(t, c.posts[i].Addr())...)
		}
		eventually(t, "nothing is under way but what the killed have left", func() bool {
			return len(c.texts(`SELECT address FROM messages WHERE state = 'queued' OR state = 'sending' AND lease_until > EXTRACT(EPOCH FROM clock_timestamp()) * 1000`)) == 0
		})
		for _, d := range c.daemons {
			d.stops()
		}
		last := newPost(t)
		c.env = append(c.env, mailTo(t, last.Addr())...)
		c.comesBack(40)
		posts := append(c.posts, last)
		t.Logf("%d mails might have come twice; copies too many: %d", len(allowed), tooMany(copies(t, posts...)))
		c.settled(allowed, posts...)
	})
}

func tooMany(got map[string][]smtptest.Mail) (n int) {
	for all := range maps.Values(got) {
		n += len(all) - 1
	}
	return n
}
