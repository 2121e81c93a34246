import JSON

/// A member of a JSON file together with its place, so that every complaint can name file and key.
struct ComponentReader {
    let value: JSONValue?
    let file: String
    let key: String

    init(_ value: JSONValue?, file: String, key: String = "") {
        self.value = value
        self.file = file
        self.key = key
    }

    /// A member of this object; its value is nil if it is absent, or if this is not an object.
    subscript(name: String) -> ComponentReader {
        var child: JSONValue?
        if case .object(let object)? = value { child = object[name] }
        return ComponentReader(child, file: file, key: key.isEmpty ? name : key + "." + name)
    }

    /// Whether the member is absent or null.
    var isMissing: Bool {
        if case .null? = value { return true }
        return value == nil
    }

    /// The error that something is wrong here.
    func problem(_ text: String) -> TokenizerError { .invalid(file: file, key: key, problem: text) }

    func object() throws -> JSONObject {
        guard case .object(let object)? = value else { throw wrongKind("an object") }
        return object
    }

    /// The elements of an array.
    func elements() throws -> [ComponentReader] {
        guard case .array(let array)? = value else { throw wrongKind("an array") }
        return array.enumerated().map { ComponentReader($1, file: file, key: "\(key)[\($0)]") }
    }

    /// The steps of a sequence. - Parameter count: the number of steps in all, those of sequences within it included.
    /// - Throws: ``TokenizerError`` for more steps than any tokenizer has, each of which would go through every text.
    func steps<Step>(_ read: (ComponentReader) throws -> Step?, count: ([Step]) -> Int) throws -> [Step] {
        let limit = 256
        let members = try elements()
        if members.count > limit { throw problem("\(members.count) steps; more than \(limit) are not supported") }
        let steps = try members.compactMap(read), all = count(steps)
        if all > limit { throw problem("\(all) steps in all; more than \(limit) are not supported") }
        return steps
    }

    func string() throws -> String {
        guard case .string(let text)? = value else { throw wrongKind("a string") }
        return text
    }

    func string(default text: String) throws -> String { isMissing ? text : try string() }

    func bool() throws -> Bool {
        guard case .bool(let flag)? = value else { throw wrongKind("true or false") }
        return flag
    }

    func bool(default flag: Bool) throws -> Bool { isMissing ? flag : try bool() }

    /// An integer from 0 to 2^31 - 1.
    func count() throws -> Int {
        guard case .integer(let number)? = value, number >= 0, number <= Int32.max else {
            throw wrongKind("an integer that is not negative")
        }
        return Int(number)
    }

    /// A string of one scalar.
    func scalar() throws -> UInt32 {
        let scalars = try string().unicodeScalars
        guard let first = scalars.first, scalars.count == 1 else { throw wrongKind("a string of one character") }
        return first.value
    }

    /// One of the cases of a string enumeration.
    func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) throws -> Choice where Choice.RawValue == String {
        let text = try string()
        if let choice = Choice(rawValue: text) { return choice }
        let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw problem("\"\(text)\" is not one of \(known)")
    }

    private func wrongKind(_ wanted: String) -> TokenizerError {
        switch value {
        case nil: return problem("missing, expected \(wanted)")
        case .null?: return problem("null, expected \(wanted)")
        case .bool?: return problem("true or false, expected \(wanted)")
        case .integer(let number)?: return problem("\(number), expected \(wanted)")
        case .number(let number)?: return problem("\(number), expected \(wanted)")
        case .string?: return problem("a string, expected \(wanted)")
        case .array?: return problem("an array, expected \(wanted)")
        case .object?: return problem("an object, expected \(wanted)")
        }
    }
}
