package imports

// inside says which packages of this module each of its packages may import: imports run
// downward only. The program itself imports what it wires together. Tests may import what they like.
var inside = map[string][]string{
	"internal/tertial":  {},
	"templates":         {},
	"migrations":        {},
	"internal/calendar": {"internal/tertial"},
	"internal/config":   {"internal/tertial", "internal/calendar"},
	"internal/timing":   {"internal/tertial", "internal/calendar"},
	"internal/policy":   {"internal/tertial", "internal/calendar"},
	"internal/gap":      {"internal/tertial", "internal/calendar", "internal/timing"},
	"internal/store":    {"internal/tertial", "migrations"},
	"internal/report":   {"internal/tertial", "internal/calendar", "templates"},
	"internal/mail":     {"internal/tertial", "templates"},
	"internal/web": {"internal/tertial", "internal/calendar", "internal/timing", "internal/gap", "internal/policy",
		"internal/report", "templates"},
	"jobs": {"internal/tertial", "internal/calendar", "internal/policy", "internal/report"},
	"cmd/tertial": {"internal/tertial", "internal/calendar", "internal/config", "internal/timing", "internal/policy", "internal/gap",
		"internal/store", "internal/report", "internal/mail", "internal/web", "jobs", "templates", "migrations"},
}

// outside says which packages may import each module of others.
var outside = map[string][]string{
	"github.com/rickar/cal/v2":            {"internal/calendar"},
	"github.com/goccy/go-yaml":            {"internal/config"},
	"github.com/caarlos0/env/v11":         {"internal/config"},
	"github.com/robfig/cron/v3":           {"internal/config", "jobs"},
	"github.com/xuri/excelize/v2":         {"internal/gap", "internal/report"},
	"github.com/klippa-app/go-pdfium":     {"internal/gap"},
	"golang.org/x/net":                    {"internal/gap", "internal/mail"}, // idna
	"golang.org/x/text":                   {"internal/gap", "internal/report", "internal/mail", "internal/web", "templates"},
	"github.com/jmoiron/sqlx":             {"internal/store"},
	"github.com/lib/pq":                   {"internal/store"},
	"modernc.org/sqlite":                  {"internal/store"},
	"github.com/pressly/goose/v3":         {"internal/store"},
	"github.com/go-analyze/charts":        {"internal/report"},
	"codeberg.org/go-pdf/fpdf":            {"internal/report"},
	"github.com/wneessen/go-mail":         {"internal/mail"},
	"github.com/arran4/golang-ical":       {"internal/mail", "internal/web"},
	"golang.org/x/oauth2":                 {"internal/mail", "internal/web"},
	"github.com/alexedwards/scs/v2":       {"internal/web"},
	"github.com/coreos/go-oidc/v3":        {"internal/web"},
	"golang.org/x/time":                   {"internal/web"},
	"github.com/nicksnyder/go-i18n/v2":    {"templates"},
	"github.com/alecthomas/kong":          {"cmd/tertial"},
	"github.com/prometheus/client_golang": {"cmd/tertial"},
	"github.com/coreos/go-systemd/v22":    {"cmd/tertial"},
	"golang.org/x/sys":                    {"cmd/tertial"}, // a clock that goes on while the computer sleeps
}

// clocks are the packages that may ask what time it is; to all others it is told.
var clocks = []string{"jobs", "internal/web", "cmd/tertial"}

// pure are the packages that do no input or output, and what they therefore never import.
var pure = []string{"internal/tertial", "internal/calendar", "internal/timing", "internal/policy"}

var impure = []string{"os", "os/exec", "net", "net/http", "database/sql", "log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand"}

// banned are names that say nothing about what is in a package.
var banned = []string{"util", "utils", "common", "models", "types", "service", "manager", "helpers", "misc"}

// topLevel is what stands at the root, besides names that begin with a dot.
var topLevel = []string{"cmd", "internal", "jobs", "templates", "migrations", "docs",
	"config.example.yaml", "go.mod", "go.sum", "README.md", "LICENSE", "CHANGELOG.md"}

const (
	maxFileLines     = 600
	maxFunctionLines = 90
)
