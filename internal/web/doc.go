// Package web is what people see in a browser: pages and answer links, the
// calendar feeds and the interface for programs.
//
// Pages are made on the server, work without JavaScript, and say the same in Swedish and English. A GET changes nothing,
// whoever sends it and how often; what changes something is a POST from a form of ours. Who follows an answer link
// can answer and nothing else: a link never signs in.
//
// The package knows what it shows by way of [House], and says what happened by it; it composes no mail.
package web
