/// One cell of a dataset.
public enum DatasetValue: Sendable {
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

    /// Whether the cell is empty.
    public var isNull: Bool {
        if case .null = self { return true }
        return false
    }
}

/// Texts are equal if their bytes are; Swift's own comparison holds a precomposed and a decomposed é for equal.
extension DatasetValue: Hashable {
    public static func == (a: DatasetValue, b: DatasetValue) -> Bool {
        switch (a, b) {
        case (.null, .null): return true
        case (.bool(let a), .bool(let b)): return a == b
        case (.integer(let a), .integer(let b)): return a == b
        case (.number(let a), .number(let b)): return a == b
        case (.string(let a), .string(let b)): return a.utf8.count == b.utf8.count && a.utf8.elementsEqual(b.utf8)
        case (.list(let a), .list(let b)): return a == b
        default: return false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .integer(let value): hasher.combine(value)
        case .number(let value): hasher.combine(value)
        case .string(var text): text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        case .list(let values): hasher.combine(values)
        }
    }
}
