import Datasets
import Encoders

/// A mistake on the command line.
struct UsageError: Error, CustomStringConvertible {
    let description: String
}

/// What the command line asks for.
struct BenchmarkSettings {
    var model = ""
    var data = ""
    var steps = 12
    var warmup = 3
    var texts = 2_000
    /// Of the search.
    var rowCount = 1_000_000
    var queryCount = 100
    var workloads: [Workload] = []

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        func value(_ option: String) throws -> String {
            guard let value = rest.popFirst() else { throw UsageError(description: "\(option) needs a value; see --help") }
            return value
        }
        func count(_ option: String) throws -> Int {
            let text = try value(option)
            guard let number = Int(text), number > 0 else { throw UsageError(description: "\(option) needs a positive whole number, got '\(text)'") }
            return number
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--model": model = try value(argument)
            case "--data": data = try value(argument)
            case "--steps": steps = try count(argument)
            case "--warmup": warmup = try count(argument)
            case "--texts": texts = try count(argument)
            case "--rows": rowCount = try count(argument)
            case "--queries": queryCount = try count(argument)
            default:
                guard let workload = Workload(rawValue: argument) else {
                    throw UsageError(description: "unknown option or workload '\(argument)'; see --help")
                }
                workloads.append(workload)
            }
        }
        if workloads != [.search] && (model.isEmpty || data.isEmpty) { throw UsageError(description: "--model and --data are needed; see --help") }
        // The search has no counterpart in the reference and takes memory of its own: it runs where it is named.
        if workloads.isEmpty { workloads = Workload.allCases.filter { $0 != .search } }
    }

    /// The rows of the data file: two texts and a score from 0 to 5.
    func rows() throws -> [(first: String, second: String, score: Double)] {
        var options = DatasetReadOptions()
        options.columnNames = ["first", "second", "score"]
        options.hasHeader = false
        let dataset = try Dataset.read(data, options: options)
        return try (0..<dataset.rowCount).map { row in
            let cells = try ["first", "second", "score"].map { try dataset.value(row: row, column: $0) }
            guard let first = cells[0].asString, let second = cells[1].asString, let score = cells[2].asDouble else {
                throw UsageError(description: "\(data): row \(row + 1) is not text, text, number")
            }
            return (first, second, score)
        }
    }
}
