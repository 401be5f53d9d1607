package main

import "time"

// began is when the process did, for clocks that count from somewhere.
var began = time.Now()
