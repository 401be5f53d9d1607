// Package tertial holds the nouns of the product: an assessment and its
// findings, the actions that close the gaps, the people and roles who own them,
// and the notices and messages by which they are told.
//
// The package does no input or output and reads no clock: whoever needs the
// time hands it in. Deadlines are civil dates ([Date]), never instants; what
// happened, happened at an instant in UTC. The JSON of the command line is the
// JSON of these types.
//
// Swedish words that users see and the names here:
//
//	gapanalys       Assessment       åtgärd      Action
//	bedömning       Finding          delsteg     Step
//	roll            Role             påminnelse  Notice
//	person          Person           utkorg      Message
package tertial
