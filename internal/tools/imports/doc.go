// Package imports holds the table of who may import whom, and the few other rules of the
// house that can be read off the sources. It is nothing but a test.
package imports
