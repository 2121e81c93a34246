/// From where in a text the instructions of a regular expression have failed.
struct FailureMemory {
    private var bits: [UInt64] = []
    private var width = 0
    private var start = 0

    /// The most memory that is taken, in bits.
    private static let limit = 1 << 28

    /// Whether failures are noted.
    private(set) var isKept = false

    /// Begins to note failures, unless that takes too much memory. - Parameter range: of the text.
    mutating func begin(rows: Int, _ range: Range<Int>) {
        let count = (range.count + 1).multipliedReportingOverflow(by: rows)
        if count.overflow || count.partialValue > Self.limit { return }
        width = range.count + 1
        start = range.lowerBound
        bits = Array(repeating: 0, count: count.partialValue / 64 + 1)
        isKept = true
    }

    mutating func forget() {
        if !isKept { return }
        isKept = false
        bits = []
    }

    @inline(__always)
    func contains(row: Int, _ position: Int) -> Bool {
        let bit = row * width + position - start
        return bits[bit >> 6] >> UInt64(bit & 63) & 1 != 0
    }

    mutating func note(row: Int, _ position: Int) {
        if !isKept { return }
        let bit = row * width + position - start
        bits[bit >> 6] |= 1 << UInt64(bit & 63)
    }

    mutating func note(row: Int, _ positions: ClosedRange<Int>) {
        if !isKept { return }
        let first = row * width + positions.lowerBound - start, last = row * width + positions.upperBound - start
        for word in (first >> 6)...(last >> 6) {
            var mask = UInt64.max
            if word == first >> 6 { mask &= .max << UInt64(first & 63) }
            if word == last >> 6 { mask &= .max >> UInt64(63 - last & 63) }
            bits[word] |= mask
        }
    }
}
