import Datasets
import Encoders
import Retrieval
import Testing

/// The same embeddings give the same rows as in the reference, for every output format and filter.
@Suite struct MiningParityTests {
    @Test func minedRowsAreThoseOfTheReference() throws {
        let fixture = try MiningFixture.load()
        for (number, test) in fixture.cases.enumerated() {
            let mined = try mine(test, fixture)
            #expect(mined.map(\.name) == test.columns, "case \(number)")
            #expect(mined.allSatisfy { $0.cells.count == test.rows.count }, "case \(number): \(mined[0].cells.count) rows, not \(test.rows.count)")
            for (row, cells) in test.rows.enumerated() where row < mined[0].cells.count {
                for (column, cell) in cells.enumerated() {
                    #expect(cell.agrees(with: mined[column].cells[row]), "case \(number), row \(row): \(mined[column].cells[row]), not \(cell)")
                }
            }
        }
    }

    @Test func theStatisticsAreThoseOfTheReference() throws {
        let fixture = try MiningFixture.load()
        for (number, test) in fixture.cases.enumerated() {
            var lines: [String] = []
            _ = try mine(test, fixture) { lines.append($0) }
            for (name, values) in test.statistics {
                if name == "missing" {
                    let words = try #require(lines.last).split(separator: " ")
                    #expect(words.first.map(String.init) == "\(Int(values[0]!))", "case \(number): \(lines.last!)")
                    continue
                }
                let line = try #require(lines.first { $0.hasPrefix(name + " ") }, "case \(number): \(name)")
                let numbers = line.split(separator: " ").dropFirst().map { Double(String($0)) ?? .nan }
                for (value, expected) in zip(numbers, values) {
                    #expect(expected == nil ? value.isNaN : abs(value - expected!) < 2e-4, "case \(number): \(line), not \(values)")
                }
            }
        }
    }

    private func mine(
        _ test: MiningFixture.Case, _ fixture: MiningFixture, log: ((String) -> Void)? = nil
    ) throws -> [(name: String, cells: [DatasetValue])] {
        var options = try test.options.miningOptions()
        options.log = log
        let similarity = SimilarityFunction(rawValue: test.options.similarity ?? "cosine")!
        return try mineHardNegatives(
            anchors: fixture.rows.map { $0[0] }, positives: fixture.rows.map { $0[1] }, names: ("query", "answer"),
            corpus: test.options.corpus == true ? fixture.extra : nil, model: FakeEmbedder(fixture.vectors, similarity: similarity),
            crossEncoder: test.options.cross_encoder == true ? FakeCrossEncoder(fixture.vectors) : nil, options: options)
    }
}
