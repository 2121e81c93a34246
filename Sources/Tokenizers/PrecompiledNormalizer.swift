/// The normaliser that SentencePiece compiles into a model: replacements of short strings, held in a double-array trie
/// (the layout of the Darts-clone library) followed by the texts.
struct PrecompiledNormalizer: Normalizer {
    private let units: [UInt32]
    private let texts: [UInt8]

    /// Reads the base64 text of the compiled map: the size of the trie in bytes (32 bits, little endian), the trie in
    /// 32-bit units, and texts that end with a zero byte.
    init(_ member: ComponentReader) throws {
        guard let bytes = Self.base64(try member.string()), bytes.count >= 4 else { throw member.problem("not base64") }
        func word(_ index: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << (8 * UInt32($1)) } }
        let size = Int(word(0))
        if size % 4 != 0 || size == 0 || size > bytes.count - 4 { throw member.problem("the trie of \(size) bytes does not fit") }
        units = (0..<(size / 4)).map { word(4 + 4 * $0) }
        texts = Array(bytes[(4 + size)...])
        if String(validating: texts, as: UTF8.self) == nil { throw member.problem("the texts are not UTF-8") }
    }

    func normalize(_ text: [UInt8], _ limit: GrowthLimit) throws -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        for character in String(decoding: text, as: UTF8.self) {
            let bytes = Array(character.utf8)
            if bytes.count < 6, let replacement = try replacement(of: bytes[...]) {
                output.append(contentsOf: replacement)
                try limit.check(output.count)
                continue
            }
            var index = 0
            while index < bytes.count {
                let end = index + UTF8Text.scalar(bytes, index).width
                output.append(contentsOf: try replacement(of: bytes[index..<end]) ?? bytes[index..<end])
                try limit.check(output.count)
                index = end
            }
        }
        return output
    }

    /// The text that replaces the shortest known beginning of `key`, and with it all of `key`.
    private func replacement(of key: ArraySlice<UInt8>) throws -> ArraySlice<UInt8>? {
        var position = Self.offset(units[0])
        for byte in key {
            if byte == 0 { return nil }
            position ^= Int(byte)
            guard position < units.count, units[position] & 0x8000_00FF == UInt32(byte) else { return nil }
            let unit = units[position]
            position ^= Self.offset(unit)
            if unit >> 8 & 1 == 0 { continue }
            guard position < units.count else { return nil }
            let start = Int(units[position] & 0x7FFF_FFFF)
            guard start <= texts.count else { return nil }
            if start < texts.count && UTF8Text.isTail(texts[start]) {
                throw TextProblem(text: "an entry of the trie points into the middle of a character")
            }
            return texts[start...].prefix { $0 != 0 }
        }
        return nil
    }

    private static func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 1 << 9) >> 6) }

    private static func base64(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count * 3 / 4)
        var bits: UInt32 = 0, count = 0
        for character in text.utf8 {
            let value: UInt8
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - 65
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - 71
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character + 4
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            case UInt8(ascii: "="): continue
            default: return nil
            }
            bits = bits << 6 | UInt32(value)
            count += 1
            if count == 4 {
                bytes += [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
                (bits, count) = (0, 0)
            }
        }
        switch count {
        case 0: return bytes
        case 2: return bytes + [UInt8(bits >> 4 & 255)]
        case 3: return bytes + [UInt8(bits >> 10 & 255), UInt8(bits >> 2 & 255)]
        default: return nil
        }
    }
}
