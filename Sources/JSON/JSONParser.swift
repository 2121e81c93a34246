/// Where a parser departs from its rules.
public struct JSONParsingOptions: Sendable {
    /// Reads `NaN`, `Infinity` and `-Infinity`, which Python's json writes (a trainer state with a diverged loss).
    public var allowsNonFinite: Bool
    /// Makes a key that comes twice in one object an error; otherwise the last value wins.
    public var rejectsDuplicateKeys: Bool

    public init(allowsNonFinite: Bool = false, rejectsDuplicateKeys: Bool = false) {
        self.allowsNonFinite = allowsNonFinite
        self.rejectsDuplicateKeys = rejectsDuplicateKeys
    }
}

/// A recursive-descent parser over UTF-8 bytes, as strict as RFC 8259.
///
/// Rules where the standard leaves room: a byte order mark at the start is skipped; of duplicate keys the last value
/// wins; an integer beyond 64 bits becomes a double if one equals it, and is an error otherwise; a number with a fraction or
/// an exponent beyond a double's range is an error unless non-finite numbers are allowed; an escaped surrogate without its partner becomes U+FFFD, since Swift strings cannot hold it;
/// bytes that are not UTF-8 are an error.
struct JSONParser {
    /// Deeper nesting than this is refused, so that a hostile file cannot exhaust the stack.
    static let depthLimit = 512

    private let base: UnsafePointer<UInt8>
    private let count: Int
    private var position = 0
    private var depth = 0
    private let options: JSONParsingOptions
    private let file: String?
    private let firstLine: Int

    init(bytes: UnsafeRawBufferPointer, options: JSONParsingOptions, file: String?, firstLine: Int) {
        // An empty buffer may have no address; it is never read then.
        base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? UnsafePointer(bitPattern: 1)!
        count = bytes.count
        self.options = options
        self.file = file
        self.firstLine = firstLine
    }

    mutating func document() throws -> JSONValue {
        if count >= 3 && base[0] == 0xEF && base[1] == 0xBB && base[2] == 0xBF { position = 3 }
        let result = try value()
        skipSpace()
        if position < count { throw error("expected the end of the document, found \(found(at: position))") }
        return result
    }

    // MARK: Values

    private mutating func value() throws -> JSONValue {
        skipSpace()
        guard position < count else { throw error("expected a value, found the end of the text") }
        switch base[position] {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"): try word("true"); return .bool(true)
        case UInt8(ascii: "f"): try word("false"); return .bool(false)
        case UInt8(ascii: "n"): try word("null"); return .null
        case UInt8(ascii: "N"): try nonFinite("NaN"); return .number(.nan)
        case UInt8(ascii: "I"): try nonFinite("Infinity"); return .number(.infinity)
        default: throw error("expected a value, found \(found(at: position))")
        }
    }

    private mutating func object() throws -> JSONValue {
        try enter()
        var members: [(String, JSONValue)] = []
        position += 1
        skipSpace()
        if peek() == UInt8(ascii: "}") {
            position += 1
        } else {
            while true {
                skipSpace()
                guard peek() == UInt8(ascii: "\"") else {
                    throw error("expected a key in double quotes, found \(found(at: position))")
                }
                let key = try string()
                skipSpace()
                guard peek() == UInt8(ascii: ":") else {
                    throw error("expected ':' after the key, found \(found(at: position))")
                }
                position += 1
                members.append((key, try value()))
                skipSpace()
                let next = peek()
                position += 1
                if next == UInt8(ascii: ",") { continue }
                if next == UInt8(ascii: "}") { break }
                position -= 1
                throw error("expected ',' or '}' after a member, found \(found(at: position))")
            }
        }
        depth -= 1
        let object = JSONObject(members)
        if options.rejectsDuplicateKeys && object.count < members.count { throw duplicateKey(in: members) }
        return .object(object)
    }

    private func duplicateKey(in members: [(String, JSONValue)]) -> JSONError {
        var seen = JSONObject()
        for (key, _) in members {
            if seen[key] != nil { return error("the key \(JSONValue.string(key).serialized()) comes twice in the object that ends here") }
            seen[key] = .null
        }
        return error("a key comes twice in the object that ends here")
    }

    private mutating func array() throws -> JSONValue {
        try enter()
        var elements: [JSONValue] = []
        position += 1
        skipSpace()
        if peek() == UInt8(ascii: "]") {
            position += 1
        } else {
            while true {
                elements.append(try value())
                skipSpace()
                let next = peek()
                position += 1
                if next == UInt8(ascii: ",") { continue }
                if next == UInt8(ascii: "]") { break }
                position -= 1
                throw error("expected ',' or ']' after an element, found \(found(at: position))")
            }
        }
        depth -= 1
        return .array(elements)
    }

