// Package mail makes messages into mails and gives them to a relay.
//
// A [Renderer] is a pure function with its templates and settings bound: the same
// message gives the same bytes, on any machine and at any time, down to the boundary
// and the Message-ID. That is what lets a mail whose fate is unknown go again
// without becoming another mail.
//
// A [Sender] dials the relay by way of go-mail, which does TLS and authentication; the
// transaction itself (MAIL, RCPT, DATA, the final dot) is [Conn.Send]. It has a
// deadline for each phase, one recipient, and answers with a [Result] that says how
// far it came and what that means. There are three things it takes care of:
//
//   - What is not complete is never ended with a dot: on any failure before it the line is cut.
//   - The caller is asked right before the dot, and can still say no.
//   - A line lost after the dot is [tertial.Ambiguous], not a failure: the relay may have the mail.
package mail
