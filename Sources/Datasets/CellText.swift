/// Reading numbers and booleans out of the text of a cell. Spaces around them do not count.
enum CellText {
    /// A decimal integer of 64 bits. With a leading zero (`007`) it is an identifier, not a number, and stays text.
    static func integer(_ text: String) -> Int64? {
        let trimmed = trimmed(text)
        guard isDecimal(trimmed, allowsFraction: false) else { return nil }
        return Int64(trimmed)
    }

    /// A decimal number with or without fraction and exponent (an integer only if a double equals it), or nan, inf, infinity in any case, with or without sign.
    static func number(_ text: String) -> Double? {
        let trimmed = trimmed(text)
        if isDecimal(trimmed, allowsFraction: false) { return Int64(trimmed).flatMap { Double(exactly: $0) } }
        if isDecimal(trimmed, allowsFraction: true) { return Double(trimmed) }
        let unsigned = trimmed.first == "-" || trimmed.first == "+" ? trimmed.dropFirst() : trimmed
        guard (3...8).contains(unsigned.utf8.count) else { return nil }
        switch unsigned.lowercased() {
        case "nan": return .nan
        case "inf", "infinity": return trimmed.first == "-" ? -.infinity : .infinity
        default: return nil
        }
    }

    /// `true` or `false` in lower case, upper case or capitalised.
    static func bool(_ text: String) -> Bool? {
        switch trimmed(text) {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default: return nil
        }
    }

    private static func trimmed(_ text: String) -> Substring {
        let bytes = text.utf8
        guard let start = bytes.firstIndex(where: { $0 != 0x20 && $0 != 0x09 }),
              let end = bytes.lastIndex(where: { $0 != 0x20 && $0 != 0x09 }) else { return "" }
        return text[start...end]
    }

    private static func isDecimal(_ text: Substring, allowsFraction: Bool) -> Bool {
        var bytes = text.utf8[...]
        func dropDigits() -> Int {
            let rest = bytes.drop { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            defer { bytes = rest }
            return bytes.count - rest.count
        }
        if bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+") { bytes = bytes.dropFirst() }
        let startsWithZero = bytes.first == UInt8(ascii: "0")
        let whole = dropDigits()
        if startsWithZero && whole > 1 { return false }
        guard allowsFraction else { return whole > 0 && bytes.isEmpty }
        var fraction = 0
        if bytes.first == UInt8(ascii: ".") {
            bytes = bytes.dropFirst()
            fraction = dropDigits()
        }
        if whole + fraction == 0 { return false }
        if let letter = bytes.first, letter | 0x20 == UInt8(ascii: "e") {
            bytes = bytes.dropFirst()
            if bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+") { bytes = bytes.dropFirst() }
            if dropDigits() == 0 { return false }
        }
        return bytes.isEmpty
    }
}
