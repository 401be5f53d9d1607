// Package simulation lives through weeks of an organisation in a fraction of a second, with everything that can go
// wrong, and says afterwards which promise was broken.
//
// What lives is real: policy, store (on an SQLite file), jobs, templates and mail. What surrounds it is not: time is
// testing/synctest's, the relay answers over a pipe in memory, and people, faults and crashes are drawn. One seed is one
// life: the same seed, the same life, to the last word of its journal.
//
// # A life
//
// [Live] draws an organisation and lets its days go by, from instant to instant at which anything can happen. People
// close, move and hand over actions, go away and come back, hold mail and release it. In a
// life with faults the relay refuses, hangs and cuts lines; the database is away, or its answer to a commit is lost; the clock is
// stepped; the process is stopped, or dies at any call to the database or word on the wire, before what it wanted was
// done or after, and a new one begins. After the last day all is well again for as long as it takes until everything has ended.
//
// # Who is right
//
// An [oracle] looks at the facts at each send time, with nothing ever failing: what it finds owed must have been told, once,
// or have an end with a reason. The relay keeps what it took; each copy beyond the first must have its crash or broken line.
// [Report.Wrong] lists what does not hold.
//
// # Why the same seed is the same life
//
// Whatever could happen at one moment in either order is given a different moment: each call to the database and each
// answer of the relay takes its own odd time, drawn from a stream of its own. There is one line to the relay.
package simulation
