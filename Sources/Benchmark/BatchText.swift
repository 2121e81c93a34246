import Datasets
import JSON
import Losses

/// A batch as JSON, `{"columns": [[text or [text, ...], ...], ...], "labels": [...]}`, for the pipe to a side of the comparison.
extension LossBatch {
    package var json: JSONValue {
        var object: JSONObject = ["columns": .array(inputs.map { .array($0.map(\.json)) })]
        if let labels { object["labels"] = .array(labels.map(\.json)) }
        return .object(object)
    }

    /// - Throws: ``BenchmarkError`` for anything else.
    package init(json: JSONValue) throws {
        guard let columns = json["columns"]?.asArray else { throw BenchmarkError("a batch without columns came through the pipe") }
        self.init(inputs: columns.map { ($0.asArray ?? []).map { DatasetValue(json: $0) } },
                  labels: json["labels"]?.asArray.map { $0.map { DatasetValue(json: $0) } })
    }

    /// The first rows.
    package func prefix(_ count: Int) -> LossBatch {
        LossBatch(inputs: inputs.map { Array($0.prefix(count)) }, labels: labels.map { Array($0.prefix(count)) })
    }
}

extension DatasetValue {
    fileprivate var json: JSONValue {
        switch self {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .number(let value): return .number(value)
        case .string(let value): return .string(value)
        case .list(let values): return .array(values.map(\.json))
        }
    }

    fileprivate init(json: JSONValue) {
        switch json {
        case .null, .object: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .string(let value): self = .string(value)
        case .array(let values): self = .list(values.map { DatasetValue(json: $0) })
        }
    }
}
