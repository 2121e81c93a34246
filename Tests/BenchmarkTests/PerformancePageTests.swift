import Testing
import Benchmark

@Suite struct PerformancePageTests {
    private let page = "# Speed\n\n\(PerformancePage.begin)\nold | é\n\(PerformancePage.end)\n\nwords\n"

    @Test func onlyTheSectionIsReplaced() throws {
        let new = try PerformancePage.replacing(page, with: "new")
        #expect(new == "# Speed\n\n\(PerformancePage.begin)\n\nnew\n\n\(PerformancePage.end)\n\nwords\n")
        #expect(try PerformancePage.replacing(new, with: "new") == new)
    }

    @Test func aPageWithoutAPlaceIsRefused() {
        for text in ["", "# Speed\n", PerformancePage.end + PerformancePage.begin, PerformancePage.begin] {
            #expect(throws: BenchmarkError.self) { try PerformancePage.replacing(text, with: "new") }
        }
    }
}
