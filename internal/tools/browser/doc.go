// Package browser holds the tests that look at the pages as people do: the program as it is built, and Chromium in
// front of it. They find Chromium where Debian puts it and axe-core where TERTIAL_TEST_AXE says (the file axe.min.js of the npm package);
// without them they skip, and say so, unless TERTIAL_TEST_REQUIRE names chromium or axe.
//
// With TERTIAL_TEST_SCREENSHOTS set to a folder every page that is visited is kept there as a picture.
package browser
