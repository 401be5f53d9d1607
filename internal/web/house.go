package web

import (
	"context"
	"io"
	"iter"
	"time"

	"tertial/internal/calendar"
	"tertial/internal/gap"
	"tertial/internal/tertial"
)

// House is what the pages are about. Every method that changes something is one transaction; its errors are those of
// internal/tertial.
type House interface {
	Answering
	Access
	Reading
	Changing
	Directory
	Wheel
	Post
	Importing
	Tokens
}

// Answering is what people say about actions.
type Answering interface {
	// LinkFacts returns what a mail told a person, for a page that its link leads to: the message with the items whose action
	// they may still answer about. Items of actions handed to others since are left out; a mail that never existed is tertial.ErrNotFound.
	LinkFacts(ctx context.Context, message int64) (tertial.LinkFacts, error)
	// MayAnswer reports whether a person may answer about an action on a day: they hold a responsible role, or stand in for who does.
	MayAnswer(ctx context.Context, ref string, person int64, on tertial.Date) (bool, error)
	// GiveAnswer stores an answer and does what it says. The same key again returns the answer that is there.
	GiveAnswer(ctx context.Context, stamp tertial.Stamp, key string, a tertial.Answer, files []tertial.Upload) (tertial.Answer, error)
	// UndoAnswer takes an answer back within tertial.UndoMinutes, where nothing has been built on it.
	UndoAnswer(ctx context.Context, stamp tertial.Stamp, id, person int64) (tertial.Answer, error)
	// DecideAnswer decides on a new date, or, by who is asked, on a hand-over.
	DecideAnswer(ctx context.Context, stamp tertial.Stamp, id int64, d tertial.Decision, why string) (tertial.Answer, error)
	Answer(ctx context.Context, id int64) (tertial.Answer, error)
	// ActionAnswers lists what was said about an action, the newest first.
	ActionAnswers(ctx context.Context, ref string) ([]tertial.Answer, error)
	// WaitingAnswers lists those that wait for a decision, the oldest first.
	WaitingAnswers(ctx context.Context) ([]tertial.Answer, error)
	ActionEvidence(ctx context.Context, ref string) ([]tertial.Evidence, error)
	// OpenEvidence returns a file with its bytes.
	OpenEvidence(ctx context.Context, id int64) (tertial.Evidence, io.ReadCloser, error)
	AddEvidence(ctx context.Context, stamp tertial.Stamp, ref string, person int64, file tertial.Upload) (tertial.Evidence, error)
}

// Access is who is let in.
type Access interface {
	// AskSignIn keeps a request to be let in, and puts the mail with it into the outbox. An address that nobody has changes nothing
	// and is no error: id is 0. More than five in an hour are refused in the same way.
	AskSignIn(ctx context.Context, stamp tertial.Stamp, email, agent string) (tertial.SignIn, error)
	SignIn(ctx context.Context, id int64) (tertial.SignIn, error)
	// SpendSignIn uses a request up: false where it was used, is too old or was guessed at too often.
	SpendSignIn(ctx context.Context, stamp tertial.Stamp, id int64) (bool, error)
	// MissSignIn counts a wrong code.
	MissSignIn(ctx context.Context, now time.Time, id int64) error
	// OpenSignIns returns the requests of an address that can still be answered by a code.
	OpenSignIns(ctx context.Context, now time.Time, email string) ([]tertial.SignIn, error)
	// LinkedPerson returns who signs in with an account of a provider, tertial.ErrNotFound where nobody has yet.
	LinkedPerson(ctx context.Context, issuer, subject string) (tertial.Person, error)
	LinkPerson(ctx context.Context, stamp tertial.Stamp, person int64, issuer, subject string) error
	// Viewer returns what a person may see and do on a day.
	Viewer(ctx context.Context, person int64, on tertial.Date) (tertial.Viewer, error)
	// SetUpOpen reports whether nobody has ever signed in, so that the set-up link still works; SetUp makes a person who holds
	// the coordinator's role and closes it. The secret is compared with the hash that the first start has stored.
	SetUpOpen(ctx context.Context) (bool, error)
	SetUp(ctx context.Context, stamp tertial.Stamp, secret, name, email string) (tertial.Person, error)

	SaveSession(ctx context.Context, s tertial.Session) error
	// Session returns an unexpired session by its key, tertial.ErrNotFound where there is none.
	Session(ctx context.Context, now time.Time, key string) (tertial.Session, error)
	EndSession(ctx context.Context, key string) error
	Sessions(ctx context.Context, now time.Time, person int64) ([]tertial.Session, error)
}

// Reading is what the pages show.
type Reading interface {
	Overview(ctx context.Context, asOf tertial.Date) (tertial.Overview, error)
	QueryActions(ctx context.Context, q tertial.ActionQuery) (tertial.ActionPage, error)
	// EachAction yields all that a query finds, in its order, without regard to Offset and Limit.
	EachAction(ctx context.Context, q tertial.ActionQuery) iter.Seq2[tertial.Action, error]
	Action(ctx context.Context, ref string) (tertial.Action, error)
	ActionFindings(ctx context.Context, ref string) ([]tertial.Finding, error)
	ActionMessages(ctx context.Context, ref string, limit int) ([]tertial.Message, error)
	ActionPeople(ctx context.Context, ref string, on tertial.Date) ([]tertial.RoleHolders, error)
	ClauseMap(ctx context.Context, planYear int, asOf tertial.Date) ([]tertial.ClauseRow, error)
	DateQueue(ctx context.Context) ([]tertial.DateGroup, error)
	Checks(ctx context.Context, asOf tertial.Date) ([]tertial.Check, error)
	// Burndown returns a point for each week from from to to.
	Burndown(ctx context.Context, from, to, asOf tertial.Date) ([]tertial.Point, error)
	// LogPage yields the log backwards from before (0: from its end), of one subject where it is not "".
	LogPage(ctx context.Context, subject string, before int64, limit int) ([]tertial.Entry, error)
	VerifyLog(ctx context.Context) (entries, firstBad int64, err error)
	Assessments(ctx context.Context) ([]tertial.Assessment, error)
}

