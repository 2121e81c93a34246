/// One cell of a dataset.
public enum DatasetValue: Equatable, Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case list([DatasetValue])

    /// The value as a number: integers, numbers, and booleans as 0 or 1; nil for anything else.
    public var asDouble: Double? {
        switch self {
        case .bool(let value): return value ? 1 : 0
        case .integer(let value): return Double(value)
        case .number(let value): return value
        case .null, .string, .list: return nil
        }
    }

    /// The text of a string cell.
    public var asString: String? {
        if case .string(let value) = self { return value }
        return nil
    }

    /// The cells of a list cell.
    public var asList: [DatasetValue]? {
        if case .list(let values) = self { return values }
        return nil
    }
}
