import Testing
import Benchmark

@Suite struct MedianTests {
    @Test(arguments: [([Double](), Double?.none), ([3], 3), ([9, 1, 2], 2), ([4, 1, 3, 2], 2.5)])
    func theMiddleOfValuesInAnyOrder(values: [Double], expected: Double?) { #expect(Median.of(values) == expected) }

    @Test func pairsAreDividedBeforeTheMiddleIsTaken() {
        // The machine was slow in the second round, for both.
        #expect(Median.ratio(of: [2, 40, 2.2], to: [1, 10, 1]) == 2.2)
        #expect(Median.ratio(of: [], to: []) == nil)
    }
}
