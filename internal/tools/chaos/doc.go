// Package chaos tests the program from outside, as its users run it: a real process on a real SQLite file or a real
// PostgreSQL, with a mail server on loopback. The processes are killed, stopped and starved, and so are what they lean on.
//
// The program is built once, with the tag failpoints, or taken from TERTIAL_TEST_PROGRAM. TERTIAL_SMTP_SINK
// names Debian's smtp-sink, which some tests want for their mail server and do without where it is missing.
//
// The instances of these tests are alike: as many people as the test wants, each with a role and an action of its own, taken
// in on 16 November 2026 as of noon. So each of them is owed one mail on the next day from half past seven, and whether
// everything owed has been accounted for can be seen at the mail server. Daemons rehearse: their clocks start when the test says.
package chaos
