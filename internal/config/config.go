// Package config reads how an organisation wants tertial to work.
//
// A configuration is made in three layers, each over the one before: [Default], the file
// (strict YAML), the environment (TERTIAL_MAIL_SMTP_HOST for mail.smtp.host). Then it
// is checked as a whole. [Load] does all of it, and whatever is wrong comes back as
// one [Error] that says where each value was written.
//
// Values are handed on as the types of the packages that use them, by [Config.Rules],
// [Config.Calendar] and [Config.Wheel]; only the program itself imports this package.
package config

import (
	"fmt"
	"strconv"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

// Config is everything that can be configured. Its fields are the file's keys; what
// each of them means stands in docs/configuration.md.
type Config struct {
	Database     string           `yaml:"database" env:"DATABASE"`
	Migrate      string           `yaml:"migrate" env:"MIGRATE"` // auto, manual
	Listen       string           `yaml:"listen" env:"LISTEN"`
	BaseURL      string           `yaml:"base_url" env:"BASE_URL"` // without a slash at its end
	Timezone     string           `yaml:"timezone" env:"TIMEZONE"`
	Language     string           `yaml:"language" env:"LANGUAGE"` // sv, en
	Organisation string           `yaml:"organisation" env:"ORGANISATION"`
	Coordinator  Coordinator      `yaml:"coordinator" envPrefix:"COORDINATOR_"`
	Mail         Mail             `yaml:"mail" envPrefix:"MAIL_"`
	Reminders    Reminders        `yaml:"reminders" envPrefix:"REMINDERS_"`
	Checkpoints  Checkpoints      `yaml:"checkpoints" envPrefix:"CHECKPOINTS_"`
	Days         Days             `yaml:"calendar" env:"-"`
	Events       []calendar.Entry `yaml:"wheel" env:"-"` // laid over the built-in ones
	Digest       Digest           `yaml:"digest" envPrefix:"DIGEST_"`
	Access       Access           `yaml:"access" envPrefix:"ACCESS_"`
	Jobs         Jobs             `yaml:"jobs" envPrefix:"JOBS_"`
	Log          Log              `yaml:"log" envPrefix:"LOG_"`
	Templates    string           `yaml:"templates" env:"TEMPLATES"`     // a folder, or ""
	SecretFile   string           `yaml:"secret_file" env:"SECRET_FILE"` // "": beside the SQLite file

	credentials string // the folder in which systemd puts secrets, or ""
}

// Coordinator is who looks after information security: a role, and an address for
// when nobody holds it.
type Coordinator struct {
	Role  string `yaml:"role" env:"ROLE"`
	Email string `yaml:"email" env:"EMAIL"`
}

// Mail says what mail looks like and how it leaves.
type Mail struct {
	From        string `yaml:"from" env:"FROM"`
	ReplyTo     string `yaml:"reply_to" env:"REPLY_TO"`
	Detail      string `yaml:"detail" env:"DETAIL"` // ref, title, full
	RedirectTo  string `yaml:"redirect_to" env:"REDIRECT_TO"`
	BounceTo    string `yaml:"bounce_to" env:"BOUNCE_TO"` // "": bounces go to From
	Connections int    `yaml:"connections" env:"CONNECTIONS"`
	SMTP        SMTP   `yaml:"smtp" envPrefix:"SMTP_"`
}

// SMTP is the relay. Without a host mail is captured.
type SMTP struct {
	Host         string `yaml:"host" env:"HOST"`
	Port         int    `yaml:"port" env:"PORT"`
	TLS          string `yaml:"tls" env:"TLS"` // none, starttls, implicit
	Username     string `yaml:"username" env:"USERNAME"`
	PasswordFile string `yaml:"password_file" env:"PASSWORD_FILE"`
	Auth         string `yaml:"auth" env:"AUTH"` // auto, or a mechanism
}

// Reminders say when owners are told about an action.
type Reminders struct {
	SendAt        tertial.Clock     `yaml:"send_at" env:"SEND_AT"`
	SendUntil     tertial.Clock     `yaml:"send_until" env:"SEND_UNTIL"`
	LeadDays      ByPriority[[]int] `yaml:"lead_days" envPrefix:"LEAD_DAYS_"`
	EveryDays     int               `yaml:"every_days" env:"EVERY_DAYS"`
	EscalateAfter ByPriority[Wait]  `yaml:"escalate_after_days" envPrefix:"ESCALATE_AFTER_DAYS_"`
}

// ByPriority is a value for each priority.
type ByPriority[T any] struct {
	High   T `yaml:"high" env:"HIGH"`
	Medium T `yaml:"medium" env:"MEDIUM"`
	Low    T `yaml:"low" env:"LOW"`
	None   T `yaml:"none" env:"NONE"`
}

func (b *ByPriority[T]) each(f func(tertial.Priority, T)) {
	f(tertial.High, b.High)
	f(tertial.Medium, b.Medium)
	f(tertial.Low, b.Low)
	f(tertial.None, b.None)
}

// Wait is a number of days, or [Never].
type Wait int

// Never is a wait without an end.
const Never Wait = -1

// MarshalText writes the number, or never.
func (w Wait) MarshalText() ([]byte, error) {
	if w == Never {
		return []byte("never"), nil
	}
	return strconv.AppendInt(nil, int64(w), 10), nil
}

// UnmarshalText reads what MarshalText writes.
func (w *Wait) UnmarshalText(text []byte) error {
	if string(text) == "never" {
		*w = Never
		return nil
	}
	n, err := strconv.ParseUint(string(text), 10, 31)
	if err != nil {
		return fmt.Errorf("%w: %.40q is neither a number of days nor never", tertial.ErrInvalid, text)
	}
	*w = Wait(n)
	return nil
}

// Checkpoints say when owners are asked for a status before a report.
type Checkpoints struct {
	LeadDays []int `yaml:"lead_days" env:"LEAD_DAYS"`
}

// Days are the organisation's own days off.
type Days struct {
	Quiet  []calendar.Quiet `yaml:"quiet"`
	Closed []tertial.Date   `yaml:"closed"`
}

// Digest says who gets the status digest, and how many days before the coordinator
// sees what it will say.
type Digest struct {
	Role        string `yaml:"role" env:"ROLE"`
	PreviewDays int    `yaml:"preview_days" env:"PREVIEW_DAYS"`
}

// Access says who is let in to the pages, besides those who get a link by mail.
type Access struct {
	Auditor        string   `yaml:"auditor" env:"AUDITOR"`                 // the role that reads everything
	TrustedProxies []string `yaml:"trusted_proxies" env:"TRUSTED_PROXIES"` // networks whose X-Forwarded-For is believed
	OIDC           OIDC     `yaml:"oidc" envPrefix:"OIDC_"`
}

// OIDC is a provider of OpenID Connect that vouches for people; none without an issuer.
type OIDC struct {
	Issuer           string `yaml:"issuer" env:"ISSUER"`
	ClientID         string `yaml:"client_id" env:"CLIENT_ID"`
	ClientSecretFile string `yaml:"client_secret_file" env:"CLIENT_SECRET_FILE"`
	TrustEmail       bool   `yaml:"trust_email" env:"TRUST_EMAIL"` // also where the provider does not say that it is verified
}

// Jobs are the cron lines by which the daemon looks for work.
type Jobs struct {
	Remind  string `yaml:"remind" env:"REMIND"`
	Deliver string `yaml:"deliver" env:"DELIVER"`
	Digest  string `yaml:"digest" env:"DIGEST"`
	Summary string `yaml:"summary" env:"SUMMARY"`
	Tidy    string `yaml:"tidy" env:"TIDY"`
}

// Log says what is logged and how.
type Log struct {
	Level  string `yaml:"level" env:"LEVEL"`   // debug, info, warn, error
	Format string `yaml:"format" env:"FORMAT"` // text, json
}

// Default returns the configuration of an empty file. It is the caller's to change.
func Default() Config {
	return Config{
		Database:    "tertial.db",
		Migrate:     "auto",
		Listen:      "127.0.0.1:8383",
		Timezone:    "Europe/Stockholm",
		Language:    "sv",
		Coordinator: Coordinator{Role: "ISAM"},
		Mail: Mail{
			From:        "Tertial <tertial@localhost>",
			Detail:      "title",
			Connections: 2,
			SMTP:        SMTP{Port: 587, TLS: "starttls", Auth: "auto"},
		},
		Reminders: Reminders{
			SendAt:        7*60 + 30,
			SendUntil:     18 * 60,
			LeadDays:      ByPriority[[]int]{[]int{60, 30, 14, 7, 1, 0}, []int{30, 14, 7, 0}, []int{30, 7, 0}, []int{30, 0}},
			EveryDays:     7,
			EscalateAfter: ByPriority[Wait]{14, 28, 42, Never},
		},
		Checkpoints: Checkpoints{LeadDays: []int{21, 7, 1}},
		Days:        Days{Quiet: []calendar.Quiet{{Weeks: "27-31"}, {From: "12-23", To: "01-06"}}},
		Digest:      Digest{Role: "Ledning", PreviewDays: 5},
		Access:      Access{Auditor: "Revision", TrustedProxies: []string{}},
		Jobs: Jobs{
			Remind:  "* * * * *",
			Deliver: "* * * * *",
			Digest:  "35 * * * *",
			Summary: "40 * * * *",
			Tidy:    "20 3 * * *",
		},
		Log: Log{Level: "info", Format: "text"},
	}
}
