// Package store keeps everything that lasts: assessments, actions, people, the
// notices they are owed, the outbox, the ledger of every try to send, and the
// append-only log. All SQL of the program is here.
//
// One [Store] stands for one database: an SQLite file, or PostgreSQL where
// several replicas share the work. Both are spoken to in the same SQL; what
// differs is in dialect.go. Every exported method that writes is one
// transaction, and its last statement moves the head of the log. A transaction
// that did not commit left nothing behind; one whose commit failed is unknown,
// and repeating it is harmless.
//
// # The look
//
// looks.look_at is the instant at which policy is to look at an action again.
// Whatever may change what is owed sets it to the stamp's instant, in the
// transaction of the change (see concern.go); only [Store.Look] moves it forward.
// looks.looked is the last day whose notices have been made out. A change to an
// action whose look lay ahead has nothing outstanding, so the change also
// carries looked up to the stamp's Through: it makes up no notices for the past.
//
// # A message's states
//
// composing is known here alone: the day's mail of one reader, still being put
// together by looks, and shown as queued. [Store.Release] queues it when no look is due.
// [Store.Claim] makes it sending under a fence, [Store.Record] ends it or queues it
// again. Once the final dot may have gone and the answer is not known it is
// unknown, and goes again with the same items.
//
// The message's row is itself the journal of the try that is under way: whose it is, since when, and since
// when its final dot may have gone (worker, claimed_at, marked_at). The ledger, the table attempts, gets each try
// once, when it has ended: by its outcome, or because its worker did not come back. Message and fence are its name.
//
// # Faults
//
// A call that came to nothing because of the database itself is [tertial.ErrUnavailable] and may simply be made
// again; so may one whose commit was not confirmed. Nothing is opened anew for it: a connection that broke is given up
// (tx.go), the next one is made when the server can be reached (gate.go), and none waits for ever for an answer (line.go).
package store
