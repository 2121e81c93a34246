/// The bytes with which text may begin, in well-formed UTF-8, and whether it may be at its end.
struct ByteSet: Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    /// Whether the end of the text is accepted.
    var acceptsEnd = false

    /// Every scalar, and the end.
    static let all: ByteSet = {
        var set = ByteSet(asciiLow: .max, asciiHigh: .max, acceptsOthers: true)
        set.acceptsEnd = true
        return set
    }()

    init() {}

    /// - Parameters:
    ///   - asciiLow: a bit for each of the bytes 0 to 63.
    ///   - asciiHigh: a bit for each of the bytes 64 to 127.
    ///   - acceptsOthers: whether scalars beyond ASCII are accepted.
    init(asciiLow: UInt64, asciiHigh: UInt64, acceptsOthers: Bool) {
        // The first bytes of longer scalars are 0xC2 to 0xF4.
        words = (asciiLow, asciiHigh, 0, acceptsOthers ? (1 << 53 - 1) & ~3 : 0)
    }

    /// - Parameter byte: the only one.
    init(byte: UInt8) {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: words.0 = bit
        case 1: words.1 = bit
        case 2: words.2 = bit
        default: words.3 = bit
        }
    }

    mutating func formUnion(_ other: ByteSet) {
        words = (words.0 | other.words.0, words.1 | other.words.1, words.2 | other.words.2, words.3 | other.words.3)
        acceptsEnd = acceptsEnd || other.acceptsEnd
    }

    func union(_ other: ByteSet) -> ByteSet {
        var result = self
        result.formUnion(other)
        return result
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let word: UInt64
        switch byte >> 6 {
        case 0: word = words.0
        case 1: word = words.1
        case 2: word = words.2
        default: word = words.3
        }
        return word >> UInt64(byte & 63) & 1 != 0
    }

    /// Whether text that goes on at `index` may begin so. - Parameter end: where the text ends.
    @inline(__always)
    func admits(_ text: [UInt8], _ index: Int, end: Int) -> Bool { index < end ? contains(text[index]) : acceptsEnd }
}
