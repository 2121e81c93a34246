/// Reading and writing Unicode scalars in UTF-8 bytes that are known to be well formed.
///
/// All text here comes from Swift strings, which replace every maximal ill-formed part by U+FFFD, as decoding with
/// replacement does elsewhere. Ill-formed input is therefore never an error: it is tokenised as U+FFFD.
enum UTF8Text {
    /// The scalar that starts at `index`, and the number of its bytes.
    @inline(__always)
    static func scalar(_ text: [UInt8], _ index: Int) -> (value: UInt32, width: Int) {
        let first = UInt32(text[index])
        if first < 0x80 { return (first, 1) }
        if first < 0xE0 { return ((first & 0x1F) << 6 | tail(text, index + 1), 2) }
        if first < 0xF0 { return ((first & 0x0F) << 12 | tail(text, index + 1) << 6 | tail(text, index + 2), 3) }
        let high = (first & 0x07) << 18 | tail(text, index + 1) << 12
        return (high | tail(text, index + 2) << 6 | tail(text, index + 3), 4)
    }

    /// The scalar that ends before `index`.
    static func scalar(_ text: [UInt8], endingAt index: Int) -> UInt32 {
        var start = index - 1
        while isTail(text[start]) { start -= 1 }
        return scalar(text, start).value
    }

    /// Whether a byte continues a scalar.
    @inline(__always)
    static func isTail(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

    /// Writes a scalar at the end of `text`.
    @inline(__always)
    static func append(_ value: UInt32, to text: inout [UInt8]) {
        if value < 0x80 {
            text.append(UInt8(value))
        } else if value < 0x800 {
            text.append(UInt8(0xC0 | value >> 6))
            text.append(UInt8(0x80 | value & 0x3F))
        } else if value < 0x10000 {
            text.append(UInt8(0xE0 | value >> 12))
            text.append(UInt8(0x80 | value >> 6 & 0x3F))
            text.append(UInt8(0x80 | value & 0x3F))
        } else {
            text.append(UInt8(0xF0 | value >> 18))
            text.append(UInt8(0x80 | value >> 12 & 0x3F))
            text.append(UInt8(0x80 | value >> 6 & 0x3F))
            text.append(UInt8(0x80 | value & 0x3F))
        }
    }

    /// All scalars of `text`.
    static func scalars(_ text: [UInt8]) -> [UInt32] {
        var scalars: [UInt32] = []
        scalars.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let (value, width) = scalar(text, index)
            scalars.append(value)
            index += width
        }
        return scalars
    }

    /// `scalars` as UTF-8.
    static func bytes(_ scalars: [UInt32]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(scalars.count)
        for value in scalars { append(value, to: &text) }
        return text
    }

    /// Number of scalars in a range of `text`.
    static func scalarCount(_ text: [UInt8], _ range: Range<Int>) -> Int {
        var count = 0
        for index in range where !isTail(text[index]) { count += 1 }
        return count
    }

    @inline(__always)
    private static func tail(_ text: [UInt8], _ index: Int) -> UInt32 { UInt32(text[index] & 0x3F) }
}
