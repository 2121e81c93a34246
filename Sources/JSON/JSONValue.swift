import Files

/// A JSON document or a part of one.
///
/// sentx reads JSON itself because two things are needed that Foundation's parser does not give: the order of an
/// object's keys, which decides the order of dataset columns and so which column is the query, and the line and
/// column of what is wrong.
public enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    /// A number without fraction or exponent that fits 64 bits.
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    /// Reads a text that holds exactly one document. Throws `JSONError`.
    public static func parse(_ text: String, options: JSONParsingOptions = .init()) throws -> JSONValue {
        var text = text
        return try text.withUTF8 { try parse(bytes: UnsafeRawBufferPointer($0), options: options) }
    }

    /// Reads bytes that hold exactly one document in UTF-8. Throws `JSONError`.
    ///
    /// - Parameters:
    ///   - file: named in errors.
    ///   - firstLine: the number of the line that the bytes begin with, for a document inside a larger file.
    public static func parse(
        bytes: UnsafeRawBufferPointer, options: JSONParsingOptions = .init(), file: String? = nil, firstLine: Int = 1
    ) throws -> JSONValue {
        var parser = JSONParser(bytes: bytes, options: options, file: file, firstLine: firstLine)
        return try parser.document()
    }

    /// Reads a file that holds exactly one document in UTF-8. Throws `JSONError` that names the file, or `FileError`, also for a file
    /// of more than `FileContents.sizeLimit` bytes.
    public static func parse(contentsOfFile path: String, options: JSONParsingOptions = .init()) throws -> JSONValue {
        let file = try FileBytes(path, limit: FileContents.sizeLimit)
        return try withExtendedLifetime(file) { try parse(bytes: file.bytes, options: options, file: path) }
    }
}

extension JSONValue {
    /// Whether this is `null`.
    public var isNull: Bool {
        if case .null = self { return true }
        return false
    }

    /// The members of an object, nil for anything else.
    public var asObject: JSONObject? {
        if case .object(let members) = self { return members }
        return nil
    }

    /// The elements of an array, nil for anything else.
    public var asArray: [JSONValue]? {
        if case .array(let elements) = self { return elements }
        return nil
    }

    /// The text of a string, nil for anything else.
    public var asString: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    /// An integer, or a number with an integer's value (`2.0`); nil for anything else. From 2^53 on a double does not tell which
    /// integer was written, so that such a number is none.
    public var asInteger: Int? {
        switch self {
        case .integer(let value): return Int(value)
        case .number(let value): return value.magnitude < 0x1p53 ? Int(exactly: value) : nil
        default: return nil
        }
    }

    /// A number of either kind; nil for anything else, an integer that no double equals included.
    public var asNumber: Double? {
        switch self {
        case .integer(let value): return Double(exactly: value)
        case .number(let value): return value
        default: return nil
        }
    }

    /// A boolean, nil for anything else.
    public var asBool: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    /// A member of an object; nil if it is absent or this is not an object.
    public subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { return members[key] }
        return nil
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}