// Changing is what the coordinator does to actions.
type Changing interface {
	EditAction(ctx context.Context, stamp tertial.Stamp, ref string, version int, edit func(*tertial.Action) error) (tertial.Action, error)
	AddAction(ctx context.Context, stamp tertial.Stamp, a tertial.Action) (tertial.Action, error)
	MergeActions(ctx context.Context, stamp tertial.Stamp, into, other string) (tertial.Action, error)
	ReportDone(ctx context.Context, stamp tertial.Stamp, ref string, person int64) (tertial.Action, error)
}

// Directory is people and roles.
type Directory interface {
	People(ctx context.Context) iter.Seq2[tertial.Person, error]
	PersonByID(ctx context.Context, id int64) (tertial.Person, error)
	Person(ctx context.Context, email string) (tertial.Person, error)
	EditPerson(ctx context.Context, stamp tertial.Stamp, email string, edit func(*tertial.Person) error) (tertial.Person, error)
	SavePeople(ctx context.Context, stamp tertial.Stamp, people []tertial.Person) (added, changed int, err error)
	Roles(ctx context.Context) ([]tertial.Role, error)
	RoleHolders(ctx context.Context, on tertial.Date) ([]tertial.RoleHolders, error)
	// CalendarSerial is what a person's feed is signed with; NewCalendar raises it, so that the old address ends.
	CalendarSerial(ctx context.Context, person int64) (int64, error)
	NewCalendar(ctx context.Context, stamp tertial.Stamp, person int64) (int64, error)
}

// Wheel is the annual wheel as it now stands.
type Wheel interface {
	// Wheel returns the wheel with the dates of the database over the configuration's.
	Wheel(ctx context.Context) (*calendar.Wheel, error)
	// WheelEffect tells which actions would get another due date if an event were moved.
	WheelEffect(ctx context.Context, key string, year int, to tertial.Date) ([]WheelEffect, error)
	SetWheelDate(ctx context.Context, stamp tertial.Stamp, key string, year int, to tertial.Date) error
}

// WheelEffect is an action that a moved event moves.
type WheelEffect struct {
	Ref, Title string
	From, To   tertial.Date
}

// Post is the outbox.
type Post interface {
	// MessagePage lists messages, the newest first, with a number below before (0: from the newest); states may be empty.
	MessagePage(ctx context.Context, states []tertial.MessageState, to string, before int64, limit int) ([]tertial.Message, error)
	Message(ctx context.Context, id int64) (tertial.Message, error)
	// Attempts lists what was tried with a message, in its order.
	Attempts(ctx context.Context, message int64) ([]tertial.Attempt, error)
	// Rendered returns a message exactly as it goes, with the secrets of its links left out.
	Rendered(ctx context.Context, m *tertial.Message) (Rendered, error)
	Retry(ctx context.Context, stamp tertial.Stamp, id int64) error
	Held(ctx context.Context) (reason string, held bool, err error)
	Hold(ctx context.Context, stamp tertial.Stamp, reason string) error
	Resume(ctx context.Context, stamp tertial.Stamp) error
	// Plan lists the mails that are to come.
	Plan(ctx context.Context, from, to tertial.Date) ([]PlannedMail, error)
	Captures() bool // no mail server is configured
}

// Rendered is a mail as it goes.
type Rendered struct {
	From, To, Subject string
	Text              string
	HTML              string // a whole document, to be shown in a sandboxed frame
	Attachments       []string
}

// PlannedMail is one mail that will go.
type PlannedMail struct {
	Date  tertial.Date
	To    string
	Items []tertial.Item
}

// Importing is gap analyses coming in.
type Importing interface {
	// Preview reads a file; it stores nothing.
	Preview(ctx context.Context, content []byte, o gap.Options) (*tertial.Preview, error)
	ApplyPreview(ctx context.Context, stamp tertial.Stamp, p *tertial.Preview) (refs []string, stored bool, err error)
	// UndoImport removes an assessment with its actions, as long as nobody has been told of any and none was changed.
	UndoImport(ctx context.Context, stamp tertial.Stamp, assessment int64) error
	Findings(ctx context.Context, assessment int64) ([]tertial.Finding, error)
}

// Tokens let programs in.
type Tokens interface {
	APITokens(ctx context.Context) ([]tertial.APIToken, error)
	// NewAPIToken keeps a token by the hash of its secret.
	NewAPIToken(ctx context.Context, stamp tertial.Stamp, t tertial.APIToken, hash string) (tertial.APIToken, error)
	RevokeAPIToken(ctx context.Context, stamp tertial.Stamp, id int64) error
	// TokenByHash returns an unexpired token that is not revoked, tertial.ErrNotFound where there is none.
	TokenByHash(ctx context.Context, now time.Time, hash string) (tertial.APIToken, error)
}
