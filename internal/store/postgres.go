package store

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"tertial/internal/tertial"
)

// postgresConns is how many connections a replica holds at most, unless told otherwise.
const postgresConns = 10

// openPostgres connects to PostgreSQL.
func (s *Store) openPostgres(ctx context.Context, o Options) error {
	dsn, err := postgresDSN(o.Database)
	if err != nil {
		return err
	}
	s.d = postgresDialect()
	connector, err := pq.NewConnector(dsn)
	if err != nil {
		return fmt.Errorf("%w: the database's URL cannot be used", tertial.ErrInvalid) // it may hold a password
	}
	s.dsn = dsn
	connector.Dialer(lineDialer{silence: silence(dsn)})
	s.w = sqlx.NewDb(sql.OpenDB(&gate{to: connector}), "postgres")
	conns := o.MaxConns
	if conns <= 0 {
		conns = postgresConns
	}
	s.w.SetMaxOpenConns(conns)
	s.w.SetMaxIdleConns(conns)
	s.w.SetConnMaxIdleTime(5 * time.Minute)
	s.w.SetConnMaxLifetime(15 * time.Minute) // whatever it is connected to may be no primary any more
	s.r = s.w
	return s.failed(ctx, "connecting to the database", s.w.GetContext(ctx, &s.home,
		`SELECT CAST(system_identifier AS TEXT) || '/' || current_database() FROM pg_control_system()`))
}

// unhurried opens connections of their own whose statements may take as long as they like.
func unhurried(dsn string) (*sql.DB, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, err
	}
	q := u.Query()
	q.Set("statement_timeout", "0")
	q.Set("idle_in_transaction_session_timeout", "0")
	u.RawQuery = q.Encode()
	connector, err := pq.NewConnector(u.String())
	if err != nil {
		return nil, fmt.Errorf("%w: the database's URL cannot be used", tertial.ErrInvalid)
	}
	connector.Dialer(lineDialer{})
	return sql.OpenDB(&gate{to: connector}), nil
}

// postgresDSN completes a URL: how long a statement may take, who asks, and that
// the server's name is checked where the URL says nothing of TLS and the server is another machine.
func postgresDSN(database string) (string, error) {
	u, err := url.Parse(database)
	if err != nil {
		return "", fmt.Errorf("%w: the database's URL cannot be read", tertial.ErrInvalid)
	}
	q := u.Query()
	for key, value := range map[string]string{
		"application_name":                    "tertial",
		"binary_parameters":                   "yes",
		"statement_timeout":                   "30000",
		"target_session_attrs":                "read-write", // a standby is as good as no database
		"random_page_cost":                    "1.1",        // what is read by an index lies on a disk without arms, or in memory
		"jit":                                 "off",        // compiling a statement costs more than any of ours
		"idle_in_transaction_session_timeout": "60000",
		"connect_timeout":                     "10",
		"sslmode":                             sslMode(u),
	} {
		if !q.Has(key) {
			q.Set(key, value)
		}
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

func sslMode(u *url.URL) string {
	host := u.Hostname()
	if host == "" || host == "localhost" || net.ParseIP(host).IsLoopback() {
		return "disable"
	}
	return "verify-full"
}
