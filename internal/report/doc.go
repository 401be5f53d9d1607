// Package report makes the files that leave tertial: so far the list of actions, as CSV and as a workbook.
//
// What is written comes from outside (titles, roles, phrases of a document that anybody may have written) and is opened by
// programs that take some texts for orders. No cell of a file is ever a formula: in CSV every cell is quoted and one that a
// spreadsheet could take for a formula begins with an apostrophe; in a workbook every text has the type of a text.
//
// Lists are streamed: memory does not grow with their length.
package report
