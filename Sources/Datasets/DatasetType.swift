/// What the cells of a column are, under the names of the field. Any column may also hold nulls.
public indirect enum DatasetType: Equatable, Sendable, CustomStringConvertible {
    /// Every cell is null.
    case null
    case bool
    case integer
    case number
    case string
    case list(DatasetType)

    /// `null`, `bool`, `int64`, `float64`, `string`, `list<string>` and so on.
    public var description: String {
        switch self {
        case .null: return "null"
        case .bool: return "bool"
        case .integer: return "int64"
        case .number: return "float64"
        case .string: return "string"
        case .list(let element): return "list<\(element)>"
        }
    }

    /// How deep lists may nest, as deep as JSON does.
    public static let depthLimit = 512

    /// Reads what `description` writes; nil for any other text, and for lists that nest deeper than ``depthLimit``.
    public init?(_ description: String) {
        var element = description[...], depth = 0
        while depth <= Self.depthLimit, element.hasPrefix("list<"), element.hasSuffix(">") {
            element = element.dropFirst(5).dropLast()
            depth += 1
        }
        guard depth <= Self.depthLimit else { return nil }
        switch element {
        case "null": self = .null
        case "bool": self = .bool
        case "int64": self = .integer
        case "float64": self = .number
        case "string": self = .string
        default: return nil
        }
        for _ in 0..<depth { self = .list(self) }
    }

    /// The type of a column that holds cells of both: null gives way to anything, integers become numbers.
    /// Nil if the two do not fit.
    func merged(with other: DatasetType) -> DatasetType? {
        switch (self, other) {
        case (.null, let type), (let type, .null): return type
        case (.integer, .number), (.number, .integer): return .number
        case (.list(let a), .list(let b)): return a.merged(with: b).map { .list($0) }
        default: return self == other ? self : nil
        }
    }
}

extension DatasetValue {
    /// The type of a cell; nil for a list whose elements do not fit together.
    var type: DatasetType? {
        switch self {
        case .null: return .null
        case .bool: return .bool
        case .integer: return .integer
        case .number: return .number
        case .string: return .string
        case .list(let values):
            var element = DatasetType.null
            for value in values {
                guard let merged = value.type.flatMap({ element.merged(with: $0) }) else { return nil }
                element = merged
            }
            return .list(element)
        }
    }

    /// The cell with its integers as numbers where the column's type wants numbers; nil for an integer that no double equals.
    func widened(to type: DatasetType) -> DatasetValue? {
        switch (self, type) {
        case (.integer(let value), .number): return Double(exactly: value).map { .number($0) }
        case (.list(let values), .list(let element)):
            guard element.holdsNumbers else { return self }
            let widened = values.compactMap { $0.widened(to: element) }
            return widened.count == values.count ? .list(widened) : nil
        default: return self
        }
    }
}

extension DatasetType {
    /// Whether a column of this type may hold integers that must become numbers.
    var holdsNumbers: Bool {
        switch self {
        case .number: return true
        case .list(let element): return element.holdsNumbers
        default: return false
        }
    }
}
