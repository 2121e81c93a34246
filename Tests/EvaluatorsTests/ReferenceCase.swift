import Encoders
import Evaluators
import Foundation
import Testing

/// What the reference returned and wrote for one evaluator and the same scores.
struct ReferenceResult: Decodable {
    let keys: [String]
    /// null stands for NaN.
    let values: [Double?]
    let primary: String
    let csvName: String
    let csv: String
}

/// Reads `Fixtures/<name>.json`.
func fixture<Content: Decodable>(_ name: String, as type: Content.Type = Content.self) throws -> Content {
    let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(type, from: Data(contentsOf: url))
}

/// An empty folder that is removed afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path)
}

/// Runs an evaluator twice into one folder and compares keys, values (to 1e-6) and the CSV file with the reference's.
/// - Returns: the greatest difference of a value, relative where values are above 1.
@discardableResult
func expectSame(
    _ evaluator: any Evaluator, _ model: any EncoderModel, as expected: ReferenceResult, case number: Int,
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> Double {
    try withTemporaryFolder { folder in
        let metrics = try evaluator.evaluate(model, at: EvaluationMoment(outputFolder: folder))
        _ = try evaluator.evaluate(model, at: EvaluationMoment(outputFolder: folder, epoch: 0.5, steps: 120))
        #expect(metrics.map(\.key) == expected.keys, "case \(number)", sourceLocation: sourceLocation)
        #expect(evaluator.metricKeys == expected.keys, "case \(number)", sourceLocation: sourceLocation)
        #expect(evaluator.primaryMetric == expected.primary, "case \(number)", sourceLocation: sourceLocation)
        for (metric, value) in zip(metrics, expected.values) {
            #expect(isClose(metric.value, value ?? .nan), "case \(number): \(metric.key) is \(metric.value), not \(value ?? .nan)",
                    sourceLocation: sourceLocation)
        }
        let text = try String(contentsOfFile: folder + "/" + expected.csvName, encoding: .utf8)
        let lineEnd = expected.csv.utf8.contains(13) ? "\r\n" : "\n"
        #expect(text.components(separatedBy: lineEnd).count == 4, "case \(number)", sourceLocation: sourceLocation)
        let (cells, expectedCells) = (cells(text), cells(expected.csv))
        #expect(cells.count == expectedCells.count, "case \(number)", sourceLocation: sourceLocation)
        for (cell, expectedCell) in zip(cells, expectedCells) {
            let same = cell == expectedCell || isClose(Double(cell) ?? .infinity, Double(expectedCell) ?? -.infinity)
            #expect(same, "case \(number): CSV cell \(cell), not \(expectedCell)", sourceLocation: sourceLocation)
        }
        return zip(metrics, expected.values).reduce(0) { max($0, difference($1.0.value, $1.1 ?? .nan)) }
    }
}

/// Prints a line of the table of evaluators: how many cases and the greatest difference from the reference.
func printParity(_ evaluator: String, _ differences: [Double]) {
    print(evaluator.padding(toLength: 45, withPad: " ", startingAt: 0),
          String(format: "cases %d  difference %.1e", differences.count, differences.max() ?? 0))
}

private func cells(_ text: String) -> [String] {
    text.replacingOccurrences(of: "\r\n", with: "\n").components(separatedBy: "\n").flatMap { $0.components(separatedBy: ",") }
}

func isClose(_ a: Double, _ b: Double) -> Bool { difference(a, b) <= 1e-6 }

/// Relative where `b` is above 1; infinite where one alone is NaN.
func difference(_ a: Double, _ b: Double) -> Double {
    if a.isNaN || b.isNaN { return a.isNaN && b.isNaN ? 0 : .infinity }
    return a == b ? 0 : abs(a - b) / max(1, abs(b))
}
