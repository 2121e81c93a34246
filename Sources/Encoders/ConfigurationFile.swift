import Files
import JSON

/// A JSON file with settings, whose values are checked as they are read; errors name file and key.
struct ConfigurationFile {
    let path: String
    let object: JSONObject

    /// - Throws: ``ModelError`` if the file cannot be read or does not hold an object.
    init(path: String) throws {
        self.path = path
        let value: JSONValue
        do {
            value = try JSONValue.parse(contentsOfFile: path)
        } catch {
            throw ModelError("\(error)")
        }
        guard let object = value.asObject else { throw ModelError("\(path): holds \(Self.describe(value)) where an object is wanted") }
        self.object = object
    }

    /// A part of a file.
    init(path: String, object: JSONObject) {
        self.path = path
        self.object = object
    }

    /// The file at `path`, nil if there is none.
    static func ifPresent(_ path: String) throws -> ConfigurationFile? {
        FileContents.exists(path) ? try ConfigurationFile(path: path) : nil
    }

    /// The longest text that a setting may be, in bytes: no path of the system is longer.
    private static let textLimit = 4096

    func string(_ key: String, default fallback: String? = nil) throws -> String {
        try value(key, fallback, "a text of at most \(Self.textLimit) bytes") { $0.asString.flatMap { $0.utf8.count <= Self.textLimit ? $0 : nil } }
    }

    func bool(_ key: String, default fallback: Bool? = nil) throws -> Bool {
        try value(key, fallback, "true or false") { $0.asBool }
    }

    func number(_ key: String, default fallback: Double? = nil) throws -> Double {
        try value(key, fallback, "a number") { $0.asNumber }
    }

    /// A number within bounds, as float32.
    func number(_ key: String, in range: ClosedRange<Double>, default fallback: Float) throws -> Float {
        try value(key, fallback, "a number from \(range.lowerBound) to \(range.upperBound)") {
            $0.asNumber.flatMap { range.contains($0) ? Float($0) : nil }
        }
    }

    /// A text, nil where there is none.
    func stringIfPresent(_ key: String) throws -> String? { isAbsent(key) ? nil : try string(key) }

    /// An object; empty where there is none.
    func members(_ key: String) throws -> JSONObject {
        try value(key, JSONObject(), "an object") { $0.asObject }
    }

    /// Null counts as absent, as in Python.
    func isAbsent(_ key: String) -> Bool { object[key]?.isNull ?? true }

    /// A whole number above zero, small enough to be a dimension.
    func size(_ key: String, default fallback: Int? = nil) throws -> Int {
        try value(key, fallback, "a whole number above 0") { $0.asInteger.flatMap { (1 ... 1 << 30).contains($0) ? $0 : nil } }
    }

    /// A whole number from zero on.
    func count(_ key: String, default fallback: Int? = nil) throws -> Int {
        try value(key, fallback, "a whole number from 0 on") { $0.asInteger.flatMap { (0 ... 1 << 30).contains($0) ? $0 : nil } }
    }

    /// A number in `0 ..< 1`.
    func probability(_ key: String, default fallback: Float) throws -> Float {
        try value(key, fallback, "a number from 0 to below 1") { $0.asNumber.flatMap { (0..<1).contains($0) ? Float($0) : nil } }
    }

    private func value<Value>(_ key: String, _ fallback: Value?, _ wanted: String, _ read: (JSONValue) -> Value?) throws -> Value {
        guard let found = object[key], !isAbsent(key) else {
            if let fallback { return fallback }
            throw ModelError("\(path): \(key) is missing; \(wanted) is wanted")
        }
        guard let value = read(found) else { throw ModelError("\(path): \(key): \(wanted) is wanted, it is \(Self.describe(found))") }
        return value
    }

    private static func describe(_ value: JSONValue) -> String {
        switch value {
        case .array: return "a list"
        case .object: return "an object"
        case .string(let text) where text.utf8.count > 80: return "a text of \(text.utf8.count) bytes"
        default: return value.serialized()
        }
    }
}
