import JSON

/// One member of a saved state: its place in the file, how it is written, and what is accepted when it is read back.
///
/// A ``SavedState`` lists its members once; that list writes the file, reads it and checks it, so none of the three can forget one.
struct SavedField<State> {
    /// Its place: `position.epoch` is the member `epoch` of the object `position`.
    let key: String
    let write: (State) -> JSONValue
    /// Takes what the file has, nil where it has nothing. Gives what was wanted in its place, nil if it was taken.
    let read: (JSONValue?, inout State) -> String?
}

extension SavedField {
    /// A member of any kind.
    /// - Parameters:
    ///   - wanted: what is accepted, as in "a whole number from 0 to 5".
    ///   - isRequired: whether a file without it is refused.
    static func value<Value>(_ key: String, _ path: WritableKeyPath<State, Value>, wanted: String, isRequired: Bool = true,
                             write: @escaping (Value) -> JSONValue, read: @escaping (JSONValue) -> Value?) -> Self {
        Self(key: key, write: { write($0[keyPath: path]) }, read: { json, state in
            guard let json else { return isRequired ? wanted : nil }
            guard let value = read(json) else { return wanted }
            state[keyPath: path] = value
            return nil
        })
    }

    static func count(_ key: String, _ path: WritableKeyPath<State, Int>, _ range: ClosedRange<Int> = 0...TrainingPlan.mostSteps,
                      isRequired: Bool = true) -> Self {
        value(key, path, wanted: "a whole number from \(range.lowerBound) to \(range.upperBound)", isRequired: isRequired,
              write: { .integer(Int64($0)) }, read: { $0.asInteger.flatMap { range.contains($0) ? $0 : nil } })
    }

    static func number(_ key: String, _ path: WritableKeyPath<State, Double>,
                       _ range: ClosedRange<Double> = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude) -> Self {
        let isUnbounded = range.upperBound == Double.greatestFiniteMagnitude
        return value(key, path, wanted: isUnbounded ? "a finite number" : "a number from \(range.lowerBound) to \(range.upperBound)",
                     write: { .number($0) }, read: { $0.asNumber.flatMap { range.contains($0) ? $0 : nil } })
    }

    static func text(_ key: String, _ path: WritableKeyPath<State, String>) -> Self {
        value(key, path, wanted: "a text", write: { .string($0) }, read: \.asString)
    }

    static func flag(_ key: String, _ path: WritableKeyPath<State, Bool>) -> Self {
        value(key, path, wanted: "true or false", write: { .bool($0) }, read: \.asBool)
    }

    /// All 64 bits, written as a text since JSON readers hold fewer.
    static func bits(_ key: String, _ path: WritableKeyPath<State, UInt64>, atMost limit: UInt64 = .max) -> Self {
        value(key, path, wanted: "a text of a whole number from 0 to \(limit)", write: { .string("\($0)") },
              read: { $0.asString.flatMap { UInt64($0) }.flatMap { $0 <= limit ? $0 : nil } })
    }

    /// Numbers in a list; all have to be accepted.
    static func list<Element>(_ key: String, _ path: WritableKeyPath<State, [Element]>, wanted: String,
                              write: @escaping (Element) -> JSONValue, read: @escaping (JSONValue) -> Element?) -> Self {
        value(key, path, wanted: wanted, write: { .array($0.map(write)) }, read: { json in
            guard let entries = json.asArray else { return nil }
            let values = entries.compactMap(read)
            return values.count == entries.count ? values : nil
        })
    }

    /// A member that may be `null`.
    static func optional<Value>(_ key: String, _ path: WritableKeyPath<State, Value?>, wanted: String,
                                write: @escaping (Value) -> JSONValue, read: @escaping (JSONValue) -> Value?) -> Self {
        value(key, path, wanted: wanted + ", or null", isRequired: false, write: { $0.map(write) ?? .null },
              read: { json in json.isNull ? .some(nil) : read(json).map { .some($0) } })
    }

    /// A member that the format has and that says nothing here: written, not read.
    static func constant(_ key: String, _ value: JSONValue) -> Self {
        Self(key: key, write: { _ in value }, read: { _, _ in nil })
    }
}

/// A state that is kept in a file of a checkpoint.
protocol SavedState {
    init()
    /// Every member of the file, in its order.
    static var fields: [SavedField<Self>] { get }
}

extension SavedState {
    /// The members of the file.
    var members: JSONObject {
        var object = JSONObject()
        for field in Self.fields { object.set(field.write(self), at: field.key.split(separator: ".")[...]) }
        return object
    }

    /// - Throws: ``TrainingError`` naming the file and the member that is missing or not what is wanted.
    init(members json: JSONValue, file: String) throws {
        self.init()
        for field in Self.fields {
            var value: JSONValue? = json
            for key in field.key.split(separator: ".") { value = value?[String(key)] }
            if let wanted = field.read(value, &self) {
                let found = value.map { "is \(Self.excerpt($0))" } ?? "is missing"
                throw TrainingError("\(file): '\(field.key)' \(found), \(wanted) is wanted; the checkpoint is damaged, or of another version")
            }
        }
    }

    private static func excerpt(_ value: JSONValue) -> String {
        let text = value.serialized()
        return text.count > 40 ? text.prefix(40) + "..." : text
    }
}

extension JSONObject {
    /// Sets a member of objects within objects, which are made where they are missing.
    fileprivate mutating func set(_ value: JSONValue, at path: ArraySlice<Substring>) {
        guard let first = path.first else { return }
        if path.count == 1 {
            self[String(first)] = value
            return
        }
        var inner = self[String(first)]?.asObject ?? JSONObject()
        inner.set(value, at: path.dropFirst())
        self[String(first)] = .object(inner)
    }
}
