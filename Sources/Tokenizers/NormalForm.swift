import CUnicode

/// The Unicode normal forms, as of Unicode 9: characters added later neither decompose nor reorder.
/// The tokenizers that models are trained with use that version, and ids depend on it.
enum NormalForm: Equatable, Sendable {
    case nfc, nfd, nfkc, nfkd

    private static let lastVersion = 9

    /// The normal form of `text` (UTF-8).
    /// - Throws: ``TextProblem`` for a text that grows beyond `limit`.
    func applied(to text: [UInt8], _ limit: GrowthLimit) throws -> [UInt8] {
        if !text.contains(where: { $0 >= 0x80 }) { return text }
        var scalars: [UInt32] = []
        scalars.reserveCapacity(text.count)
        let compatibility = self == .nfkc || self == .nfkd
        for value in UTF8Text.scalars(text) {
            Self.decompose(value, compatibility: compatibility, into: &scalars)
            try limit.check(scalars.count)
        }
        Self.reorder(&scalars)
        if self == .nfc || self == .nfkc { Self.compose(&scalars) }
        return UTF8Text.bytes(scalars)
    }

    /// Appends the full decomposition of one scalar.
    static func decompose(_ value: UInt32, compatibility: Bool, into scalars: inout [UInt32]) {
        if value < 0xA0 {
            scalars.append(value)
        } else if value >= 0xAC00 && value < 0xAC00 + 11172 {
            let syllable = value - 0xAC00
            scalars.append(0x1100 + syllable / 588)
            scalars.append(0x1161 + syllable % 588 / 28)
            if syllable % 28 != 0 { scalars.append(0x11A7 + syllable % 28) }
        } else {
            decomposeByTable(value, compatibility: compatibility, into: &scalars)
        }
    }

    /// The canonical combining class; 0 for starters.
    static func combiningClass(_ value: UInt32) -> UInt8 { value < 0x300 ? 0 : combiningClasses[value] }

    private static let combiningClasses = ScalarTable<UInt8> {
        ($0.properties.age?.major ?? .max) <= lastVersion ? $0.properties.canonicalCombiningClass.rawValue : 0
    }

    private static func decomposeByTable(_ value: UInt32, compatibility: Bool, into scalars: inout [UInt32]) {
        guard let scalar = Unicode.Scalar(value), let age = scalar.properties.age, age.major <= lastVersion else {
            scalars.append(value)
            return
        }
        // U+FDFA has the longest decomposition, 18 scalars.
        withUnsafeTemporaryAllocation(of: utf8proc_int32_t.self, capacity: 32) { buffer in
            var boundary: Int32 = 0
            let options = compatibility ? UTF8PROC_DECOMPOSE.rawValue | UTF8PROC_COMPAT.rawValue : UTF8PROC_DECOMPOSE.rawValue
            let count = utf8proc_decompose_char(utf8proc_int32_t(value), buffer.baseAddress!, buffer.count,
                                                utf8proc_option_t(rawValue: options), &boundary)
            if count <= 0 || count > buffer.count {
                scalars.append(value)
            } else {
                for index in 0..<count { scalars.append(UInt32(buffer[index])) }
            }
        }
    }

    /// Brings every run of combining scalars into canonical order (a stable sort by combining class).
    static func reorder(_ scalars: inout [UInt32]) {
        var index = 0
        while index < scalars.count {
            if combiningClass(scalars[index]) == 0 { index += 1; continue }
            var end = index + 1
            while end < scalars.count && combiningClass(scalars[end]) != 0 { end += 1 }
            if end - index > 1 {
                let run = scalars[index..<end].enumerated().sorted {
                    let left = combiningClass($0.element), right = combiningClass($1.element)
                    return left != right ? left < right : $0.offset < $1.offset
                }
                for (offset, item) in run.enumerated() { scalars[index + offset] = item.element }
            }
            index = end
        }
    }

    /// Canonical composition of decomposed and ordered scalars.
    private static func compose(_ scalars: inout [UInt32]) {
        var output: [UInt32] = []
        output.reserveCapacity(scalars.count)
        var starter = -1
        var previousClass: UInt8 = 0
        for value in scalars {
            let current = combiningClass(value)
            if starter >= 0, output.count - 1 == starter || (previousClass != 0 && previousClass < current),
               let composite = composite(output[starter], value) {
                output[starter] = composite
                continue
            }
            if current == 0 { starter = output.count }
            previousClass = current
            output.append(value)
        }
        scalars = output
    }

    private static func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if first >= 0x1100 && first < 0x1113 && second >= 0x1161 && second < 0x1176 {
            return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
        }
        if first >= 0xAC00 && first < 0xAC00 + 11172 && (first - 0xAC00) % 28 == 0 && second > 0x11A7 && second < 0x11C3 {
            return first + second - 0x11A7
        }
        return composites[UInt64(first) << 32 | UInt64(second)]
    }

    /// Primary composites by their two parts. They follow from the full decompositions: a composite of three scalars
    /// is the composite of its first two with the third.
    private static let composites: [UInt64: UInt32] = {
        var byLength: [[(parts: [UInt32], composite: UInt32)]] = [[], [], []]
        for value in UInt32(0xA0)..<0x20000 {
            let property = utf8proc_get_property(utf8proc_int32_t(value)).pointee
            if property.comp_exclusion != 0 || property.decomp_type != 0 || property.decomp_seqindex == 0xFFFF { continue }
            var parts: [UInt32] = []
            decompose(value, compatibility: false, into: &parts)
            if !(2...4).contains(parts.count) || combiningClass(parts[0]) != 0 { continue }
            byLength[parts.count - 2].append((parts, value))
        }
        var composites: [UInt64: UInt32] = [:]
        for group in byLength {
            for (parts, composite) in group {
                var first: UInt32? = parts[0]
                for part in parts[1..<(parts.count - 1)] {
                    first = first.flatMap { composites[UInt64($0) << 32 | UInt64(part)] }
                }
                guard let first else { continue }
                let key = UInt64(first) << 32 | UInt64(parts[parts.count - 1])
                // A scalar that decomposes to a single other one follows that one in order, and is never composed.
                if composites[key] == nil { composites[key] = composite }
            }
        }
        return composites
    }()
}