    private mutating func enter() throws {
        depth += 1
        if depth > Self.depthLimit { throw error("nested deeper than \(Self.depthLimit) levels") }
    }

    private mutating func word(_ word: StaticString) throws {
        let length = word.utf8CodeUnitCount
        guard position + length <= count, (0..<length).allSatisfy({ base[position + $0] == word.utf8Start[$0] }) else {
            throw error("expected a value, found \(found(at: position))")
        }
        position += length
    }

    private mutating func nonFinite(_ name: StaticString) throws {
        let start = position
        try word(name)
        guard options.allowsNonFinite else { throw error("\(name) is not a JSON number", at: start) }
    }

    // MARK: Numbers

    private mutating func number() throws -> JSONValue {
        let start = position
        var cursor = start
        let isNegative = base[cursor] == UInt8(ascii: "-")
        if isNegative { cursor += 1 }
        if isNegative && cursor < count && base[cursor] == UInt8(ascii: "I") {
            position = cursor
            try nonFinite("Infinity")
            return .number(-.infinity)
        }
        // The digits as one integer, exact while there are at most 18.
        var mantissa: UInt64 = 0
        var digits = 0
        func digit(_ at: Int) -> UInt64? {
            guard at < count else { return nil }
            let value = base[at] &- UInt8(ascii: "0")
            return value <= 9 ? UInt64(value) : nil
        }
        guard let first = digit(cursor) else { throw error("expected a digit, found \(found(at: cursor))", at: cursor) }
        if first == 0 {
            cursor += 1
            if digit(cursor) != nil { throw error("a number must not start with 0", at: start) }
        }
        while let next = digit(cursor) {
            mantissa = mantissa &* 10 &+ next
            digits += 1
            cursor += 1
        }
        var exponent = 0
        var isInteger = true
        if cursor < count && base[cursor] == UInt8(ascii: ".") {
            isInteger = false
            cursor += 1
            let fractionStart = cursor
            while let next = digit(cursor) {
                mantissa = mantissa &* 10 &+ next
                digits += 1
                cursor += 1
            }
            if cursor == fractionStart { throw error("expected a digit after the point, found \(found(at: cursor))", at: cursor) }
            exponent = fractionStart - cursor
        }
        if cursor < count && base[cursor] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            cursor += 1
            var isExponentNegative = false
            if cursor < count && (base[cursor] == UInt8(ascii: "+") || base[cursor] == UInt8(ascii: "-")) {
                isExponentNegative = base[cursor] == UInt8(ascii: "-")
                cursor += 1
            }
            guard digit(cursor) != nil else {
                throw error("expected a digit in the exponent, found \(found(at: cursor))", at: cursor)
            }
            var written = 0
            while let next = digit(cursor) {
                written = min(written * 10 + Int(next), 1_000_000)
                cursor += 1
            }
            exponent += isExponentNegative ? -written : written
        }
        position = cursor

