// Package jobs is what the daemon does by the clock, one file per job.
//
// A job looks at what is owed and does it; it keeps nothing between two runs, so it may be
// run twice, late, or by hand. Each has the form of [Job]. The runner calls them by
// robfig/cron, whose tick means "look", never "send".
//
//	remind   notices into messages (policy decides, store writes)
//	deliver  messages to the relay, and what became of them
//	digest   management's mail on each report event's digest date
//	summary  the coordinator's mail on the first workday of a week
//	tidy     what nobody needs any more
//
// The package imports neither store nor mail: it declares what it needs of them.
package jobs
