// Package gap reads gap analyses: what somebody wrote about each clause of
// ISO/IEC 27001, as findings, and the actions that they ask for, as drafts.
//
// Two forms are read. A table (CSV) names its columns, and its cells are taken
// as they are. The text form is what a PDF gives when its table is read cell by
// cell, and nothing in it names a column. It is read in steps:
//
//	decode   bytes to text: UTF-8, UTF-16, Windows-1252; other formats refused
//	page     headers, footers, page numbers and repeated column heads go
//	outline  which numbers at a line's start are clauses: the likeliest ascending chain
//	split    each clause's words into eight cells, by weighing the evidence of
//	         every possible division: blank lines, runs of spaces, lines broken
//	         before they were full, sentence ends, roles, priority words, times
//
// The document is split twice: the owners that the first pass is sure of are
// known roles in the second. Whatever was close is a doubt; nothing is dropped
// in silence. Everything from outside passes through [Clean].
package gap
