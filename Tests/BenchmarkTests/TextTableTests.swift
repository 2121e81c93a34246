import Testing
import Benchmark

@Suite struct TextTableTests {
    private let table: TextTable = {
        var table = TextTable(["work", "sentx", "torch"])
        table.add(["a  step", "5 ms", "12.5 ms *"])
        table.add(["j", "100 ms", ""])
        return table
    }()

    @Test func numbersStandAtTheRightOfTheirColumns() {
        #expect(table.text(width: 80) == """
            work      sentx      torch
            a  step    5 ms  12.5 ms *
            j        100 ms
            """)
    }

    @Test func aNarrowTerminalGetsARecordForEachRow() {
        #expect(table.text(width: 20) == """
            a  step
                sentx 5 ms,
                torch 12.5 ms *
            j
                sentx 100 ms
            """)
        #expect(table.text(width: 5).split(separator: "\n").count == 5)
    }

    @Test func markdownHasARuleBelowTheHeader() {
        #expect(table.markdown == """
            | work | sentx | torch |
            | --- | ---: | ---: |
            | a  step | 5 ms | 12.5 ms * |
            | j | 100 ms |  |
            """)
    }
}
