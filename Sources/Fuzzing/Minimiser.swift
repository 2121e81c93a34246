/// Makes an input smaller that still does what it did: parts are left out, halves first, then ever smaller ones (Zeller's ddmin).
struct Minimiser {
    /// Whether an input still does it.
    let stillFails: ([UInt8]) throws -> Bool
    let time: Stopwatch

    init(seconds: Double, stillFails: @escaping ([UInt8]) throws -> Bool) {
        time = Stopwatch(seconds: seconds)
        self.stillFails = stillFails
    }

    /// Lines first, then bytes.
    func minimised(_ input: [UInt8]) throws -> [UInt8] {
        let lines = input.split(separator: 10, omittingEmptySubsequences: false).map(Array.init)
        var smallest = input
        if lines.count > 2 { smallest = Array(try reduced(lines) { Array($0.joined(separator: [10])) }.joined(separator: [10])) }
        return try reduced(smallest) { $0 }
    }

    private func reduced<Part>(_ parts: [Part], _ bytes: ([Part]) -> [UInt8]) throws -> [Part] {
        var parts = parts, length = max(1, parts.count / 2)
        while !time.isOver, parts.count > 1 {
            var start = 0, isSmaller = false
            while start < parts.count, !time.isOver {
                var rest = parts
                rest.removeSubrange(start..<min(parts.count, start + length))
                if try stillFails(bytes(rest)) {
                    parts = rest
                    isSmaller = true
                } else {
                    start += length
                }
            }
            if length == 1 && !isSmaller { break }
            if !isSmaller { length = max(1, length / 2) }
            length = min(length, max(1, parts.count / 2))
        }
        return parts
    }
}
