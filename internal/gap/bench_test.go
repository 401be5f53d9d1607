package gap

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// realAnalysis is the analysis the program was first made for; it is not part of the project.
const realAnalysis = "../../../shared/data/000_a2049b31bfe97bfc.txt"

func BenchmarkRealAnalysis(b *testing.B) {
	data, err := os.ReadFile(realAnalysis)
	if err != nil {
		b.Skip("the real analysis is not here: ", err)
	}
	o := testOptions()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(data, o); err != nil {
			b.Fatal(err)
		}
	}
}

func bigTable(rows int) []byte {
	var b strings.Builder
	b.WriteString("klausul;krav;uppfyllnad;nuläge;åtgärd;ansvarig;prioritet;tid\n")
	for i := range rows {
		fmt.Fprintf(&b, "A.5.%d;Krav nummer %d;Delvis;Rutin %d saknas;Ta fram rutin %d och utbilda;Enhetschef %d och HR;Hög;Q%d 2025\n", i%37+1, i, i, i, i%50, i%4+1)
	}
	return []byte(b.String())
}

func BenchmarkTenThousandRows(b *testing.B) {
	data := bigTable(10_000)
	o := testOptions()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(data, o); err != nil {
			b.Fatal(err)
		}
	}
}
