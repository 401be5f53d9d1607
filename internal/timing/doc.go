// Package timing reads the timing phrases of a gap analysis: "Q2", "våren 2025", "inför
// nästa VOR", "löpande". It says when an action starts and is due, how it comes back, to which
// events of the annual wheel it is tied, how far that can be relied on, and why.
//
// A phrase goes through four stages, each in a file or two of its own:
//
//	token.go            bytes    → words, numbers and marks, in lower case
//	lexicon.go          tokens   → lexemes: what each word means, Swedish or English; the names
//	vocabulary.go                  of the wheel's events, in their inflections
//	grammar.go …        lexemes  → terms: one expression of time each, with what stands
//	                               before it (senast, före, från) and how it is tied to the last
//	resolve.go …        terms    → days, once the years are known; then one [tertial.Timing]
//
// What the lexicon does not know is passed over. Nothing fails: a phrase in which no
// term is found is unconfirmed, and a person has to say when.
package timing