        if isInteger && digits <= 18 { return .integer(isNegative ? -Int64(mantissa) : Int64(mantissa)) }
        // Both factors are exact doubles, so one rounding gives the nearest double (Clinger 1990, the fast case).
        if digits <= 18 && mantissa <= 1 << 53 && abs(exponent) <= 22 {
            let power = Self.powersOfTen[abs(exponent)]
            let magnitude = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
            return .number(isNegative ? -magnitude : magnitude)
        }
        let text = String(decoding: UnsafeBufferPointer(start: base + start, count: cursor - start), as: UTF8.self)
        if isInteger, let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite || options.allowsNonFinite && !isInteger else {
            throw error("the number is too large for a double", at: start)
        }
        if isInteger, !ExactInteger.isValue(number, of: isNegative ? text.dropFirst() : text[...]) {
            throw error("the integer has more than 64 bits and is not a double either; write it as a text", at: start)
        }
        return .number(number)
    }

    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    // MARK: Strings

    private mutating func string() throws -> String {
        let opening = position
        var cursor = position + 1
        while cursor < count {
            let byte = base[cursor]
            if byte == UInt8(ascii: "\"") {
                position = cursor + 1
                return try text(from: opening + 1, to: cursor)
            }
            if byte == UInt8(ascii: "\\") { return try stringWithEscapes(opening: opening, firstEscape: cursor) }
            if byte < 0x20 { throw bareControl(byte, at: cursor, opening: opening) }
            cursor += 1
        }
        throw error("the string that starts here is not closed", at: opening)
    }

    private mutating func stringWithEscapes(opening: Int, firstEscape: Int) throws -> String {
        var bytes = Array(UnsafeBufferPointer(start: base + opening + 1, count: firstEscape - opening - 1))
        position = firstEscape
        while position < count {
            let byte = base[position]
            if byte == UInt8(ascii: "\"") {
                let end = position
                position += 1
                if let text = String(validating: bytes, as: UTF8.self) { return text }
                throw invalidUTF8(from: opening + 1, to: end)
            }
            if byte == UInt8(ascii: "\\") {
                try escape(into: &bytes)
            } else if byte < 0x20 {
                throw bareControl(byte, at: position, opening: opening)
            } else {
                bytes.append(byte)
                position += 1
            }
        }
        throw error("the string that starts here is not closed", at: opening)
    }

    private mutating func escape(into bytes: inout [UInt8]) throws {
        let start = position
        guard start + 1 < count else { throw error("the text ends inside an escape") }
        position += 2
        switch base[start + 1] {
        case UInt8(ascii: "\""): bytes.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "/"): bytes.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b"): bytes.append(8)
        case UInt8(ascii: "f"): bytes.append(12)
        case UInt8(ascii: "n"): bytes.append(10)
        case UInt8(ascii: "r"): bytes.append(13)
        case UInt8(ascii: "t"): bytes.append(9)
        case UInt8(ascii: "u"):
            let unit = try hexUnit(escapeStart: start)
            var scalar = UInt32(unit)
            if unit & 0xFC00 == 0xD800 {
                scalar = 0xFFFD
                if position + 1 < count && base[position] == UInt8(ascii: "\\") && base[position + 1] == UInt8(ascii: "u") {
                    let afterFirst = position
                    position += 2
                    let second = try hexUnit(escapeStart: afterFirst)
                    if second & 0xFC00 == 0xDC00 {
                        scalar = 0x10000 + (UInt32(unit & 0x3FF) << 10 | UInt32(second & 0x3FF))
                    } else {
                        position = afterFirst
                    }
                }
            } else if unit & 0xFC00 == 0xDC00 {
                scalar = 0xFFFD
            }
            bytes.append(contentsOf: UTF8.encode(Unicode.Scalar(scalar)!)!)
        default:
            throw error("'\\' must be followed by one of \" \\ / b f n r t u, found \(found(at: start + 1))", at: start)
        }
    }

    private mutating func hexUnit(escapeStart: Int) throws -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard position < count, let digit = Character(Unicode.Scalar(base[position])).hexDigitValue else {
                throw error("'\\u' must be followed by four hexadecimal digits", at: escapeStart)
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    private func text(from start: Int, to end: Int) throws -> String {
        let bytes = UnsafeBufferPointer(start: base + start, count: end - start)
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        throw invalidUTF8(from: start, to: end)
    }

    private func invalidUTF8(from start: Int, to end: Int) -> JSONError {
        var decoder = UTF8()
        var bytes = UnsafeBufferPointer(start: base + start, count: end - start).makeIterator()
        var valid = start
        scan: while true {
            switch decoder.decode(&bytes) {
            case .scalarValue(let scalar): valid += UTF8.width(scalar)
            case .emptyInput, .error: break scan
            }
        }
        return error("the bytes from here are not UTF-8", at: valid)
    }

    private func bareControl(_ byte: UInt8, at place: Int, opening: Int) -> JSONError {
        if byte == 10 || byte == 13 { return error("the string that starts here is not closed on its line", at: opening) }
        return error("a control character in a string must be escaped as \\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))", at: place)
    }

    // MARK: Bytes and places

    @inline(__always)
    private func peek() -> UInt8? { position < count ? base[position] : nil }

    @inline(__always)
    private mutating func skipSpace() {
        while position < count {
            let byte = base[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            position += 1
        }
    }

    private func found(at place: Int) -> String {
        guard place < count else { return "the end of the text" }
        var decoder = UTF8()
        var bytes = UnsafeBufferPointer(start: base + place, count: min(count - place, 4)).makeIterator()
        if case .scalarValue(let scalar) = decoder.decode(&bytes), scalar.value >= 0x20 { return "'\(scalar)'" }
        return "the byte 0x\(base[place] < 16 ? "0" : "")\(String(base[place], radix: 16))"
    }

    private func error(_ message: String, at place: Int? = nil) -> JSONError {
        var line = firstLine
        var lineStart = 0
        let place = min(place ?? position, count)
        for index in 0..<place where base[index] == 0x0A {
            line += 1
            lineStart = index + 1
        }
        // Continuation bytes do not begin a character.
        let column = (lineStart..<place).reduce(1) { $0 + (base[$1] & 0xC0 == 0x80 ? 0 : 1) }
        return JSONError(file: file, line: line, column: column, message: message)
    }
}
