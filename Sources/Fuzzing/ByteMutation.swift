/// Changes of bytes that need not know what they mean.
package enum ByteMutation {
    /// Inputs never grow beyond this.
    package static let longest = 1 << 16

    /// Numbers at which arithmetic goes wrong.
    static let extremes: [Int64] = [
        0, 1, -1, 2, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 1 << 30, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 40,
        1 << 52, 1 << 53, 1 << 61, 1 << 62, .max - 1, .max, .min, .min + 1, -2, -128, -(1 << 31), -(1 << 31) - 1,
    ]

    /// The same as texts, with what only texts can hold.
    static let extremeTexts: [String] = extremes.map { "\($0)" } + [
        "9223372036854775808", "18446744073709551615", "18446744073709551616", "-9223372036854775809", "1e308", "1e309", "-1e309", "1e-400",
        "0.5", "1.5", "-0", "-0.0", "1e18", "1e19", "1e300", "NaN", "Infinity", "-Infinity", "00", "0x10", "1e", "-",
    ]

    /// - Parameter words: what stands in files of the kind, to be put in.
    package static func mutated(_ input: [UInt8], words: [String] = [], _ random: inout RandomSource) -> [UInt8] {
        var bytes = input
        for _ in 0..<random.count(upTo: 8) { change(&bytes, words, &random) }
        return Array(bytes.prefix(longest))
    }

    private static func change(_ bytes: inout [UInt8], _ words: [String], _ random: inout RandomSource) {
        let place = random.below(bytes.count)
        if bytes.isEmpty || random.once(in: 8) {
            bytes.insert(contentsOf: insertion(bytes, words, &random), at: bytes.isEmpty ? 0 : random.below(bytes.count + 1))
            return
        }
        switch random.below(9) {
        case 0: bytes[place] ^= 1 << UInt8(random.below(8))
        case 1: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 2: bytes.removeSubrange(range(bytes.count, &random))
        case 3: bytes.removeSubrange(place...)
        case 4: bytes.insert(contentsOf: Array(bytes[range(bytes.count, &random)]), at: place)
        case 5: overwriteInteger(&bytes, at: place, &random)
        case 6: replaceNumber(&bytes, &random)
        case 7:
            let source = Array(bytes[range(bytes.count, &random)])
            for (offset, byte) in source.enumerated() where place + offset < bytes.count { bytes[place + offset] = byte }
        default: bytes.swapAt(place, random.below(bytes.count))
        }
    }

    private static func range(_ count: Int, _ random: inout RandomSource) -> Range<Int> {
        let start = random.below(count)
        return start..<min(count, start + random.count(upTo: max(1, count)))
    }

    private static func insertion(_ bytes: [UInt8], _ words: [String], _ random: inout RandomSource) -> [UInt8] {
        switch random.below(4) {
        case 0 where !words.isEmpty, 1 where !words.isEmpty: return Array(random.pick(words).utf8)
        case 2: return Array(random.pick(extremeTexts).utf8)
        default:
            let byte = bytes.isEmpty || random.once(in: 2) ? UInt8(truncatingIfNeeded: random.next()) : random.pick(bytes)
            return [UInt8](repeating: byte, count: random.count(upTo: 4096))
        }
    }

    /// A length, offset or count of binary files.
    private static func overwriteInteger(_ bytes: inout [UInt8], at place: Int, _ random: inout RandomSource) {
        let width = random.pick([1, 2, 4, 8]), place = random.once(in: 2) ? place / width * width : place
        var value = UInt64(bitPattern: random.pick(extremes))
        if random.once(in: 4) {
            // One more or less than what stands there.
            value = (0..<width).reduce(0) { $0 | (place + $1 < bytes.count ? UInt64(bytes[place + $1]) << UInt64(8 * $1) : 0) }
            value = random.once(in: 2) ? value &+ 1 : value &- 1
        }
        for offset in 0..<width where place + offset < bytes.count { bytes[place + offset] = UInt8(truncatingIfNeeded: value >> UInt64(8 * offset)) }
    }

    /// Digits become another number.
    private static func replaceNumber(_ bytes: inout [UInt8], _ random: inout RandomSource) {
        func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
        let from = random.below(bytes.count)
        guard let start = bytes[from...].firstIndex(where: isDigit) ?? bytes.firstIndex(where: isDigit) else { return }
        let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: Array(random.pick(extremeTexts).utf8))
    }
}
