import Testing
import Benchmark

@Suite struct FiguresTests {
    @Test(arguments: [(0.00042, "0.42 ms"), (0.0513, "51.3 ms"), (0.512, "512 ms"), (0.99951, "1.00 s"), (3.444, "3.44 s"), (9.996, "10.0 s"),
                      (99.96, "100 s"), (1234, "1,234 s"), (.nan, "")])
    func secondsHaveThreeDigits(value: Double, text: String) { #expect(Figures.seconds(value) == text) }

    @Test func whatWasNotMeasuredIsEmpty() {
        #expect(Figures.ratio(nil) == "" && Figures.percent(nil) == "" && Figures.mebibytes(nil) == "" && Figures.mebibytes(0) == "")
        #expect(Figures.ratio(2.136) == "2.14" && Figures.percent(0.753) == "75 %" && Figures.mebibytes(1631.7) == "1,632")
    }
}
